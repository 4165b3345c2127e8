"""What the use cases need of the world, in the words of the domain."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ingestion.domain.archive import ActivityBatch, InteractionRow
from ingestion.domain.feedback import Verdict
from ingestion.domain.playback_state import PlaybackState
from ingestion.domain.put_events import PutEventsCall
from ingestion.domain.rejection import Rejection

type TimeLeft = Callable[[], float]
"""Seconds until the runtime ends this invocation."""


class EventTracker(Protocol):
    """Personalize's event tracker."""

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

    def store(self, rows: Sequence[InteractionRow]) -> None:
        """Keep rows; raises TransientError when that is not possible now."""
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
