"""Reads values back from JSON that anybody may have written, or half written."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from nightly.domain.errors import UnusableError


def read_as[T](kind: type[T], content: object) -> T:
    """A dataclass of ours from what `json.loads` gave.

    Raises:
        UnusableError: It is none; the text names places and rules, never a value.
    """
    try:
        return _adapter(kind).validate_python(content)
    except ValidationError as error:
        wrong = sorted({_place(fault["loc"], fault["type"]) for fault in error.errors()})
        text = f"not a {kind.__name__}: {', '.join(wrong)}"
        raise UnusableError(text) from None


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _place(location: tuple[int | str, ...], rule: str) -> str:
    """The field alone: what is below it may be a key that somebody else chose."""
    return f"{location[0]} {rule}" if location else rule
