"""A Kinesis stream in simulated time: keys, shards, and what resharding does to them."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from tests.model.simulated_clock import SimulatedClock
from tests.unit.local.event_source_mappings.fakes import FakeKinesis

_HASH_KEYS: Final = 2**128

type _HashKeys = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Put:
    """What Kinesis answers to an accepted record: from then on it must not be lost."""

    shard_id: str
    sequence_number: str


@dataclass
class SimulatedStream:
    """One stream, and the hash keys that each open shard has.

    "An MD5 hash function is used to map partition keys to 128-bit integer values and to map
    associated data records to shards using the hash key ranges of the shards" (Kinesis API
    reference, PutRecord).

    Attributes:
        kinesis: The stream as its readers see it, records of closed shards included.
    """

    clock: SimulatedClock
    kinesis: FakeKinesis = field(default_factory=FakeKinesis)
    open_shards: dict[str, _HashKeys] = field(default_factory=lambda: {"shard-0": (0, _HASH_KEYS)})

    def put(self, key: str, data: bytes) -> Put:
        """Accept a record."""
        hash_key = int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest())
        shard_id = next(
            name for name, (low, high) in self.open_shards.items() if low <= hash_key < high
        )
        arrived_at = datetime.fromtimestamp(self.clock(), UTC)
        return Put(shard_id, self.kinesis.put(shard_id, data, key, arrived_at))

    def split(self, choice: int) -> None:
        """Cut an open shard in the middle of its hash keys."""
        parent = sorted(self.open_shards)[choice % len(self.open_shards)]
        low, high = self.open_shards.pop(parent)
        middle = (low + high) // 2
        left, right = self._new_name(0), self._new_name(1)
        self.kinesis.split(parent, left, right)
        self.open_shards |= {left: (low, middle), right: (middle, high)}

    def merge(self, choice: int) -> None:
        """Join two open shards with adjacent hash keys; nothing when there is only one."""
        ordered = sorted(self.open_shards, key=lambda name: self.open_shards[name])
        if len(ordered) == 1:
            return
        at = choice % (len(ordered) - 1)
        left, right = ordered[at], ordered[at + 1]
        (low, _), (_, high) = self.open_shards.pop(left), self.open_shards.pop(right)
        child = self._new_name(0)
        self.kinesis.merge(left, right, child)
        self.open_shards[child] = (low, high)

    def _new_name(self, offset: int) -> str:
        return f"shard-{len(self.kinesis.shards) + offset}"
