"""A batch's way to its end."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from local.event_source_mappings.checkpoint import Checkpoint
from local.event_source_mappings.resolution import (
    Attempt,
    BatchResolution,
    Condition,
    Discard,
    RetryPolicy,
)


@dataclass(frozen=True)
class Record:
    """A record with nothing but a number and an age."""

    number: int
    arrived_at: float = 0


def records(count: int) -> tuple[Record, ...]:
    """Build a batch."""
    return tuple(Record(number) for number in range(count))


@dataclass
class Ledger:
    """What became of the records, in order, and a checkpoint that follows."""

    batch: tuple[Record, ...]
    processed: list[Record] = field(default_factory=list)
    discards: list[Discard[Record]] = field(default_factory=list)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)

    def __post_init__(self) -> None:
        self.checkpoint.add(str(record.number) for record in self.batch)

    @property
    def discarded(self) -> list[Record]:
        """Every record at the destination."""
        return [record for discard in self.discards for record in discard.records]

    def process(self, taken: tuple[Record, ...]) -> None:
        """Note records that the function took."""
        self.processed += taken
        self._settle(taken)

    def discard(self, discard: Discard[Record] | None) -> None:
        """Note records given up."""
        if discard is not None:
            self.discards.append(discard)
            self._settle(discard.records)

    def _settle(self, settled: tuple[Record, ...]) -> None:
        self.checkpoint.settle(str(record.number) for record in settled)
        position = self.checkpoint.position
        passed = self.batch[: 0 if position is None else int(position) + 1]
        assert set(passed) <= {*self.processed, *self.discarded}


policies = st.builds(
    RetryPolicy,
    maximum_retries=st.none() | st.integers(0, 3),
    maximum_age_s=st.none() | st.floats(0, 50),
    bisects=st.booleans(),
)


def act(
    data: st.DataObject,
    resolution: BatchResolution[Record],
    attempt: Attempt[Record],
    ledger: Ledger,
) -> None:
    """Let one invocation end in any way it can."""
    outcome = data.draw(st.sampled_from(["success", "error", "partial", "throttle"]))
    if outcome == "success":
        ledger.process(resolution.succeed())
    elif outcome == "error":
        ledger.discard(resolution.fail_whole())
    elif outcome == "partial":
        index = data.draw(st.integers(0, len(attempt.records) - 1))
        taken, discard = resolution.fail_from(index)
        ledger.process(taken)
        ledger.discard(discard)


@given(st.data(), policies, st.lists(st.floats(0, 100), max_size=12))
def test_every_record_ends_processed_or_discarded_exactly_once(
    data: st.DataObject, policy: RetryPolicy, arrivals: list[float]
) -> None:
    """Whatever happens, nothing is lost or doubled, and the checkpoint passes nothing open."""
    batch = tuple(Record(number, at) for number, at in enumerate(sorted(arrivals)))
    resolution, ledger, now = BatchResolution(batch, policy), Ledger(batch), 50.0

    for _ in range(40):
        now += data.draw(st.floats(0, 10))
        ledger.discard(resolution.expire(now))
        attempt = resolution.current
        if attempt is None:
            break
        act(data, resolution, attempt, ledger)
    while resolution.current is not None:
        ledger.process(resolution.succeed())

    assert sorted([*ledger.processed, *ledger.discarded], key=lambda each: each.number) == list(
        batch
    )
    assert ledger.processed == sorted(ledger.processed, key=lambda each: each.number)
    assert ledger.checkpoint.open_records == 0
    assert ledger.checkpoint.position == (str(len(batch) - 1) if batch else None)


@given(st.integers(1, 40), st.data(), st.integers(0, 3))
def test_bisecting_discards_exactly_the_poison(
    count: int, data: st.DataObject, retries: int
) -> None:
    """A function that raises whenever the poison is in the batch loses nothing but the poison."""
    batch = records(count)
    poison = data.draw(st.sampled_from(batch))
    resolution = BatchResolution(batch, RetryPolicy(maximum_retries=retries, bisects=True))
    ledger = Ledger(batch)

    while (attempt := resolution.current) is not None:
        if poison in attempt.records:
            ledger.discard(resolution.fail_whole())
        else:
            ledger.process(resolution.succeed())

    assert ledger.discarded == [poison]
    assert ledger.processed == [record for record in batch if record != poison]


@given(st.integers(1, 10), st.integers(0, 4))
def test_without_bisecting_a_batch_is_tried_once_and_then_as_often_as_allowed(
    count: int, retries: int
) -> None:
    """The whole batch goes to the destination, with the number of invocations."""
    resolution = BatchResolution(records(count), RetryPolicy(maximum_retries=retries))

    outcomes = [resolution.fail_whole() for _ in range(retries + 1)]

    assert outcomes[:-1] == [None] * retries
    assert outcomes[-1] == Discard(
        records(count), Condition.RETRY_ATTEMPTS_EXHAUSTED, invocations=retries + 1
    )
    assert resolution.current is None


def test_without_bisecting_a_partial_failure_uses_up_the_quota() -> None:
    """One retry allowed: the second partial answer gives up what is left."""
    resolution = BatchResolution(records(5), RetryPolicy(maximum_retries=1))

    first, second = resolution.fail_from(2), resolution.fail_from(1)

    assert first == (records(5)[:2], None)
    assert second[0] == records(5)[2:3]
    assert second[1] == Discard(records(5)[3:], Condition.RETRY_ATTEMPTS_EXHAUSTED, invocations=2)


def test_with_bisecting_a_cut_at_the_checkpoint_costs_no_retry() -> None:
    """No retries allowed, and still what remains after a cut is invoked with once more."""
    resolution = BatchResolution(records(5), RetryPolicy(maximum_retries=0, bisects=True))

    taken, discard = resolution.fail_from(2)

    assert (taken, discard) == (records(5)[:2], None)
    assert resolution.current == Attempt(records(5)[2:], retries=0, invocations=1)


def test_with_bisecting_no_progress_costs_a_retry() -> None:
    """Failing at the first record splits nothing off, so the quota ends it."""
    resolution = BatchResolution(records(3), RetryPolicy(maximum_retries=0, bisects=True))

    _, discard = resolution.fail_from(0)

    assert discard is not None
    assert discard.records == records(3)


def test_halves_keep_the_order_and_cost_no_retry() -> None:
    """The first half comes first; the second waits for it."""
    resolution = BatchResolution(records(3), RetryPolicy(maximum_retries=0, bisects=True))

    assert resolution.fail_whole() is None
    assert resolution.current == Attempt(records(3)[:1], invocations=1)
    assert resolution.succeed() == records(3)[:1]
    assert resolution.current == Attempt(records(3)[1:], invocations=1)


def test_only_the_records_that_are_too_old_expire() -> None:
    """The younger ones are still invoked with."""
    batch = (Record(0, arrived_at=0), Record(1, arrived_at=50))
    resolution = BatchResolution(batch, RetryPolicy(maximum_age_s=60))

    assert resolution.expire(60) is None
    assert resolution.expire(61) == Discard(batch[:1], Condition.RECORD_AGE_EXCEEDED, 0)
    assert resolution.current == Attempt(batch[1:])


def test_a_throttle_is_no_attempt() -> None:
    """Not telling the state machine anything leaves everything as it was."""
    resolution = BatchResolution(records(2), RetryPolicy(maximum_retries=0))

    assert resolution.current == resolution.current == Attempt(records(2))
