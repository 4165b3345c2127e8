"""What the pump says when a mapping asks for something it does not do."""


class UnsupportedMappingError(Exception):
    """A mapping uses a feature that this pump does not emulate; the message names it.

    Refusing is the point: a setting that is ignored here would be tested by nobody.
    """
