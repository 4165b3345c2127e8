"""What DuckDB computes of a mapping: only names of ours, quoted texts and numbers stand in it."""

from collections.abc import Mapping

from nightly.domain.column_mapping import (
    Amount,
    Choice,
    Column,
    Comparison,
    Constant,
    Expression,
    Joined,
    Scaled,
    Skip,
    Text,
    Unit,
)

# No file of a mapping can make an event type of it by chance.
LEFT_OUT = "(left out)"
_LAST_S = 99_999_999_999
_LAST_MS = 99_999_999_999_999


def as_sql(expression: Expression, places: Mapping[str, int]) -> str:
    """An expression over the columns `c0`, `c1`, … of a file, all of them text.

    A number that cannot be read is NaN, so that the checks refuse it; a time that cannot be read is
    nothing, likewise. Times are epoch milliseconds.
    """
    match expression:
        case Joined() | Choice() | Skip():
            return _text(expression, places)
        case Amount(number):
            return _double(number)
        case Scaled(column, plus, times, by):
            value = f"{_number(column, places)} + {_double(plus)}"
            return f"(({value}) * {_double(times)} / {_double(by)})"
        case _:
            return _time(_place(expression.column, places), expression.unit)


def _text(text: Text, places: Mapping[str, int]) -> str:
    match text:
        case Joined(parts):
            return " || ".join(_part(part, places) for part in parts)
        case Skip():
            return quoted(LEFT_OUT)
        case _:
            condition = _test(text.test, places)
            yes, no = _text(text.then, places), _text(text.otherwise, places)
            return f"CASE WHEN {condition} THEN {yes} ELSE {no} END"


def _part(part: Column | Constant, places: Mapping[str, int]) -> str:
    return quoted(part.text) if isinstance(part, Constant) else _place(part, places)


def _place(column: Column, places: Mapping[str, int]) -> str:
    return f"c{places[column.name]}" if column.name in places else "CAST(NULL AS VARCHAR)"


def _number(column: Column, places: Mapping[str, int]) -> str:
    place = _place(column, places)
    read = f"COALESCE(TRY_CAST({place} AS DOUBLE), CAST('NaN' AS DOUBLE))"
    return f"CASE WHEN {place} IS NULL THEN NULL ELSE {read} END"


def _test(test: Comparison, places: Mapping[str, int]) -> str:
    """NaN is greater than all numbers to DuckDB; to a test it is none."""
    operator = "<>" if test.operator == "!=" else test.operator
    if isinstance(test.right, str):
        return f"{_place(test.column, places)} {operator} {quoted(test.right)}"
    number = _number(test.column, places)
    return f"(isfinite({number}) AND {number} {operator} {_double(test.right)})"


def _time(place: str, unit: Unit) -> str:
    if unit is Unit.ISO:
        return f"epoch_ms(TRY_CAST({place} AS TIMESTAMP))"
    number = f"TRY_CAST({place} AS DOUBLE)"
    last, times = (_LAST_S, 1000) if unit is Unit.SECONDS else (_LAST_MS, 1)
    return (
        f"CASE WHEN {number} >= 0 AND {number} <= {last}"
        f" THEN CAST(floor({number} * {times}) AS BIGINT) END"
    )


def _double(number: float) -> str:
    return f"CAST('{number!r}' AS DOUBLE)"


def quoted(text: str) -> str:
    """A text as it stands in SQL."""
    inner = text.replace("'", "''")
    return f"'{inner}'"
