"""Which statements make the interactions of a history, and with which words."""

from dataclasses import dataclass
from typing import Final

from nightly.domain.column_mapping import ColumnMapping, places_of
from nightly.domain.columns import context_column
from nightly.domain.days import Day, Days
from nightly.domain.history import FIELDS
from nightly.domain.job import PLACES, Step
from nightly.domain.mapping_sql import LEFT_OUT, as_sql, quoted
from nightly.domain.plans import Statements
from nightly.domain.rules import CleanRules

IMPORTING: Final = (
    "history_rows",
    "history_known",
    "history_settled",
    "history_malformed",
    "history_counts",
)
_NO_LIMIT: Final = "99999999999999"
_NO_LINES: Final = (
    "SELECT CAST(NULL AS INTEGER) AS file, CAST(NULL AS BIGINT) AS line,"
    " CAST(NULL AS BIGINT) AS number WHERE false"
)
_TYPES: Final = {"text": "VARCHAR", "number": "DOUBLE", "time": "BIGINT"}


@dataclass(frozen=True, slots=True)
class Importing:
    """What is imported.

    Attributes:
        header: The names of the columns of all files.
        locations: Of the CSV files, as the engine reads them; empty for Parquet.
    """

    name: str
    mapping: ColumnMapping
    header: tuple[str, ...]
    locations: tuple[str, ...]
    first_file: str


def importing(
    statements: Statements, rules: CleanRules, day: Day, what: Importing
) -> tuple[Step, ...]:
    """From `history` and `clean` to `imported` and `history_counts`.

    The rules of a row are those of the day step, but that nothing is late; and nothing happened
    after the day of the import.
    """
    words = dict(rules.words(Days(day, day))) | {"late_ms": _NO_LIMIT, "skew_ms": "0"}
    words |= {
        "name": quoted(what.name),
        "arrived_at_ms": str((day.number + 1) * 86_400_000 - 1),
        "mapped": _mapped(what, rules.context),
        "left_out": quoted(LEFT_OUT),
        "files": ", ".join(map(quoted, what.locations)),
        "places": str(PLACES),
    }
    made = {name: text.format(**words) for name, text in _needed(statements).items()}
    malformed = made["history_malformed"] if what.locations else _NO_LINES
    return (
        Step("archive", made["history_rows"]),
        Step("checked", made["checked"]),
        Step("history_known", made["history_known"]),
        Step("history_settled", made["history_settled"], keeps=True),
        Step("history_malformed", malformed, keeps=True),
        Step("history_counts", made["history_counts"]),
        Step("settled", "SELECT * FROM history_settled"),
        Step("imported", made["clean"]),
    )


def _needed(statements: Statements) -> Statements:
    return {name: statements[name] for name in (*IMPORTING, "checked", "clean")}


def _mapped(what: Importing, context: tuple[str, ...]) -> str:
    places = places_of(what.mapping, what.header, what.first_file)
    fields = dict(FIELDS) | dict.fromkeys(context, FIELDS["user_id"])
    lines: list[str] = []
    for field, kind in fields.items():
        expression = what.mapping.get(field)
        made = "NULL" if expression is None else as_sql(expression, places)
        lines.append(f"CAST({made} AS {_TYPES[kind]}) AS {_column(field, context)}")
    return ",\n       ".join(lines)


def _column(field: str, context: tuple[str, ...]) -> str:
    if field in context:
        return context_column(field)
    return "occurred_at_ms" if field == "timestamp" else field
