"""Who plays archived messages again, by what they tell and where the result shall go."""

from collections.abc import Iterator, Sequence
from copy import replace
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Protocol

from ingestion.application.outcome import Disposition
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.record_feedback import FeedbackPorts, FeedbackRules, record_feedback
from ingestion.application.record_playback import PlaybackPorts, record_playback
from ingestion.application.recording import RecorderPorts
from ingestion.application.remembered_states import RememberedStates
from ingestion.domain.message import Message
from ingestion.ports import Clock, InteractionArchive

from operations.envelopes import batches, record_of
from operations.foresight import Foresight
from operations.memory import (
    CollectedInteractions,
    NoActivities,
    NoInteractions,
    NoRejections,
    Nowhere,
    RememberedSettling,
    RememberedVerdicts,
)
from operations.redelivery import Redelivery
from operations.rows import is_redacted
from operations.tally import End, Tally

# As many as a batch of the event source mapping has records.
_AT_ONCE: Final = 500
_WAITS_S: Final = (0.0, 1.0, 2.0, 4.0)
_WORDS_ARE_GONE: Final = "the words were left behind"

_ENDS: Final = {
    Disposition.RECORDED: End.RECORDED,
    Disposition.NO_INTERACTION: End.NO_INTERACTION,
    Disposition.SUPERSEDED: End.SUPERSEDED,
    Disposition.REJECTED: End.REJECTED,
    Disposition.FAILED: End.FAILED,
}


class Player(Protocol):
    """Plays the messages of one kind again."""

    def play(self, messages: Sequence[Message], tally: Tally) -> None:
        """Play messages, in order, and count where each ended.

        Raises:
            TransientError, MisconfiguredError: Archive, Personalize or a function.
        """
        ...

    def rehearse(self, messages: Sequence[Message]) -> int:
        """Only remember what they tell, for the sake of those after them.

        Returns:
            How many messages there were, those in a carrier counted singly.
        """
        ...

    def finish(self, tally: Tally) -> None:
        """Nothing comes after this."""
        ...


def _no_end() -> float:
    return float("inf")


def _silent(at_once: int) -> RecorderPorts:
    return RecorderPorts(Nowhere(), NoInteractions(), NoRejections(), at_once)


