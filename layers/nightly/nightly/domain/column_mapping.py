"""How the columns of somebody else's file become ours: what a mapping can say, as data.

Nothing here is executed as it was written: a mapping is read into these values, and whoever needs
it makes SQL (`mapping_sql`) or a Python value (`mapping_values`) of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from nightly.domain.errors import UnusableError


class Kind(StrEnum):
    """What a field of ours holds, and so what may stand on the right of its `=`."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"


class Unit(StrEnum):
    """How a file writes a time."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    ISO = "iso"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file, by its name in the header.

    Attributes:
        may_lack: Whether a file without it is taken, with nothing in this field.
    """

    name: str
    may_lack: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """The same text in every row."""

    text: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts one after the other; nothing if one of them is."""

    parts: tuple[Column | Constant, ...]


@dataclass(frozen=True, slots=True)
class Skip:
    """The row is left out, by intention."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of a column; false when there is nothing in it, or no number to compare.

    Attributes:
        operator: One of `=`, `!=`, `<`, `<=`, `>`, `>=`; the last four compare numbers.
    """

    column: Column
    operator: str
    right: str | float


@dataclass(frozen=True, slots=True)
class Choice:
    """One text or another."""

    test: Comparison
    then: "Text"
    otherwise: "Text"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in every row."""

    number: float


@dataclass(frozen=True, slots=True)
class Scaled:
    """A number of the file: `(column + plus) * times / by`."""

    column: Column
    plus: float = 0.0
    times: float = 1.0
    by: float = 1.0


@dataclass(frozen=True, slots=True)
class Instant:
    """A time of the file."""

    column: Column
    unit: Unit


type Text = Joined | Choice | Skip
type Expression = Text | Amount | Scaled | Instant
type ColumnMapping = Mapping[str, Expression]
"""Expressions by field of ours."""


def columns_of(expression: Expression) -> Iterator[Column]:
    """The columns of the file that an expression reads."""
    match expression:
        case Joined(parts):
            yield from (part for part in parts if isinstance(part, Column))
        case Choice(test, then, otherwise):
            yield test.column
            yield from columns_of(then)
            yield from columns_of(otherwise)
        case Scaled(column) | Instant(column):
            yield column
        case _:
            return


def texts_of(expression: Expression) -> Iterator[Joined]:
    """What a text can come to, whichever way its choices go."""
    match expression:
        case Joined():
            yield expression
        case Choice(_, then, otherwise):
            yield from texts_of(then)
            yield from texts_of(otherwise)
        case _:
            return


def places_of(mapping: ColumnMapping, header: tuple[str, ...], file: str) -> Mapping[str, int]:
    """Where in a file the columns of a mapping stand, counted from 0.

    Args:
        mapping: What is asked for.
        header: The names of its columns.
        file: Its name, for the error.

    Raises:
        UnusableError: A column is not there, or there twice. The header is not repeated: it is a
            person's row where a file has none.
    """
    wanted = {column for each in mapping.values() for column in columns_of(each)}
    for column in sorted(wanted, key=lambda each: each.name):
        there = header.count(column.name)
        if there == 1 or (not there and column.may_lack):
            continue
        problem = "two columns" if there else "no column"
        error = f"{file} has {problem} {column.name} in its first row of {len(header)} names"
        raise UnusableError(error)
    return {name: place for place, name in enumerate(header)}
