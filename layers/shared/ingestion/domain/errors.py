"""Faults of the infrastructure; faults of data are values (see `rejection`).

IngestionError
├── RefusedError        the service will never take this call: its caller bisects it
├── DamagedError        what we stored ourselves cannot be read any more
├── TransientError      not now (throttled, timeout, 5xx): the message is delivered again
└── MisconfiguredError  settings, permission, unknown tracking id: an operator must act
"""


class IngestionError(Exception):
    """Anything that stops us from doing our work on a good message."""


class RefusedError(IngestionError):
    """A service refused the content of a call; sending it again cannot help."""


class DamagedError(IngestionError):
    """Something of our own archive cannot be read; the text is the object's key."""


class TransientError(IngestionError):
    """A service could not do it now; nobody must act, the delivery repeats."""


class MisconfiguredError(IngestionError):
    """What we were set up with is wrong; an operator must act, nothing is rejected meanwhile."""
