"""Values of columns: whether JSON or CSV gives what the schema declares."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from local.personalize.schema_text import Column
from local.personalize.service_model import Json
from local.personalize.validation import is_encodable, is_finite, is_integer, is_number

WHOLE: Final = re.compile(r"[+-]?[0-9]+")
NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def is_text(value: object) -> bool:
    """Accepts strings that can be encoded."""
    return isinstance(value, str) and is_encodable(value)


def is_quantity(value: Json) -> bool:
    """Accepts numbers but NaN and the infinities."""
    return is_number(value) and is_finite(value)


def is_whole(value: object) -> bool:
    """Accepts integers, and floats such as 30.0, which JSON writes for the same number."""
    return is_integer(value) or (isinstance(value, float) and value.is_integer())


def is_boolean(value: object) -> bool:
    """Accepts true and false."""
    return isinstance(value, bool)


ACCEPTS: Final[Mapping[str, Callable[[object], bool]]] = {
    "string": is_text,
    "int": is_whole,
    "long": is_whole,
    "float": is_quantity,
    "double": is_quantity,
    "boolean": is_boolean,
}


def fits(column: Column, value: Json, *, longest_category: int) -> bool:
    """Tells whether a decoded JSON value may stand in a column."""
    if value is None:
        return column.nullable
    if column.categorical and isinstance(value, str) and len(value) > longest_category:
        return False
    return any(ACCEPTS[each](value) for each in column.types)


def parse_boolean(text: str) -> bool:
    """Reads true and false, in lower case as the developer guide has them."""
    return {"true": True, "false": False}[text]


def parse_whole(text: str) -> int:
    """Reads an integer, without the underscores, spaces and other digits Python lets through."""
    if WHOLE.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)


def parse_number(text: str) -> float:
    """Reads a finite number, without what Python lets through besides."""
    if NUMBER.fullmatch(text) is None or not math.isfinite(float(text)):
        raise ValueError(text)
    return float(text)


PARSERS: Final[Mapping[str, Callable[[str], Json]]] = {
    "string": str,
    "int": parse_whole,
    "long": parse_whole,
    "float": parse_number,
    "double": parse_number,
    "boolean": parse_boolean,
}


def parse_cell(column: Column, text: str, *, longest_category: int) -> Json:
    """Reads one cell of a CSV file; empty is null.

    Raises:
        ValueError: What is wrong with it, without its text.
    """
    if not text:
        if column.nullable:
            return None
        msg = f"{column.name} is empty but not nullable"
        raise ValueError(msg)
    if column.categorical and len(text) > longest_category:
        msg = f"{column.name} is longer than {longest_category} characters"
        raise ValueError(msg)
    for type_name in sorted(column.types):
        try:
            return PARSERS[type_name](text)
        except (ValueError, KeyError):
            continue
    msg = f"{column.name} is not of type {' or '.join(sorted(column.types))}"
    raise ValueError(msg)
