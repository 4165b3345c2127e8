"""Builders and fakes of users and items; the fakes run the contracts of their ports."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ingestion.application.pacing import TokenBucket
from ingestion.application.sending_metadata import MetadataSender
from ingestion.domain.dataset import Dataset
from ingestion.domain.errors import RefusedError, TransientError
from ingestion.domain.metadata_record import (
    DatasetColumns,
    ItemColumn,
    MetadataRecord,
    MetadataRules,
    UserColumn,
)
from ingestion.domain.put_metadata import PutMetadataCall

from tests.support.builders import NOW_MS

METADATA_RULES = MetadataRules(
    users=DatasetColumns(frozenset(UserColumn), frozenset()),
    items=DatasetColumns(
        frozenset(ItemColumn),
        frozenset(
            {
                ItemColumn.CREATION_TIMESTAMP,
                ItemColumn.GENRES,
                ItemColumn.PRICE,
                ItemColumn.DURATION,
            }
        ),
    ),
    max_skew_s=300,
)


def a_profile(**fields: Any) -> dict[str, Any]:
    """A profile with all that may be told of a user."""
    return {
        "schema_version": "1.0",
        "kind": "profile",
        "user_id": "user-1",
        "occurred_at_ms": NOW_MS - 2000,
        "age_band": "25-34",
        "gender": "female",
        "region": "ES-MD",
        "education": "university",
        "subscription": "premium",
    } | fields


def a_catalogue_entry(**fields: Any) -> dict[str, Any]:
    """A catalogue entry with all that may be told of an item."""
    return {
        "schema_version": "1.0",
        "kind": "catalogue",
        "item_id": "film-1",
        "occurred_at_ms": NOW_MS - 2000,
        "genres": ["Drama", "Comedy"],
        "style": "noir",
        "price": 3.99,
        "duration_s": 5400.0,
        "created_at_ms": NOW_MS - 86_400_000,
        "description": "A quiet film about a loud town.",
        "average_rating": 4.2,
        "content_owner": "Studio One",
        "content_classification": "PG-13",
    } | fields


def a_record(
    record_id: str = "user-1", at_ms: int = NOW_MS, dataset: Dataset = Dataset.USERS, **fields: str
) -> MetadataRecord:
    """A record within every limit."""
    properties = fields.get("properties", '{"ageBand":"25-34"}')
    return MetadataRecord(dataset, record_id, properties, at_ms)


@dataclass
class FakeClock:
    """Time passes only when somebody waits."""

    at_s: float = 0.0
    waits: list[float] = field(default_factory=list)

    def now_s(self) -> float:
        """The time."""
        return self.at_s

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.waits.append(seconds)
        self.at_s += seconds


@dataclass
class FakeDatasets:
    """Takes calls; a record replaces what was there of its subject, whichever is newer.

    `refuses` and `fails` say which records it refuses for ever, and which calls it cannot take
    now; `meanwhile` is what happens elsewhere while a call is under way.
    """

    refuses: Callable[[MetadataRecord], bool] = lambda _record: False
    fails: Callable[[PutMetadataCall], bool] = lambda _call: False
    meanwhile: Callable[[PutMetadataCall], None] = lambda _call: None
    longest_call_s: float = 1.0
    calls: list[PutMetadataCall] = field(default_factory=list)
    held: dict[tuple[Dataset, str], MetadataRecord] = field(default_factory=dict)

    def put(self, call: PutMetadataCall) -> None:
        """Take a call, refuse it or fail."""
        self.calls.append(call)
        if self.fails(call):
            message = "throttled"
            raise TransientError(message)
        if any(map(self.refuses, call.records)):
            message = "refused"
            raise RefusedError(message)
        self.meanwhile(call)
        self.held |= {record.subject: record for record in call.records}


@dataclass
class FakeMetadataStore:
    """Keeps the newest record of each subject."""

    records: dict[tuple[Dataset, str], MetadataRecord] = field(default_factory=dict)
    is_down: bool = False

    def decide(self, record: MetadataRecord) -> MetadataRecord:
        """Keep the record unless a later one stands."""
        self._answer()
        known = self.records.get(record.subject, record)
        self.records[record.subject] = max(known, record, key=lambda each: each.order)
        return self.records[record.subject]

    def standing(self, record: MetadataRecord) -> MetadataRecord | None:
        """What stands now."""
        self._answer()
        return self.records.get(record.subject)

    def _answer(self) -> None:
        if self.is_down:
            message = "down"
            raise TransientError(message)


def a_sender(
    datasets: FakeDatasets, store: FakeMetadataStore, clock: FakeClock, calls_per_second: float = 5
) -> MetadataSender:
    """A sender on fakes, with a pace for each dataset."""
    return MetadataSender(
        datasets, store, {each: TokenBucket(calls_per_second, clock) for each in Dataset}
    )