@dataclass
class PlaybackPlayer:
    """Playbacks, through the use case itself, with states of its own that begin empty.

    Attributes:
        recorder: Where interactions go; a tracker that takes everything where nothing is sent.
    """

    rules: PlaybackRules
    recorder: RecorderPorts
    clock: Clock
    states: RememberedStates = field(default_factory=RememberedStates)

    def play(self, messages: Sequence[Message], tally: Tally) -> None:
        """Record them; what fails is tried again."""
        for batch in _batches(messages):
            for end in self._ends(batch, self.recorder).values():
                tally.count(_ENDS[end])
            self.states.forget_expired(batch[-1].arrived_at_ms // 1000)

    def rehearse(self, messages: Sequence[Message]) -> int:
        """Fold them."""
        silent = _silent(self.recorder.concurrent_calls)
        return sum(len(self._ends(batch, silent)) for batch in _batches(messages))

    def finish(self, tally: Tally) -> None:
        """Nothing is held."""

    def _ends(self, messages: Sequence[Message], recorder: RecorderPorts) -> dict[str, Disposition]:
        """Where each message ended. Of a carrier that is played again the first end counts."""
        ends: dict[str, Disposition] = {}
        left = list(messages)
        ports = PlaybackPorts(replace(recorder, rejections=NoRejections()), self.states)
        for wait_s in _WAITS_S:
            if left:
                self.clock.sleep(wait_s)
                outcome = record_playback(left, rules=self.rules, ports=ports, time_left=_no_end)
                for message, end in outcome.dispositions:
                    if ends.get(message.id, Disposition.FAILED) is Disposition.FAILED:
                        ends[message.id] = end
                left = [message for message in left if message.id in set(outcome.failed)]
        return ends


def _batches(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """In order, and never a carrier beside an element of it that was mended: they share an id."""
    batch: dict[str, Message] = {}
    for message in messages:
        record_id = message.id.partition(".")[0]
        if record_id in batch or len(batch) == _AT_ONCE:
            yield list(batch.values())
            batch = {}
        batch[record_id] = message
    if batch:
        yield list(batch.values())


@dataclass
class FeedbackPlayer:
    """Feedback into rows only: verdicts and the settle delay on the archive's clock, in memory.

    So a like that was taken back within its settle delay is no row, and one that was taken back
    later is, as it was when the messages first came; no table is asked, and none is changed.
    """

    rules: FeedbackRules
    archive: InteractionArchive
    verdicts: RememberedVerdicts = field(default_factory=RememberedVerdicts)
    settling: RememberedSettling = field(default_factory=RememberedSettling)
    collected: CollectedInteractions = field(default_factory=CollectedInteractions)
    _rehearsed: set[str] = field(default_factory=set)

    def play(self, messages: Sequence[Message], tally: Tally) -> None:
        """Record them one by one, and before each what has settled by then."""
        for message in messages:
            self._release(message.arrived_at_ms, tally)
            if is_redacted(message.body):
                tally.count(End.UNFIXABLE, detail=_WORDS_ARE_GONE)
            else:
                self._count(self._record(message, self.collected), tally)
        self.collected.move_to(self.archive)

    def rehearse(self, messages: Sequence[Message]) -> int:
        """Let verdicts stand and likes settle."""
        for message in messages:
            for settled in self.settling.due(message.arrived_at_ms):
                self._record(settled, NoInteractions())
            self._rehearsed.add(message.id)
            self._record(message, NoInteractions())
        return len(messages)

    def finish(self, tally: Tally) -> None:
        """What is still held has settled, as far as this replay knows."""
        self._release(None, tally)
        self.collected.move_to(self.archive)

    def _release(self, now_ms: int | None, tally: Tally) -> None:
        for settled in self.settling.due(now_ms):
            end = self._record(settled, self.collected)
            if settled.id not in self._rehearsed:
                self._count(end, tally)

    def _record(self, message: Message, interactions: InteractionArchive) -> Disposition:
        recorder = RecorderPorts(Nowhere(), interactions, NoRejections(), 1)
        ports = FeedbackPorts(recorder, NoActivities(), self.verdicts, self.settling)
        outcome = record_feedback([message], rules=self.rules, ports=ports, time_left=_no_end)
        return outcome.dispositions[0][1]

    @staticmethod
    def _count(end: Disposition, tally: Tally) -> None:
        if end is not Disposition.SETTLING:  # it is counted when it has settled
            tally.count(_ENDS[end])


@dataclass
class FunctionPlayer:
    """Feedback or metadata into Personalize: through the deployed function and its tables.

    They decide what stands, so an old word overturns no later one.

    Attributes:
        delivery: None for a dry run.
    """

    use_case: str
    foresee: Foresight
    delivery: Redelivery | None

    def play(self, messages: Sequence[Message], tally: Tally) -> None:
        """Hand over what the function can take."""
        good = [message for message in messages if not self._is_bad(message, tally)]
        for _, group in groupby(good, key=lambda message: message.origin):
            for records in batches(map(record_of, group)):
                failed = self.delivery.deliver(self.use_case, records) if self.delivery else ()
                tally.count(End.REDRIVEN, len(records) - len(failed))
                tally.count(End.FAILED, len(failed))

    def rehearse(self, messages: Sequence[Message]) -> int:
        """The tables remember."""
        return len(messages)

    def finish(self, tally: Tally) -> None:
        """Nothing is held."""

    def _is_bad(self, message: Message, tally: Tally) -> bool:
        if is_redacted(message.body):
            tally.count(End.UNFIXABLE, detail=_WORDS_ARE_GONE)
            return True
        fault = self.foresee(message)
        if fault is not None:
            tally.count(End.REJECTED, detail=f"{fault.reason}: {fault.detail}")
        return fault is not None


class NoPlayer:
    """Messages that make no row: metadata, where only rows are made."""

    def play(self, messages: Sequence[Message], tally: Tally) -> None:
        """Count them."""
        tally.count(End.NO_INTERACTION, len(messages))

    def rehearse(self, messages: Sequence[Message]) -> int:
        """Count them."""
        return len(messages)

    def finish(self, tally: Tally) -> None:
        """Nothing is held."""
