"""Reads a schema as CreateSchema takes it, and checks it as Personalize does.

The rules are those of the developer guide's pages on schemas, for custom dataset groups and for
the VIDEO_ON_DEMAND domain: a flat Avro record, six primitive types and null, column names unique
when underscores are ignored, and the columns each dataset type cannot do without.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from local.personalize.errors import Refusal, refused
from local.personalize.quotas import Quotas
from local.personalize.service_model import Json

AVRO_TYPES: Final = frozenset({"string", "int", "long", "float", "double", "boolean", "null"})
COLUMN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

INTERACTIONS: Final = "INTERACTIONS"
USERS: Final = "USERS"
ITEMS: Final = "ITEMS"
VIDEO_ON_DEMAND: Final = "VIDEO_ON_DEMAND"
DATASET_TYPES: Final = (INTERACTIONS, USERS, ITEMS)

# (dataset type, domain) -> the columns that must be there, and one type each may have.
REQUIRED_COLUMNS: Final[Mapping[tuple[str, str | None], Mapping[str, str]]] = {
    (INTERACTIONS, None): {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"},
    (USERS, None): {"USER_ID": "string"},
    (ITEMS, None): {"ITEM_ID": "string"},
    (INTERACTIONS, VIDEO_ON_DEMAND): {
        "USER_ID": "string",
        "ITEM_ID": "string",
        "TIMESTAMP": "long",
        "EVENT_TYPE": "string",
    },
    (USERS, VIDEO_ON_DEMAND): {"USER_ID": "string"},
    (ITEMS, VIDEO_ON_DEMAND): {
        "ITEM_ID": "string",
        "CREATION_TIMESTAMP": "long",
        "GENRES": "string",
    },
}
# Columns Personalize knows and that therefore are no custom metadata.
RESERVED_INTERACTION_COLUMNS: Final[Mapping[str, str]] = {
    "USER_ID": "string",
    "ITEM_ID": "string",
    "TIMESTAMP": "long",
    "EVENT_TYPE": "string",
    "EVENT_VALUE": "float",
    "IMPRESSION": "string",
    "RECOMMENDATION_ID": "string",
    "EVENT_ATTRIBUTION_SOURCE": "string",
}
MAX_COLUMNS: Final[Mapping[str, int]] = {USERS: 25, ITEMS: 100}


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a schema; `types` are its Avro types without null."""

    name: str
    types: frozenset[str]
    nullable: bool
    categorical: bool
    textual: bool

    @property
    def property_name(self) -> str:
        """Spells it as PutEvents wants it in `properties`: WATCH_SECONDS is watchSeconds."""
        first, *rest = self.name.lower().split("_")
        return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True)
