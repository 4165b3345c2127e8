"""Users and items as rows of the files that Personalize imports, and as rows of somebody's CSV."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ingestion.domain.dataset import Dataset
from ingestion.domain.metadata_record import (
    DatasetColumns,
    ItemColumn,
    MetadataRecord,
    MetadataRules,
    UserColumn,
)
from ingestion.domain.properties import property_name

from nightly.domain.column_mapping import ColumnMapping, Kind
from nightly.domain.errors import UnusableError
from nightly.domain.mapping_sql import LEFT_OUT
from nightly.domain.mapping_text import read_mapping
from nightly.domain.mapping_values import Row, value_of

ID_COLUMNS: Final[Mapping[Dataset, str]] = {Dataset.USERS: "USER_ID", Dataset.ITEMS: "ITEM_ID"}
_KNOWN: Final[Mapping[Dataset, Sequence[str]]] = {
    Dataset.USERS: tuple(UserColumn),
    Dataset.ITEMS: tuple(ItemColumn),
}
# As `UserColumns` and `ItemColumns` of the template: the order of the schemas, ? may be null.
DEFAULT_COLUMNS: Final[Mapping[Dataset, str]] = {
    Dataset.USERS: "AGE_BAND?,GENDER?,REGION?,EDUCATION?,SUBSCRIPTION_MODEL?",
    Dataset.ITEMS: (
        "CREATION_TIMESTAMP,GENRES,STYLE?,PRICE,DURATION,AVERAGE_RATING?,CONTENT_OWNER?,"
        "CONTENT_CLASSIFICATION?,PRODUCT_DESCRIPTION?"
    ),
}

# The fields of a profile and of a catalogue entry, and what each holds; the contract is
# `ingestion.domain.metadata`.
FIELDS: Final[Mapping[Dataset, Mapping[str, Kind]]] = {
    Dataset.USERS: {
        "user_id": Kind.TEXT,
        "age_band": Kind.TEXT,
        "gender": Kind.TEXT,
        "region": Kind.TEXT,
        "education": Kind.TEXT,
        "subscription": Kind.TEXT,
        "updated_at": Kind.TIME,
    },
    Dataset.ITEMS: {
        "item_id": Kind.TEXT,
        "genres": Kind.TEXT,
        "style": Kind.TEXT,
        "price": Kind.NUMBER,
        "duration_s": Kind.NUMBER,
        "created_at": Kind.TIME,
        "description": Kind.TEXT,
        "average_rating": Kind.NUMBER,
        "content_owner": Kind.TEXT,
        "content_classification": Kind.TEXT,
        "updated_at": Kind.TIME,
    },
}
_KINDS: Final = {Dataset.USERS: "profile", Dataset.ITEMS: "catalogue"}
_QUOTED: Final = frozenset(',"\\\r\n')


@dataclass(frozen=True, slots=True)
class SchemaColumns:
    """The columns of one dataset beside the id, in the order of its schema.

    Attributes:
        required: Those that may not be null.
    """

    dataset: Dataset
    names: tuple[str, ...]
    required: frozenset[str]

    @classmethod
    def read(cls, dataset: Dataset, text: str) -> "SchemaColumns":
        """Of a list as the template's parameters have it: `GENRES,STYLE?`.

        Raises:
            UnusableError: One is no column of the dataset, or stands there twice.
        """
        each = [name for name in text.split(",") if name]
        names = tuple(name.removesuffix("?") for name in each)
        if not names or len(set(names)) < len(names) or not set(names) <= set(_KNOWN[dataset]):
            error = f"columns of {dataset} are some of {', '.join(_KNOWN[dataset])}"
            raise UnusableError(error)
        return cls(dataset, names, frozenset(name for name in each if not name.endswith("?")))

    @property
    def header(self) -> tuple[str, ...]:
        """The first row of the file."""
        return (ID_COLUMNS[self.dataset], *self.names)


def default_schemas() -> tuple[SchemaColumns, SchemaColumns]:
    """Users and items as the template has them where nobody says otherwise."""
    users, items = (SchemaColumns.read(each, DEFAULT_COLUMNS[each]) for each in Dataset)
    return users, items


def metadata_rules(users: SchemaColumns, items: SchemaColumns, max_skew_s: int) -> MetadataRules:
    """The rules by which messages were recorded, for these schemas."""
    declared, wanted = (
        DatasetColumns(frozenset(each.names), each.required) for each in (users, items)
    )
    return MetadataRules(declared, wanted, max_skew_s)


def metadata_mapping(dataset: Dataset, text: str) -> ColumnMapping:
    """The mapping of somebody's file of users or items.

    Raises:
        UnusableError: It cannot be read, or says nothing of the id.
    """
    mapping = read_mapping(text, FIELDS[dataset])
    name = ID_COLUMNS[dataset].lower()
    if name not in mapping:
        error = f"the mapping of {dataset} says nothing of {name}"
        raise UnusableError(error)
    return mapping


def as_message(dataset: Dataset, mapping: ColumnMapping, row: Row) -> bytes | None:
    """A row of somebody's file as the message that would have told the same.

    Without a time of its own it is older than whatever was told. None if the mapping says `skip`.
    """
    values = {field: value_of(each, row) for field, each in mapping.items()}
    if LEFT_OUT in values.values():
        return None
    told: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    told["occurred_at_ms"] = _whole(told.pop("updated_at", 0.0))
    if "created_at" in told:
        told["created_at_ms"] = _whole(told.pop("created_at"))
    if "genres" in told:
        told["genres"] = told["genres"].split("|")
    told |= {"schema_version": "1.0", "kind": _KINDS[dataset]}
    return json.dumps(told).encode()


def _whole(number: float) -> float:
    """Milliseconds without a fraction; what is no time stays none."""
    return int(number) if math.isfinite(number) else number


def cells(record: MetadataRecord, columns: SchemaColumns) -> str:
    """A line of the file."""
    known: Mapping[str, str | float] = json.loads(record.properties)
    values = (known.get(property_name(name)) for name in columns.names)
    return ",".join([record.record_id, *map(_cell, values)]) + "\n"


def lines(records: Iterable[MetadataRecord], columns: SchemaColumns) -> Iterable[str]:
    """The lines of the file, sorted by id, without the header."""
    ordered = sorted(records, key=lambda record: record.record_id)
    return (cells(record, columns) for record in ordered)


def _cell(value: str | float | None) -> str:
    """As the guide has it; a float of Personalize has seven digits, so six decimals will do."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if not _QUOTED & set(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
