"""Which shards of a stream may be read, and from where: a pure function of what is known.

After a reshard the records of one partition key lie in a parent and then in a child, so a child
is read only when its parents have been dealt with to their end.
https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard, and the shards its keys came from."""

    shard_id: str
    parents: frozenset[str]
    is_closed: bool

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Shard:
        """Read one element of ListShards."""
        named = (document.get("ParentShardId"), document.get("AdjacentParentShardId"))
        return cls(
            shard_id=document["ShardId"],
            parents=frozenset(name for name in named if name),
            is_closed="EndingSequenceNumber" in document.get("SequenceNumberRange", {}),
        )


def readable(shards: Iterable[Shard], finished: Collection[str]) -> list[Shard]:
    """Return the unfinished shards whose parents are finished or no longer listed."""
    listed = {shard.shard_id: shard for shard in shards}
    return [
        shard
        for shard in listed.values()
        if shard.shard_id not in finished
        and all(parent in finished or parent not in listed for parent in shard.parents)
    ]


def skipped_at_start(shards: Iterable[Shard], starting_position: str) -> set[str]:
    """Return the shards that a new mapping never reads: with LATEST, those closed before it."""
    if starting_position != "LATEST":
        return set()
    return {shard.shard_id for shard in shards if shard.is_closed}
