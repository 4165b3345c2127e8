"""What the use cases need of the world, in the words of the domain.

The words are needed by type checkers alone, so that who imports a port loads no model with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ingestion.domain.activity import Sentiment
    from ingestion.domain.archive import ActivityBatch
    from ingestion.domain.comment import Unread
    from ingestion.domain.conservation import FailedBatch
    from ingestion.domain.feedback import Verdict
    from ingestion.domain.hour import Hour
    from ingestion.domain.interaction_row import InteractionRow
    from ingestion.domain.message import Message
    from ingestion.domain.metadata_record import MetadataRecord, Subject
    from ingestion.domain.playback_state import PlaybackState
    from ingestion.domain.put_events import PutEventsCall
    from ingestion.domain.put_metadata import PutMetadataCall
    from ingestion.domain.rejection import Rejection

type TimeLeft = Callable[[], float]
"""Seconds until the runtime ends this invocation."""


class Clock(Protocol):
    """A clock that one can wait on."""

    def now_s(self) -> float:
        """Seconds since some moment; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Pace(Protocol):
    """How fast calls may follow each other."""

    @property
    def longest_wait_s(self) -> float:
        """How long one `wait` may take at worst."""
        ...

    def wait(self) -> None:
        """Wait until the next call may begin."""
        ...


class ArchiveSection(StrEnum):
    """What the archive keeps apart, and how the keys of each begin."""

    ACTIVITIES = "activities"
    INTERACTIONS = "interactions"
    REJECTIONS = "rejections"
    REDRIVES = "redrives"  # what operators gave back, and when it was done


class ArchiveReader(Protocol):
    """The archive, read afterwards.

    A row's hour is that of the first message of the batch it was stored with, so the rows of one
    hour of arrival may lie in the hours before as well.
    """

    def hours(self, section: ArchiveSection) -> Iterable[Hour]:
        """The hours of which there is anything, in order."""
        ...

    def rows(self, section: ArchiveSection, hour: Hour) -> Iterable[Mapping[str, Any]]:
        """The rows of an hour as they were stored, those that were stored twice twice.

        Raises:
            DamagedError: An object is not what we write.
            TransientError: Not now.
            MisconfiguredError: Not with this permission or bucket.
        """
        ...


class FailedBatches(Protocol):
    """The batches of the stream that Lambda gave up."""

    def batches(self) -> Iterable[FailedBatch]:
        """Every batch that still waits to be sent again.

        Raises:
            DamagedError: One is not what Lambda writes.
            TransientError: Not now.
            MisconfiguredError: Not with this permission or bucket.
        """
        ...


class EventTracker(Protocol):
    """One event tracker of Personalize."""

    @property
    def mark(self) -> str:
        """How archived rows say that they are sent to this tracker (`target`)."""
        ...

    @property
    def longest_call_s(self) -> float:
        """How long one `record` may take at worst, all its attempts included."""
        ...

    def record(self, call: PutEventsCall) -> None:
        """Send one call.

        Raises:
            RefusedError: Personalize refused what is in the call.
            TransientError: Not now; nothing is known to be recorded.
            MisconfiguredError: Not with this permission, region or tracking id.
        """
        ...


class LiveEventTracker(Protocol):
    """The event tracker that is live: another one once somebody has switched."""

    def current(self) -> EventTracker:
        """The tracker for one batch, whose rows must bear the mark of where they go.

        Raises:
            TransientError: Nobody knows yet which one it is, and not now.
            MisconfiguredError: What says which one it is cannot be read or understood.
        """
        ...


class LiveParameter(Protocol):
    """What says where recorders send; the nightly build writes it."""

    def read(self) -> str | None:
        """Its text; None when nobody ever switched.

        Raises:
            TransientError: Not now.
            MisconfiguredError: Not with this permission or region.
        """
        ...


class ActivityArchive(Protocol):
    """Everything that arrived, as it arrived, exactly once."""

    def store(self, batch: ActivityBatch) -> bool:
        """Keep a batch; storing the same batch again changes nothing.

        Returns:
            False when another content stood under the batch's name: both are kept, somebody
            should look.

        Raises:
            TransientError: Not now.
        """
        ...


