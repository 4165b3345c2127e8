"""What messages left behind: in the archive, and in the batches that were given up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingestion.application.claiming import ReconcileRules, message_of
from ingestion.application.refolding import played_key
from ingestion.domain.conservation import (
    Digest,
    End,
    FailedBatch,
    activity_key,
    rejection_key,
    row_key,
)
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.ports import (
    ArchiveReader,
    ArchiveSection,
    DeadLetterQueues,
    FailedBatches,
    PlaybackStates,
    StandingMetadata,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who is asked where messages ended; all of it is only read.

    Attributes:
        archive: What arrived, and what it left.
        failed_batches: What explains that a message has not ended yet.
        states: What is remembered of playbacks; asked for those of which a row is missing.
        metadata: What stands of users and items.
        dead_letters: What failed too often; asked when something of a queue is missing.
    """

    archive: ArchiveReader
    failed_batches: FailedBatches
    states: PlaybackStates
    metadata: StandingMetadata
    dead_letters: DeadLetterQueues


def messages_of(archive: ArchiveReader, hour: Hour) -> Iterator[Message]:
    """What arrived in batches that began in an hour."""
    return map(message_of, archive.rows(ArchiveSection.ACTIVITIES, hour))


@dataclass(slots=True)
class Left:
    """What the messages that arrived in one hour left in the archive, by digests.

    Attributes:
        rows: Keys of rows, and of the activities that they came from.
        played: What playbacks earned; see `played_key`.
        carriers: Keys of the records of which something that they carried was rejected.
        duplicates: How many rows and rejections are there more than once.
    """

    rows: dict[Digest, Digest] = field(default_factory=dict[Digest, Digest])
    activities: set[Digest] = field(default_factory=set[Digest])
    played: set[Digest] = field(default_factory=set[Digest])
    rejections: set[Digest] = field(default_factory=set[Digest])
    carriers: set[Digest] = field(default_factory=set[Digest])
    duplicates: int = 0


def played_of(rows: Iterable[Mapping[str, Any]]) -> Iterator[Digest]:
    """What rows of interactions/ say that playbacks earned; see `played_key`."""
    for row in rows:
        if row["to_send"] and "playback_id" in row:
            names = (row["visit_id"], row["item_id"], row["playback_id"])
            yield played_key(*names, row["event_type"])


def _left(archive: ArchiveReader, hour: Hour) -> Left:
    left = Left()
    told: set[tuple[Digest, Digest]] = set()
    for row in archive.rows(ArchiveSection.INTERACTIONS, hour):
        key = row_key(row["event_id"], row["version"], to_send=row["to_send"])
        activity = activity_key(row["activity_id"], row["arrived_at_ms"])
        left.duplicates += (key, activity) in told
        told.add((key, activity))
        left.rows[key] = activity
        left.activities.add(activity)
        left.played.update(played_of([row]))
    for row in archive.rows(ArchiveSection.REJECTIONS, hour):
        key = rejection_key(row["origin"], row["id"])
        left.duplicates += key in left.rejections
        left.rejections.add(key)
        record_id, dot, _ = row["id"].partition(".")
        left.carriers.update([rejection_key(row["origin"], record_id)] if dot else [])
    return left


class Traces:
    """Looks up what a message left, hour by hour as it is needed."""

    def __init__(self, rules: ReconcileRules, evidence: Evidence, now_ms: int) -> None:
        self._archive = evidence.archive
        self._settled_after_ms = rules.settled_after_s * 1000
        self._now_ms = now_ms
        self._failed: defaultdict[str, list[FailedBatch]] = defaultdict(list)
        for batch in evidence.failed_batches.batches():
            if batch.function == rules.recorder:
                self._failed[batch.shard].append(batch)
        self._hours: dict[Hour, Left] = {}

    def left_by(self, hour: Hour) -> Left:
        """What those messages left that arrived in an hour."""
        if hour not in self._hours:
            self._hours[hour] = _left(self._archive, hour)
        return self._hours[hour]

    def left_in(self, message: Message) -> Left:
        """What those left that arrived with a message."""
        return self.left_by(Hour.of(message.arrived_at_ms))

    def looked_up(self) -> Iterator[Left]:
        """All that was looked up so far."""
        return iter(self._hours.values())

    def set_aside(self, message: Message) -> End | None:
        """Whether a message was rejected or given up, whatever else it left."""
        if rejection_key(message.origin, message.id) in self.left_in(message).rejections:
            return End.REJECTED
        batches = self._failed.get(message.origin, ())
        is_given_up = any(batch.holds(message.delivery_id) for batch in batches)
        return End.FAILED if is_given_up else None

    def is_young(self, message: Message) -> bool:
        """Whether a message may still be on its way."""
        return message.arrived_at_ms + self._settled_after_ms > self._now_ms