class DatasetSchema:
    """The columns of a dataset, in the order its CSV files must have them."""

    record_name: str
    columns: tuple[Column, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Finds a column by its name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def by_property(self) -> Mapping[str, Column]:
        """Finds a column by its spelling in `properties`."""
        return {column.property_name: column for column in self.columns}

    @cached_property
    def optional_columns(self) -> tuple[str, ...]:
        """Names the columns of an interactions dataset that AWS counts with the event types.

        EVENT_TYPE, EVENT_VALUE and the schema's own; the other reserved columns are not counted
        (developer guide, "Item interactions dataset schema requirements").
        """
        uncounted = RESERVED_INTERACTION_COLUMNS.keys() - {"EVENT_TYPE", "EVENT_VALUE"}
        return tuple(column.name for column in self.columns if column.name not in uncounted)


def parse_schema(text: str) -> DatasetSchema:
    """Parses the text of a schema.

    Raises:
        EmulatedError: InvalidInputException saying what is wrong with it.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise refused(Refusal.BAD_SCHEMA, "Invalid schema: it is not JSON") from None
    if not isinstance(record, dict) or record.get("type") != "record":
        raise refused(Refusal.BAD_SCHEMA, "Invalid schema: it is not an Avro record")
    columns = tuple(columns_in(record))
    check_unique(columns)
    return DatasetSchema(str(record.get("name", "")), columns)


def columns_in(record: Mapping[str, Json]) -> Iterator[Column]:
    """Yields the columns of an Avro record."""
    for member in ("name", "namespace"):
        if not isinstance(record.get(member), str) or not record[member]:
            raise refused(Refusal.BAD_SCHEMA, f"Invalid schema: the record has no {member}")
    fields = record.get("fields")
    if not isinstance(fields, list) or not fields:
        raise refused(Refusal.BAD_SCHEMA, "Invalid schema: the record has no fields")
    for field in fields:
        yield parse_column(field)


def parse_column(field: Json) -> Column:
    """Parses one field of the record."""
    if not isinstance(field, dict) or not isinstance(field.get("name"), str):
        raise refused(Refusal.BAD_SCHEMA, "Invalid schema: a field has no name")
    name = field["name"]
    if not COLUMN_NAME.fullmatch(name):
        raise refused(
            Refusal.BAD_SCHEMA, f"Invalid schema: the field name {name} is not alphanumeric"
        )
    declared = field.get("type")
    types: list[Json] = declared if isinstance(declared, list) else [declared]
    if not types or not all(isinstance(each, str) and each in AVRO_TYPES for each in types):
        raise refused(
            Refusal.BAD_SCHEMA, f"Invalid schema: the field {name} has an unsupported type"
        )
    return Column(
        name=name,
        types=frozenset(types) - {"null"},
        nullable="null" in types,
        categorical=field.get("categorical") is True,
        textual=field.get("textual") is True,
    )


def check_unique(columns: tuple[Column, ...]) -> None:
    """Refuses names that differ in underscores only: GENRE_S clashes with GENRES."""
    counts = Counter(column.name.replace("_", "") for column in columns)
    for name, count in counts.items():
        if count > 1:
            raise refused(
                Refusal.BAD_SCHEMA,
                f"Invalid schema: the field name {name} is not unique, underscores ignored",
            )


def check_dataset_schema(
    schema: DatasetSchema, dataset_type: str, domain: str | None, quotas: Quotas
) -> None:
    """Refuses a schema that does not suit a dataset type in a domain.

    Raises:
        EmulatedError: InvalidInputException saying which column is missing or wrong.
    """
    for name, type_name in REQUIRED_COLUMNS[(dataset_type, domain)].items():
        column = schema.by_name.get(name)
        if column is None:
            raise refused(
                Refusal.BAD_SCHEMA, f"Invalid schema: the {dataset_type} schema has no {name}"
            )
        if column.types != frozenset({type_name}) or column.nullable:
            raise refused(Refusal.BAD_SCHEMA, f"Invalid schema: {name} must be of type {type_name}")
    if dataset_type == INTERACTIONS:
        check_interactions(schema, quotas)
    else:
        check_metadata(schema, dataset_type)


def check_interactions(schema: DatasetSchema, quotas: Quotas) -> None:
    """Checks the reserved columns' types, and how many columns of its own a schema adds."""
    own: list[str] = []
    for column in schema.columns:
        expected = RESERVED_INTERACTION_COLUMNS.get(column.name)
        if expected is None:
            own.append(column.name)
        elif column.types != frozenset({expected}) or column.categorical:
            raise refused(
                Refusal.BAD_SCHEMA,
                f"Invalid schema: {column.name} must be of type {expected} and not categorical",
            )
    limit = quotas.interaction_metadata_columns
    if len(own) > limit:
        raise refused(
            Refusal.BAD_SCHEMA,
            f"Invalid schema: an INTERACTIONS schema may have {limit} metadata columns",
        )


def check_metadata(schema: DatasetSchema, dataset_type: str) -> None:
    """Checks the number of columns of a users or items schema, of which one may be textual."""
    if len(schema.columns) < 2:  # noqa: PLR2004 - the id and something about it
        raise refused(
            Refusal.BAD_SCHEMA, f"Invalid schema: the {dataset_type} schema has no metadata column"
        )
    if len(schema.columns) > MAX_COLUMNS[dataset_type]:
        raise refused(
            Refusal.BAD_SCHEMA, f"Invalid schema: the {dataset_type} schema has too many columns"
        )
    textual = [column.name for column in schema.columns if column.textual]
    if len(textual) > (1 if dataset_type == ITEMS else 0):
        raise refused(
            Refusal.BAD_SCHEMA, f"Invalid schema: too many textual columns: {', '.join(textual)}"
        )
