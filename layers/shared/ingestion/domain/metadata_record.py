"""A metadata record: one user or item as PutUsers and PutItems take it, within the schema."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import ValidationError

from ingestion.domain.dataset import Dataset
from ingestion.domain.message import Message
from ingestion.domain.metadata import METADATA, CatalogueEntry, Profile
from ingestion.domain.parsing import corrected_time_ms, refusal_of
from ingestion.domain.properties import property_name
from ingestion.domain.rejection import Rejection, RejectionReason

# A catalogue entry has some 500 bytes; one with 20,000 characters of description, in any script,
# has under 100 KB. The bound keeps a hostile message cheap.
MAX_METADATA_BYTES: Final = 128 * 1024


type Value = str | int | float


class UserColumn(StrEnum):
    """The columns of a users schema that a profile can fill."""

    AGE_BAND = "AGE_BAND"
    GENDER = "GENDER"
    REGION = "REGION"
    EDUCATION = "EDUCATION"
    SUBSCRIPTION_MODEL = "SUBSCRIPTION_MODEL"


class ItemColumn(StrEnum):
    """The columns of an items schema that a catalogue entry can fill."""

    CREATION_TIMESTAMP = "CREATION_TIMESTAMP"
    GENRES = "GENRES"
    STYLE = "STYLE"
    PRICE = "PRICE"
    DURATION = "DURATION"
    AVERAGE_RATING = "AVERAGE_RATING"
    CONTENT_OWNER = "CONTENT_OWNER"
    CONTENT_CLASSIFICATION = "CONTENT_CLASSIFICATION"
    PRODUCT_DESCRIPTION = "PRODUCT_DESCRIPTION"


type Subject = tuple[Dataset, str]
"""A user or an item."""


@dataclass(frozen=True, slots=True)
class DatasetColumns:
    """What a dataset's schema declares beside the id.

    Attributes:
        declared: A column that is not among them is left out: it would fail the call.
        required: Those of them that may not be null: a record without one would fail the call.
    """

    declared: frozenset[str]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class MetadataRules:
    """The settings of the rules.

    Attributes:
        max_skew_s: How far ahead of its arrival a message may be dated. A message of the far
            future would stand for ever; an old one is harmless, as a later one stands anyway.
    """

    users: DatasetColumns
    items: DatasetColumns
    max_skew_s: int


@dataclass(frozen=True, slots=True)
class MetadataRecord:
    """All that is known of a user or an item, as of a time.

    Attributes:
        properties: JSON object, column names in camel case; what is not known is left out.
    """

    dataset: Dataset
    record_id: str
    properties: str
    occurred_at_ms: int

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return self.dataset, self.record_id

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the properties; decides at the same millisecond, so every order ends alike."""
        return hashlib.sha256(self.properties.encode()).hexdigest()

    @property
    def order(self) -> tuple[int, str]:
        """What decides between two records of the same subject: the greater stands."""
        return self.occurred_at_ms, self.fingerprint


def derive_metadata(message: Message, rules: MetadataRules) -> MetadataRecord | Rejection | None:
    """What one message makes of a user or an item; None when the user forbade it."""
    metadata = _parsed(message)
    if isinstance(metadata, Rejection):
        return metadata
    occurred_at_ms = corrected_time_ms(metadata, message)
    if occurred_at_ms > message.arrived_at_ms + rules.max_skew_s * 1000:
        return Rejection(message, RejectionReason.CLOCK, "in_the_future")
    if isinstance(metadata, Profile) and metadata.is_private:
        return None
    dataset, record_id, values, columns = _by_column(metadata, rules)
    missing = next((name for name in sorted(columns.required) if values[name] is None), None)
    if missing is not None:
        return Rejection(message, RejectionReason.SCHEMA, f"missing_column: {missing}")
    return MetadataRecord(dataset, record_id, _properties(values, columns), occurred_at_ms)


def _parsed(message: Message) -> Profile | CatalogueEntry | Rejection:
    if len(message.body) > MAX_METADATA_BYTES:
        return Rejection(message, RejectionReason.SIZE, f"over_{MAX_METADATA_BYTES}_bytes")
    try:
        return METADATA.validate_json(message.body)
    except ValidationError as error:
        return refusal_of(message, error)


type _ByColumn = tuple[Dataset, str, Mapping[str, Value | None], DatasetColumns]


def _by_column(metadata: Profile | CatalogueEntry, rules: MetadataRules) -> _ByColumn:
    if isinstance(metadata, Profile):
        return Dataset.USERS, metadata.user_id, _user_values(metadata), rules.users
    return Dataset.ITEMS, metadata.item_id, _item_values(metadata), rules.items


def _user_values(profile: Profile) -> Mapping[str, Value | None]:
    return {
        UserColumn.AGE_BAND: profile.age_band,
        UserColumn.GENDER: profile.gender,
        UserColumn.REGION: profile.region,
        UserColumn.EDUCATION: profile.education,
        UserColumn.SUBSCRIPTION_MODEL: profile.subscription,
    }


def _item_values(entry: CatalogueEntry) -> Mapping[str, Value | None]:
    """The values under their columns; times in whole epoch seconds, as Personalize takes them."""
    created_at_ms, description = entry.created_at_ms, entry.description
    return {
        ItemColumn.CREATION_TIMESTAMP: None if created_at_ms is None else created_at_ms // 1000,
        ItemColumn.GENRES: None if entry.genres is None else "|".join(entry.genres),
        ItemColumn.STYLE: entry.style,
        ItemColumn.PRICE: entry.price,
        ItemColumn.DURATION: entry.duration_s,
        ItemColumn.AVERAGE_RATING: entry.average_rating,
        ItemColumn.CONTENT_OWNER: entry.content_owner,
        ItemColumn.CONTENT_CLASSIFICATION: entry.content_classification,
        ItemColumn.PRODUCT_DESCRIPTION: None if description is None else _on_one_line(description),
    }


def _on_one_line(text: str) -> str:
    """The text with each run of blanks and line breaks as one blank: a CSV record is one line."""
    return " ".join(text.split())


def _properties(values: Mapping[str, Value | None], columns: DatasetColumns) -> str:
    """What is known of the declared columns, as JSON that is the same at every delivery."""
    known = {
        property_name(column): value
        for column, value in values.items()
        if value is not None and column in columns.declared
    }
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def newest(records: Iterable[MetadataRecord]) -> tuple[MetadataRecord, ...]:
    """Of each subject the record that stands, in order of first appearance."""
    standing: dict[Subject, MetadataRecord] = {}
    for record in records:
        known = standing.setdefault(record.subject, record)
        standing[record.subject] = max(known, record, key=lambda each: each.order)
    return tuple(standing.values())
