"""The event source mapping of a Kinesis stream in simulated time, one invocation at a time.

The rules are those of the local stack, which drives the same code with threads and real time, so
that a rule stands once; where each comes from is cited there:

- partial response, bisecting, retries, age: `local.event_source_mappings.resolution`, `responses`
- lanes of a shard and their order by partition key: `shard_reader`
- parents before children after a reshard: `shard_plan`
- the whole batch in the on-failure bucket: `destinations`

What Lambda's documentation does not say, and is therefore left to chance here, within its bounds:

- in which order shards and lanes advance: the test chooses;
- how long Lambda waits between attempts ("exponential backoff", no numbers): doubling to a minute;
- how a batch is cut when a mapping is disabled and enabled again: what was under way is read again
  from the checkpoint, so the borders can differ;
- whether a batch of which the answer got lost is delivered again: it is.
"""

from dataclasses import dataclass, field
from typing import Final

from local.event_source_mappings.lane import BatchInProgress, Lane
from local.event_source_mappings.mapping import EventSourceMapping
from local.event_source_mappings.pace import Pace
from local.event_source_mappings.shard_reader import ShardReader
from local.event_source_mappings.stream_consumer import StreamConsumer, StreamProgress
from local.event_source_mappings.surroundings import Surroundings
from tests.model.simulated_clock import SimulatedClock

PACE: Final = Pace(maximum_window_s=0.0, first_backoff_s=1.0, maximum_backoff_s=60.0)
_ROLE: Final = "arn:aws:iam::123456789012:role/function"


@dataclass
class _Work:
    """A batch on its way, and when its lane goes on."""

    batch: BatchInProgress
    due_at_s: float = 0.0


@dataclass
class StreamMapping:
    """One mapping on a stream; begins enabled.

    Attributes:
        was_interrupted: Whether it was disabled while a batch was under way.
    """

    mapping: EventSourceMapping
    surroundings: Surroundings
    clock: SimulatedClock
    was_interrupted: bool = False
    _progress: StreamProgress = field(default_factory=StreamProgress)
    _consumer: StreamConsumer | None = None
    _work: dict[Lane, _Work] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.enable()

    def enable(self) -> None:
        """Poll; go on where it was disabled."""
        if self._consumer is None:
            self._consumer = StreamConsumer(
                self.mapping, self.surroundings, self._progress, _ROLE, begin=_leave_to_the_model
            )

    def disable(self) -> None:
        """Poll no more; what is under way is forgotten, and read again from the checkpoint."""
        self.was_interrupted = self.was_interrupted or bool(self._work)
        self._consumer = None
        self._work.clear()

    def step(self, choice: int = 0) -> bool:
        """Advance one lane by one invocation; False when there is nothing to do.

        When every lane waits, time passes until the first need wait no longer.
        """
        lanes = self._busy_lanes()
        if not lanes:
            return False
        first_s = min(self._due(lane) for lane in lanes)
        self.clock.advance(max(0.0, first_s - self.clock()))
        ready = [lane for lane in lanes if self._due(lane) <= self.clock()]
        self._advance(ready[choice % len(ready)])
        return True

    @property
    def is_drained(self) -> bool:
        """Whether everything on the stream has been dealt with; false while disabled."""
        return self._consumer is not None and not self._work and self._consumer.is_drained()

    def _busy_lanes(self) -> list[Lane]:
        if self._consumer is None:
            return []
        self._consumer.refresh()
        readers = self._consumer.readers
        for reader in readers:
            if not reader.is_crowded:
                reader.read_page()
        lanes = (lane for reader in readers for lane in reader.lanes)
        return [lane for lane in lanes if lane in self._work or len(lane.buffer)]

    def _due(self, lane: Lane) -> float:
        work = self._work.get(lane)
        return work.due_at_s if work else self.clock()

    def _advance(self, lane: Lane) -> None:
        work = self._work.get(lane)
        if work is None:
            batch = lane.begin()
            assert batch is not None, "a lane with records has a batch"
            work = self._work[lane] = _Work(batch)
        work.due_at_s = self.clock() + work.batch.step()
        if work.batch.is_over:
            del self._work[lane]


def _leave_to_the_model(_reader: ShardReader) -> None:
    """Start no thread: the model reads."""
