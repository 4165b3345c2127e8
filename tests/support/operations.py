"""Fakes of the ports of the operator's commands; each runs the contract of its port."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingestion.application.pacing import TokenBucket
from ingestion.domain.archive import activity_row
from ingestion.domain.errors import TransientError
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.domain.rejection import Rejection

from operations.dead_letters import DeadLetter, DeadLetterQueue, Depth
from operations.envelopes import Record, record_id
from operations.failed_batches import FailedBatch
from operations.ports import FrontDoor, FunctionFailedError, Redriven
from operations.redelivery import Redelivery


@dataclass
class FakeFrontDoor:
    """Takes records; some it wants again, some crash the function, and all fail while it is down.

    `wants_again` is asked at each delivery, so it may change its mind.
    """

    wants_again: Callable[[str], bool] = lambda _record_id: False
    crashes: Collection[str] = ()
    is_down: bool = False
    taken: list[tuple[str, str]] = field(default_factory=list)
    deliveries: list[Sequence[Record]] = field(default_factory=list)

    def deliver(self, use_case: str, records: Sequence[Record]) -> Collection[str]:
        """Take what it can."""
        self.deliveries.append(records)
        if self.is_down:
            message = "down"
            raise TransientError(message)
        ids = [record_id(record) for record in records]
        if set(ids) & set(self.crashes):
            kind = "CrashError"
            raise FunctionFailedError(kind)
        again = {each for each in ids if self.wants_again(each)}
        self.taken += [(use_case, each) for each in ids if each not in again]
        return again


@dataclass
class FakeJournal:
    """Notes by hour; `dies_after` notes it breaks like a killed run."""

    notes: defaultdict[Hour, list[Redriven]] = field(default_factory=lambda: defaultdict(list))
    dies_after: int | None = None

    def note(self, hour: Hour, done: Sequence[Redriven]) -> None:
        """Keep notes."""
        if self.dies_after is not None and self.count >= self.dies_after:
            message = "killed"
            raise KeyboardInterrupt(message)
        self.notes[hour] += done

    def done(self, hour: Hour) -> Sequence[Redriven]:
        """All notes of an hour."""
        return list(self.notes[hour])

    @property
    def count(self) -> int:
        """How many notes there are."""
        return sum(map(len, self.notes.values()))


@dataclass
class FakeFailedBatches:
    """Objects by key, all written in one hour."""

    objects: dict[str, bytes]
    hour: Hour

    def listed(self) -> Iterable[FailedBatch]:
        """All there are."""
        return [FailedBatch(key, self.hour, len(self.objects[key])) for key in sorted(self.objects)]

    def read(self, batch: FailedBatch) -> bytes:
        """What one says."""
        return self.objects[batch.key]


@dataclass
class FakeDeadLetters:
    """Messages that wait, and those that somebody has received."""

    waiting: list[DeadLetter] = field(default_factory=list)
    in_flight: list[DeadLetter] = field(default_factory=list)

    def depth(self, queue: DeadLetterQueue) -> Depth:  # noqa: ARG002  -- the port has it
        """How many there are."""
        return Depth(len(self.waiting), len(self.in_flight))

    def receive(self, queue: DeadLetterQueue) -> Sequence[DeadLetter]:  # noqa: ARG002  -- see above
        """Up to ten."""
        batch, self.waiting = self.waiting[:10], self.waiting[10:]
        self.in_flight += batch
        return batch

    def delete(self, queue: DeadLetterQueue, letters: Sequence[DeadLetter]) -> None:  # noqa: ARG002
        """These were taken."""
        self.in_flight = [each for each in self.in_flight if each not in letters]

    def put_back(self, queue: DeadLetterQueue, letters: Sequence[DeadLetter]) -> None:
        """These were not."""
        self.delete(queue, letters)
        self.waiting += letters


@dataclass
class FakeProgress:
    """Remembers the labels of the steps."""

    steps: int = 0
    labels: list[str] = field(default_factory=list)

    def begin(self, steps: int) -> None:
        """There are so many."""
        self.steps = steps

    def step(self, label: str) -> None:
        """One is done."""
        self.labels.append(label)


@dataclass
class FakeClock:
    """A clock on which waiting takes no time."""

    at_s: float = 0.0

    def now_s(self) -> float:
        """Seconds since the beginning."""
        return self.at_s

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.at_s += seconds


def a_delivery(door: FrontDoor, *, per_second: float = 1000.0) -> Redelivery:
    """How a run hands records over, on a clock of its own."""
    clock = FakeClock()
    return Redelivery(door, TokenBucket(per_second, clock), clock, Counter())


def rejection_row(rejection: Rejection, recorded_by: str = "record_playback") -> dict[str, Any]:
    """A rejection as the archive has it."""
    return {
        **activity_row(rejection.message),
        "rejection_id": rejection.id,
        "reason": str(rejection.reason),
        "detail": rejection.detail,
        "recorded_by": recorded_by,
    }


def ids_of(messages: Iterable[Message]) -> list[str]:
    """Their ids."""
    return [message.id for message in messages]
