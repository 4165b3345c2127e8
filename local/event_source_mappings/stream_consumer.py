"""One mapping on a Kinesis stream: its shards, in the order their history demands."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.event_source_mappings.checkpoint import Checkpoint
from local.event_source_mappings.destinations import Destination
from local.event_source_mappings.invoker import Invoker
from local.event_source_mappings.lane import LaneContext
from local.event_source_mappings.shard_plan import Shard, readable, skipped_at_start
from local.event_source_mappings.shard_reader import ShardReader, ShardSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.event_source_mappings.mapping import EventSourceMapping
    from local.event_source_mappings.surroundings import Surroundings


@dataclass(slots=True)
class StreamProgress:
    """What outlives a consumer: a mapping that is disabled and enabled again goes on from here.

    `from_the_start` are the shards that existed when the mapping was first seen; only to them does
    its starting position apply. Shards that come later are read whole: their records are newer.

    Kept in memory: a restart of the local stack begins at the starting position, as its streams
    begin empty.
    """

    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    from_the_start: frozenset[str] | None = None


class StreamConsumer:
    """Reads every shard of a stream for one mapping."""

    def __init__(
        self,
        mapping: EventSourceMapping,
        surroundings: Surroundings,
        progress: StreamProgress,
        role_arn: str,
        *,
        begin: Callable[[ShardReader], None] = ShardReader.start,
    ) -> None:
        """Read what `progress` leaves to read.

        Args:
            mapping: The mapping.
            surroundings: What every consumer is given.
            progress: How far the mapping's earlier consumers came.
            role_arn: Role of the function, for the events.
            begin: What makes a reader work; a test drives its readers itself.
        """
        self.mapping = mapping
        self._surroundings = surroundings
        self._progress = progress
        self._role_arn = role_arn
        self._kinesis = surroundings.client("kinesis")
        self._invoker = Invoker(mapping, surroundings.invoke, surroundings.activity)
        self._stopping = threading.Event()
        self._begin_reading = begin
        self._readers: dict[str, ShardReader] = {}

    @property
    def readers(self) -> tuple[ShardReader, ...]:
        """Those of all shards read so far, parents before their children."""
        return tuple(self._readers.values())

    def refresh(self) -> None:
        """Notice finished and new shards.

        Raises:
            botocore.exceptions.ClientError: The stream cannot be listed.
        """
        shards = self._list_shards()
        if self._progress.from_the_start is None:
            self._begin(shards)
        for shard_id, reader in self._readers.items():
            if reader.is_finished:
                self._progress.finished.add(shard_id)
                reader.release()
        for shard in readable(shards, self._progress.finished):
            if shard.shard_id not in self._readers:
                self._read(shard)

    def is_drained(self) -> bool:
        """Whether all records put until now have been dealt with, in every shard."""
        readers = tuple(self._readers.values())
        if not all(reader.is_drained() for reader in readers):
            return False
        # A shard that has just come to its end may have children that nobody reads yet.
        known = self._progress.finished | self._readers.keys()
        return all(shard.shard_id in known for shard in self._list_shards())

    def begin_stop(self) -> None:
        """Take nothing new."""
        self._stopping.set()
        for reader in self._readers.values():
            reader.release()

    def finish_stop(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic) for what is under way."""
        for reader in self._readers.values():
            reader.join(deadline)

    def _begin(self, shards: list[Shard]) -> None:
        position = self.mapping.starting_position
        self._progress.from_the_start = frozenset(shard.shard_id for shard in shards)
        self._progress.finished |= skipped_at_start(shards, position)

    def _list_shards(self) -> list[Shard]:
        shards: list[Shard] = []
        # The API refuses a stream name together with a token, so botocore's paginator is no help.
        question: dict[str, str] = {"StreamName": self.mapping.source_name}
        while question:
            answer = self._kinesis.list_shards(**question)
            shards += [Shard.read(each) for each in answer["Shards"]]
            token = answer.get("NextToken")
            question = {"NextToken": token} if token else {}
        return shards

    def _read(self, shard: Shard) -> None:
        source = ShardSource(
            self._kinesis, shard.shard_id, self._start(shard.shard_id), self._role_arn
        )
        context = LaneContext(
            mapping=self.mapping,
            pace=self._surroundings.pace,
            invoker=self._invoker,
            destination=Destination(self.mapping, shard.shard_id, self._surroundings.client),
            checkpoint=self._checkpoint(shard.shard_id),
            stopping=self._stopping,
            clock=self._surroundings.clock,
        )
        reader = ShardReader(source, context, self._surroundings.activity)
        self._readers[shard.shard_id] = reader
        self._begin_reading(reader)

    def _start(self, shard_id: str) -> Mapping[str, Any]:
        """Return from where to read a shard without a checkpoint."""
        position = self.mapping.starting_position
        if shard_id not in (self._progress.from_the_start or ()):
            position = "TRIM_HORIZON"
        if position == "AT_TIMESTAMP":
            return {"ShardIteratorType": position, "Timestamp": self.mapping.starting_timestamp}
        return {"ShardIteratorType": position}

    def _checkpoint(self, shard_id: str) -> Checkpoint:
        previous = self._progress.checkpoints.get(shard_id)
        # What the previous consumer had read and not settled will be read again.
        checkpoint = Checkpoint(previous.position if previous else None)
        self._progress.checkpoints[shard_id] = checkpoint
        return checkpoint