class InteractionArchive(Protocol):
    """Normalised interactions, at least once: of one event id the highest version is right."""

    def store(self, rows: Sequence[InteractionRow], tracker: str) -> None:
        """Keep rows; raises TransientError when that is not possible now.

        Args:
            rows: Of one batch.
            tracker: Mark of the tracker to which they are sent, or `NEVER_SENT`. The same rows for
                another tracker are kept beside them.
        """
        ...


class RejectionStore(Protocol):
    """Messages that can never succeed, with reason and original bytes."""

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Keep rejections; raises TransientError when that is not possible now."""
        ...


class VerdictStore(Protocol):
    """The current opinion of each viewer on each item."""

    def decide(self, verdict: Verdict) -> bool:
        """Keep the verdict unless a later one stands.

        Returns:
            Whether it stands now; true again when the same verdict is delivered again.

        Raises:
            TransientError: Not now.
        """
        ...


class SettlingQueue(Protocol):
    """Where feedback waits until its settle delay is over."""

    def hold(self, messages: Sequence[Message], *, delay_s: int) -> Collection[str]:
        """Let messages come again after the delay, as messages that have settled.

        Args:
            messages: Each once; id, origin and arrival are still theirs when they come again.
            delay_s: How long to hold them, 0 to 900 seconds.

        Returns:
            The ids of those that were not taken.

        Raises:
            MisconfiguredError: Not with this permission, key or queue.
        """
        ...


class SentimentDetector(Protocol):
    """Somebody who can tell what people felt from what they wrote. 25 texts a call at most."""

    @property
    def longest_call_s(self) -> float:
        """How long one call may take at worst, all its attempts included."""
        ...

    def languages(self, texts: Sequence[str]) -> Sequence[str | Unread]:
        """The language of each text as a code of RFC 5646, in order; raises as `sentiments`."""
        ...

    def sentiments(self, texts: Sequence[str], language: str) -> Sequence[Sentiment | Unread]:
        """The sentiment in each text of one language, in order.

        Raises:
            RefusedError: Something in the call will never be taken.
            TransientError: Not now.
            MisconfiguredError: Not with this permission or region.
        """
        ...


class PlaybackStates(Protocol):
    """What is remembered of the playbacks of foreign players, by key."""

    def load(self, keys: Sequence[str]) -> Mapping[str, PlaybackState]:
        """The states that there are, expired ones perhaps among them.

        Raises:
            TransientError: Not now.
        """
        ...

    def save(self, state: PlaybackState) -> bool:
        """Keep a state as the successor of the version that it names.

        Returns:
            False when another version stands there by now; then nothing is kept.

        Raises:
            TransientError: Not now.
        """
        ...


class MetadataDatasets(Protocol):
    """Personalize's users and items datasets, record by record."""

    @property
    def longest_call_s(self) -> float:
        """How long one `put` may take at worst."""
        ...

    def put(self, call: PutMetadataCall) -> None:
        """Send one call, in one attempt; each record replaces what was there of its subject.

        Raises:
            RefusedError: Personalize refused what is in the call.
            TransientError: Not now; nothing is known to be there.
            MisconfiguredError: Not with this permission, region or dataset.
        """
        ...


class MetadataStore(Protocol):
    """The newest record of each user and item: what Personalize should have."""

    def decide(self, record: MetadataRecord) -> MetadataRecord:
        """Keep the record unless a later one stands.

        Returns:
            What stands now: this record, also when it is delivered again, or the later one.

        Raises:
            TransientError: Not now.
        """
        ...

    def standing(self, record: MetadataRecord) -> MetadataRecord | None:
        """What stands now of the record's subject, be it a moment old; None when it was erased.

        Raises:
            TransientError: Not now.
        """
        ...


class StandingMetadata(Protocol):
    """The metadata store, asked afterwards and for many at once."""

    def told_at_ms(self, subjects: Collection[Subject]) -> Mapping[Subject, int]:
        """When that was told which stands of users and items, epoch milliseconds.

        Raises:
            TransientError: Not now.
            MisconfiguredError: Not with this permission or table.
        """
        ...


class DeadLetterQueues(Protocol):
    """The messages of queues that were set aside because they failed too often."""

    def ids(self) -> Iterable[str]:
        """The ids of the messages as they first arrived; each is left where it is.

        SQS has no way to list a queue, so it shows what it shows, and some perhaps twice.

        Raises:
            TransientError: Not now.
            MisconfiguredError: Not with this permission or queue.
        """
        ...
