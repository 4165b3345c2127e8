"""The fakes that have contract tests, used through the faults of a world."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from ingestion.domain.archive import ActivityBatch
from ingestion.domain.errors import TransientError
from ingestion.domain.feedback import Verdict
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.message import Message
from ingestion.domain.playback_state import PlaybackState
from ingestion.domain.put_events import PutEventsCall
from ingestion.domain.rejection import Rejection
from ingestion.ports import SettlingQueue

from tests.model.faults import Faults, Port
from tests.support.fakes import (
    FakeActivityArchive,
    FakeEventTracker,
    FakeInteractionArchive,
    FakePlaybackStates,
    FakeRejectionStore,
    FakeVerdictStore,
)


@dataclass
class FaultyEventTracker:
    """Personalize, and what one invocation did there.

    Attributes:
        attempted: The calls of this invocation.
        taken: Event ids of the interactions that were taken in this invocation, in order.
    """

    faults: Faults
    tracker: FakeEventTracker
    longest_call_s: float = 12.0
    mark: str = "00112233445566ff"
    attempted: list[PutEventsCall] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def current(self) -> Self:
        """Itself: nobody switches."""
        return self

    def record(self, call: PutEventsCall) -> None:
        """Take a call, unless something goes wrong."""
        self.attempted.append(call)
        self.faults.send(call, partial(self._take, call))

    def _take(self, call: PutEventsCall) -> None:
        self.tracker.record(call)
        self.taken += [each.event_id for each in call.interactions]


@dataclass
class FaultyInteractionArchive:
    """The archive of interactions, and the rows that this invocation stored."""

    faults: Faults
    archive: FakeInteractionArchive
    stored: list[InteractionRow] = field(default_factory=list)

    def store(self, rows: Sequence[InteractionRow], tracker: str) -> None:
        """Keep rows, unless something goes wrong."""
        self.stored += rows
        self.faults.carry_out(Port.INTERACTIONS, partial(self.archive.store, rows, tracker))


@dataclass
class FaultyRejectionStore:
    """The store of rejections, which is not asked to keep nothing."""

    faults: Faults
    rejections: FakeRejectionStore

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Keep rejections, unless something goes wrong."""
        if rejections:
            self.faults.carry_out(Port.REJECTIONS, partial(self.rejections.store, rejections))


@dataclass
class FaultyActivityArchive:
    """The archive of activities."""

    faults: Faults
    archive: FakeActivityArchive

    def store(self, batch: ActivityBatch) -> bool:
        """Keep a batch, unless something goes wrong."""
        return self.faults.carry_out(Port.ACTIVITIES, partial(self.archive.store, batch))


@dataclass
class FaultyPlaybackStates:
    """The states of foreign playbacks."""

    faults: Faults
    states: FakePlaybackStates

    def load(self, keys: Sequence[str]) -> Mapping[str, PlaybackState]:
        """Read states, unless something goes wrong."""
        return self.faults.carry_out(Port.STATES, partial(self.states.load, keys))

    def save(self, state: PlaybackState) -> bool:
        """Keep a state, unless something goes wrong or another writer was faster."""
        save = partial(self.states.save, state)
        return self.faults.carry_out(Port.STATES, save, in_conflict=False)


@dataclass
class FaultyVerdictStore:
    """The verdicts that stand."""

    faults: Faults
    verdicts: FakeVerdictStore

    def decide(self, verdict: Verdict) -> bool:
        """Keep a verdict unless a later one stands or something goes wrong."""
        return self.faults.carry_out(Port.VERDICTS, partial(self.verdicts.decide, verdict))


@dataclass
class FaultySettlingQueue:
    """The settling queue, whose adapter answers what SQS did not take instead of failing."""

    faults: Faults
    queue: SettlingQueue

    def hold(self, messages: Sequence[Message], *, delay_s: int) -> Collection[str]:
        """Hold messages, unless something goes wrong."""
        hold = partial(self.queue.hold, messages, delay_s=delay_s)
        try:
            return self.faults.carry_out(Port.SETTLING, hold)
        except TransientError:
            return [message.id for message in messages]
