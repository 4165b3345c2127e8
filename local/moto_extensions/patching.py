"""Replacing attributes of moto: the one door through which every repair goes."""

from typing import Any

import moto


class MotoChangedError(RuntimeError):
    """moto no longer has what a repair replaces, so the repair has to be looked at again."""


def replace_attribute(owner: Any, name: str, replacement: Any) -> Any:  # noqa: ANN401 - any class or module of moto, which is untyped at this depth
    """Put `replacement` where `owner.name` was and hand back what was there.

    Setting a misspelt or vanished attribute would succeed in silence and leave moto as it was,
    therefore the attribute has to exist already.

    Args:
        owner: The module or class that is changed, for the whole process.
        name: The attribute.
        replacement: Its new value.

    Returns:
        The value before.

    Raises:
        MotoChangedError: moto has no such attribute (any more).
    """
    if not hasattr(owner, name):
        message = f"moto {moto.__version__} has no {owner.__name__}.{name}: look at its repair"
        raise MotoChangedError(message)
    before = getattr(owner, name)
    setattr(owner, name, replacement)
    return before


def add_attribute(owner: Any, name: str, value: Any) -> None:  # noqa: ANN401 - see above
    """Give a class or module of moto what it lacks.

    Args:
        owner: The module or class that is changed, for the whole process.
        name: The attribute.
        value: Its value.

    Raises:
        MotoChangedError: moto has it by now.
    """
    if hasattr(owner, name):
        message = f"moto {moto.__version__} has {owner.__name__}.{name} by now: drop its repair"
        raise MotoChangedError(message)
    setattr(owner, name, value)
