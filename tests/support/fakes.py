"""In-memory ports. Each runs the contract of its port (tests/contract), as its adapter does."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import replace
from dataclasses import dataclass, field
from typing import Any, Self

from ingestion.domain.activity import Sentiment, SentimentLabel, SentimentScores
from ingestion.domain.archive import ActivityBatch
from ingestion.domain.comment import Unread
from ingestion.domain.errors import MisconfiguredError, RefusedError, TransientError
from ingestion.domain.feedback import Verdict
from ingestion.domain.hour import Hour
from ingestion.domain.interaction import Interaction
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.message import Message
from ingestion.domain.playback_state import PlaybackState
from ingestion.domain.put_events import PutEventsCall
from ingestion.domain.rejection import Rejection
from ingestion.ports import ArchiveSection


def plenty_of_time() -> float:
    """Seconds left: as many as one could wish."""
    return 900.0


@dataclass
class FakeEventTracker:
    """Takes calls, and trains on the first event of each id, as Personalize does.

    `refuses` and `fails` say which interactions it refuses for ever, and which calls it cannot
    take now.
    """

    refuses: Callable[[Interaction], bool] = lambda _interaction: False
    fails: Callable[[PutEventsCall], bool] = lambda _call: False
    longest_call_s: float = 1.0
    mark: str = "00112233445566ff"  # as long as a real one, which the night checks
    calls: list[PutEventsCall] = field(default_factory=list)
    trained_on: dict[str, Interaction] = field(default_factory=dict)

    def current(self) -> Self:
        """Itself: nobody switches."""
        return self

    def record(self, call: PutEventsCall) -> None:
        """Take a call, refuse it or fail."""
        self.calls.append(call)
        if self.fails(call):
            message = "throttled"
            raise TransientError(message)
        if any(map(self.refuses, call.interactions)):
            message = "refused"
            raise RefusedError(message)
        for interaction in call.interactions:
            self.trained_on.setdefault(interaction.event_id, interaction)


@dataclass
class FakeActivityArchive:
    """Keeps each batch under its name."""

    batches: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    beside: list[ActivityBatch] = field(default_factory=list)

    def store(self, batch: ActivityBatch) -> bool:
        """Keep a batch once."""
        if self.batches.setdefault(batch.name, batch.messages) == batch.messages:
            return True
        self.beside.append(batch)
        return False


@dataclass
class FakeInteractionArchive:
    """Keeps every row it is given."""

    rows: list[InteractionRow] = field(default_factory=list)
    is_down: bool = False
    marks: list[str] = field(default_factory=list)

    def store(self, rows: Sequence[InteractionRow], tracker: str) -> None:
        """Keep rows, or fail as a whole."""
        _fail_if(self.is_down)
        self.rows.extend(rows)
        self.marks.extend([tracker] * len(rows))


@dataclass
class FakeRejectionStore:
    """Keeps each rejection under its id."""

    rejections: dict[str, Rejection] = field(default_factory=dict)
    is_down: bool = False

    def store(self, rejections: Iterable[Rejection]) -> None:
        """Keep rejections, or fail as a whole."""
        _fail_if(self.is_down)
        self.rejections |= {rejection.id: rejection for rejection in rejections}


@dataclass
class FakeVerdictStore:
    """Keeps the last word of each viewer on each item."""

    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    is_down: bool = False

    def decide(self, verdict: Verdict) -> bool:
        """Keep the verdict unless a later one stands."""
        _fail_if(self.is_down)
        known = self.verdicts.get(verdict.subject)
        if known is not None and known.order > verdict.order:
            return False
        self.verdicts[verdict.subject] = verdict
        return True


@dataclass
class FakeSettlingQueue:
    """Holds messages until somebody takes them; it does not look at the delay."""

    held: list[Message] = field(default_factory=list)
    delays_s: list[int] = field(default_factory=list)
    refuses: Callable[[Message], bool] = lambda _message: False

    def hold(self, messages: Sequence[Message], *, delay_s: int) -> Collection[str]:
        """Hold what it does not refuse."""
        taken = [message for message in messages if not self.refuses(message)]
        for message in taken:
            delivery_id = f"settling-{len(self.held)}"
            self.held.append(replace(message, carrier_id=delivery_id, has_settled=True))
            self.delays_s.append(delay_s)
        return {message.id for message in messages} - {message.id for message in taken}


@dataclass
class FakeSentimentDetector:
    """Knows two words: what says `good` is positive, `bad` negative, all else neutral.

    `found` are the languages of texts, English where it has none; `unread` are the answers it
    gives instead of a reading; calls with one of `refuses` are refused as a whole.
    """

    found: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, Unread] = field(default_factory=dict)
    refuses: Collection[str] = ()
    is_down: bool = False
    is_denied: bool = False
    longest_call_s: float = 1.0
    asked: list[Sequence[str]] = field(default_factory=list)

    def languages(self, texts: Sequence[str]) -> Sequence[str | Unread]:
        """Find languages, or fail as a whole."""
        self._ask(texts)
        return [self.found.get(text, "en") for text in texts]

    def sentiments(self, texts: Sequence[str], language: str) -> Sequence[Sentiment | Unread]:  # noqa: ARG002  -- the port has it
        """Read texts, or fail as a whole."""
        self._ask(texts)
        return [self.unread.get(text) or _sentiment_in(text) for text in texts]

    def _ask(self, texts: Sequence[str]) -> None:
        self.asked.append(texts)
        _fail_if(self.is_down)
        if self.is_denied:
            message = "denied"
            raise MisconfiguredError(message)
        if set(texts) & set(self.refuses):
            message = "refused"
            raise RefusedError(message)


def _sentiment_in(text: str) -> Sentiment:
    positive, negative = 0.9 * ("good" in text), 0.9 * ("bad" in text)
    label = "POSITIVE" if positive else "NEGATIVE" if negative else "NEUTRAL"
    scores = SentimentScores(
        positive=positive, negative=negative, neutral=1 - positive - negative, mixed=0.0
    )
    return Sentiment(label=SentimentLabel(label), scores=scores)


@dataclass
class FakePlaybackStates:
    """Keeps states by key and version; `conflicts` says which keys another writer got at first."""

    states: dict[str, PlaybackState] = field(default_factory=dict)
    conflicts: Callable[[str], bool] = lambda _key: False
    is_down: bool = False
    loads: int = 0
    saves: int = 0

    def load(self, keys: Sequence[str]) -> Mapping[str, PlaybackState]:
        """The states that there are."""
        _fail_if(self.is_down)
        self.loads += 1
        return {key: self.states[key] for key in keys if key in self.states}

    def save(self, state: PlaybackState) -> bool:
        """Keep a state unless another version stands."""
        _fail_if(self.is_down)
        self.saves += 1
        known = self.states.get(state.key)
        if self.conflicts(state.key) or (known and known.version != state.version):
            return False
        self.states[state.key] = replace(state, version=state.version + 1)
        return True


def _fail_if(is_down: bool) -> None:  # noqa: FBT001  -- a private guard
    if is_down:
        message = "down"
        raise TransientError(message)


@dataclass
class FakeArchiveReader:
    """Rows by section and hour."""

    partitions: dict[tuple[ArchiveSection, Hour], list[dict[str, Any]]] = field(
        default_factory=dict
    )

    def hours(self, section: ArchiveSection) -> Iterable[Hour]:
        """The hours that have rows."""
        return sorted(hour for found, hour in self.partitions if found is section)

    def rows(self, section: ArchiveSection, hour: Hour) -> Iterable[Mapping[str, Any]]:
        """The rows of an hour."""
        return self.partitions.get((section, hour), [])
