"""What a mapping makes of one row, in Python: for files that are not worth an engine."""

import math
import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from nightly.domain.column_mapping import (
    Amount,
    Choice,
    Column,
    Comparison,
    Constant,
    Expression,
    Instant,
    Joined,
    Scaled,
    Skip,
    Text,
    Unit,
)
from nightly.domain.mapping_sql import LEFT_OUT

type Row = Mapping[str, str]
"""Texts by the names of the header; an empty one is nothing."""

_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def value_of(expression: Expression, row: Row) -> str | float | None:
    """A value of a row; a time is in epoch milliseconds.

    A number that cannot be read is NaN, and so is a time: no contract takes it. A text is
    `LEFT_OUT` if the mapping says `skip`.
    """
    match expression:
        case Joined() | Choice() | Skip():
            return _text(expression, row)
        case Amount(number):
            return number
        case Scaled(column, plus, times, by):
            number = _number(_cell(column, row))
            return None if number is None else (number + plus) * times / by
        case _:
            return _time(expression, row)


def _text(text: Text, row: Row) -> str | None:
    while isinstance(text, Choice):
        text = text.then if _holds(text.test, row) else text.otherwise
    return LEFT_OUT if isinstance(text, Skip) else _joined(text, row)


def _joined(text: Joined, row: Row) -> str | None:
    parts = [part.text if isinstance(part, Constant) else _cell(part, row) for part in text.parts]
    known = [part for part in parts if part is not None]
    return "".join(known) if len(known) == len(parts) else None


def _cell(column: Column, row: Row) -> str | None:
    return row.get(column.name) or None


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return math.nan


def _holds(test: Comparison, row: Row) -> bool:
    cell = _cell(test.column, row)
    if isinstance(test.right, str):
        return cell is not None and (cell == test.right) is (test.operator == "=")
    number = _number(cell)
    if number is None or not math.isfinite(number):
        return False
    return _COMPARE[test.operator](number, test.right)


def _time(instant: Instant, row: Row) -> float | None:
    text = _cell(instant.column, row)
    if instant.unit is Unit.ISO:
        return None if text is None else _moment_ms(text)
    number = _number(text)
    return number if number is None or instant.unit is Unit.MILLISECONDS else number * 1000


def _moment_ms(text: str) -> float:
    """Without an offset it is of UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return math.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
