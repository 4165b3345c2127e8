"""What the functions leave in the archive, made by the real recorders, to be accounted for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ingestion.application.claiming import ReconcileRules
from ingestion.application.reconcile_archive import reconcile_archive
from ingestion.application.traces import Evidence
from ingestion.domain.archive import activity_row, body_fields
from ingestion.domain.conservation import End, FailedBatch, HourAccount
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.domain.metadata_record import Subject
from ingestion.domain.redacting import without_stray_words
from ingestion.domain.rejection import Rejection
from ingestion.ports import ArchiveSection

from tests.support.builders import FEEDBACK_RULES, NOW_MS, PLAYBACK_RULES
from tests.support.fakes import FakeArchiveReader
from tests.support.feedback_story import FeedbackStory
from tests.support.metadata import METADATA_RULES, FakeMetadataStore
from tests.support.playback_story import PlaybackStory

HOUR = Hour.of(NOW_MS)
LONG_AFTER_MS = NOW_MS + 3 * 3_600_000
METADATA_QUEUE = "metadata"
RECORDER = "record-playback"
RULES = ReconcileRules(
    playback=PLAYBACK_RULES,
    feedback=FEEDBACK_RULES,
    reads_comments=True,
    metadata=METADATA_RULES,
    metadata_queue=METADATA_QUEUE,
    recorder=RECORDER,
    settled_after_s=7200,
)


@dataclass
class FakeFailedBatches:
    """Batches that were given up."""

    failed: tuple[FailedBatch, ...] = ()

    def batches(self) -> Iterable[FailedBatch]:
        """All of them."""
        return self.failed


@dataclass
class FakeStandingMetadata:
    """Tells of a store since when its records stand."""

    store: FakeMetadataStore

    def told_at_ms(self, subjects: Collection[Subject]) -> Mapping[Subject, int]:
        """When that was told which stands."""
        records = self.store.records
        return {each: records[each].occurred_at_ms for each in subjects if each in records}


@dataclass
class FakeDeadLetterQueues:
    """The ids of what failed too often; counts how often it was asked."""

    dead: tuple[str, ...] = ()
    looks: int = 0

    def ids(self) -> Iterable[str]:
        """All of them."""
        self.looks += 1
        return self.dead


def rejection_row(rejection: Rejection) -> dict[str, Any]:
    """The row of a rejection, as it is stored."""
    message = rejection.message
    return {
        "rejection_id": rejection.id,
        "reason": rejection.reason,
        "detail": rejection.detail,
        "recorded_by": "test",
        "origin": message.origin,
        "id": message.id,
        "arrived_at_ms": message.arrived_at_ms,
        **body_fields(message.body),
    }


class ArchiveStory:
    """Messages on their way through the recorders, and what they left behind.

    Attributes:
        playback: The recorder of the stream.
        feedback: The recorder of the queue.
        archived: Rows of activities/, by the hour of their partition.
        failed: What Lambda gave up.
        metadata: What stands of users and items.
        dead_letters: What failed too often.
    """

    def __init__(
        self, playback: PlaybackStory | None = None, feedback: FeedbackStory | None = None
    ) -> None:
        self.playback = PlaybackStory() if playback is None else playback
        self.feedback = FeedbackStory() if feedback is None else feedback
        self.archived: defaultdict[Hour, list[dict[str, Any]]] = defaultdict(list)
        self.failed = FakeFailedBatches()
        self.metadata = FakeStandingMetadata(FakeMetadataStore())
        self.dead_letters = FakeDeadLetterQueues()

    def watch(self, *messages: Message) -> None:
        """A batch of the stream: archived under the hour of its first message, and recorded."""
        self.archive(*map(without_stray_words, messages))
        self.playback.record(*messages)

    def say(self, *messages: Message) -> None:
        """Messages of the feedback queue, each archived for itself, and recorded."""
        self.feedback.record(*messages)

    def archive(self, *messages: Message) -> None:
        """Archive a batch, and no more than that."""
        hour = Hour.of(messages[0].arrived_at_ms)
        self.archived[hour].extend(map(activity_row, messages))

    def reader(self) -> FakeArchiveReader:
        """The archive as it stands now; whoever changes it changes a copy."""
        partitions: defaultdict[tuple[ArchiveSection, Hour], list[dict[str, Any]]]
        partitions = defaultdict(list)
        for hour, rows in self.archived.items():
            partitions[ArchiveSection.ACTIVITIES, hour].extend(rows)
        for batch in self.feedback.activities.batches.values():
            for message in batch:
                hour = Hour.of(message.arrived_at_ms)
                partitions[ArchiveSection.ACTIVITIES, hour].append(activity_row(message))
        for row in (*self.playback.archive.rows, *self.feedback.interactions.rows):
            hour = Hour.of(row.received.message.arrived_at_ms)
            partitions[ArchiveSection.INTERACTIONS, hour].append(row.as_dict("00112233445566ff"))
        stores = (self.playback.rejections, self.feedback.rejections)
        for rejection in (each for store in stores for each in store.rejections.values()):
            hour = Hour.of(rejection.message.arrived_at_ms)
            partitions[ArchiveSection.REJECTIONS, hour].append(rejection_row(rejection))
        return FakeArchiveReader(dict(partitions))

    def account(
        self,
        archive: FakeArchiveReader | None = None,
        *,
        rules: ReconcileRules = RULES,
        hour: Hour = HOUR,
        now_ms: int = LONG_AFTER_MS,
    ) -> HourAccount:
        """The account of an hour."""
        return reconcile_archive(
            hour,
            rules=rules,
            evidence=Evidence(
                archive=self.reader() if archive is None else archive,
                failed_batches=self.failed,
                states=self.playback.states,
                metadata=self.metadata,
                dead_letters=self.dead_letters,
            ),
            now_ms=now_ms,
        )

    def ends(self, archive: FakeArchiveReader | None = None, **how: Any) -> Mapping[End, int]:
        """How many messages ended where."""
        return self.account(archive, **how).ends
