"""The recorder under the real runtime behind a stream that is read by the local stack's pump."""

import json
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final, Self

from local.event_source_mappings import EventSourceMappings, Pace
from local.lambda_runtime import InvocationResult
from tests.faults.shard import wait_until
from tests.faults.world import World
from tests.support.builders import a_start
from tests.unit.local.event_source_mappings.fakes import FakeLambda, a_configuration

_QUICK: Final = Pace(supervision_s=0.1, poll_s=0.05, first_backoff_s=0.05, maximum_window_s=0.1)
_STREAM: Final = "activities"
_MIDDLE: Final = str(2**127)


@dataclass
class Pumped:
    """A stream of one shard, the pump, and the recorder with the template's settings.

    Attributes:
        at_once: The most invocations that ran at the same time.
    """

    world: World
    at_once: int = 0
    _running: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ending: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self._service = self.world.service()
        self._service.register(self.world.function("record_playback"))
        self._kinesis = self.world.client("kinesis")
        self._kinesis.create_stream(StreamName=_STREAM, ShardCount=1)
        summary = self._kinesis.describe_stream_summary(StreamName=_STREAM)
        self._mapping = a_configuration(
            EventSourceArn=summary["StreamDescriptionSummary"]["StreamARN"],
            FunctionArn="arn:aws:lambda:us-east-1:123456789012:function:record_playback",
            BatchSize=40,
            ParallelizationFactor=2,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            BisectBatchOnFunctionError=True,
        )
        self._mappings = FakeLambda(self._mapping)
        self._pump = EventSourceMappings(client=self._client, invoke=self._invoke, pace=_QUICK)
        self._pump.start()
        self._sent = self.world.watch_put_events()
        self._ending.callback(self._pump.stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def put(self, activities: Iterable[dict[str, Any]]) -> None:
        """Put activities on the stream, in order."""
        records = [
            {"Data": json.dumps(each).encode(), "PartitionKey": each["user_id"]}
            for each in activities
        ]
        answer = self._kinesis.put_records(StreamName=_STREAM, Records=records)
        assert answer["FailedRecordCount"] == 0

    def split(self) -> None:
        """Split the one open shard."""
        (shard,) = self._open_shards()
        self._kinesis.split_shard(
            StreamName=_STREAM, ShardToSplit=shard, NewStartingHashKey=_MIDDLE
        )

    def merge(self) -> None:
        """Merge the two open shards."""
        low, high = self._open_shards()
        self._kinesis.merge_shards(StreamName=_STREAM, ShardToMerge=low, AdjacentShardToMerge=high)

    def disable(self) -> None:
        """Disable the mapping, and wait until nobody reads."""
        self._mappings.configurations = [self._mapping | {"State": "Disabled"}]
        wait_until(self._pump.idle)

    def enable(self) -> None:
        """Enable the mapping again."""
        self._mappings.configurations = [self._mapping]

    def settle(self) -> None:
        """Wait until everything has been dealt with."""
        wait_until(self._pump.idle)

    def first_sends(self) -> dict[str, list[int]]:
        """The numbers of `told_by` in the order in which each was sent first, by viewer."""
        order: dict[str, list[int]] = {}
        for call in self._sent:
            numbers = order.setdefault(call["userId"], [])
            told = [int(event["itemId"]) for event in call["eventList"]]
            numbers.extend(number for number in told if number not in numbers)
        return order

    def _open_shards(self) -> Sequence[str]:
        shards = self._kinesis.list_shards(StreamName=_STREAM)["Shards"]
        return [
            each["ShardId"]
            for each in shards
            if "EndingSequenceNumber" not in each["SequenceNumberRange"]
        ]

    def _client(self, service: str) -> Any:
        return self._mappings if service == "lambda" else self.world.client(service)

    def _invoke(self, name: str, payload: bytes) -> InvocationResult:
        with self._lock:
            self._running += 1
            self.at_once = max(self.at_once, self._running)
        try:
            return self._service.invoke(name, payload)
        finally:
            with self._lock:
                self._running -= 1


def told_by(count: int, numbers: Iterable[int]) -> list[dict[str, Any]]:
    """Starts of films with these numbers by so many viewers, in turn, one second apart."""
    began_ms = round(time.time() * 1000) - 120_000
    return [
        a_start(
            user_id=f"viewer-{who}",
            visit_id=f"visit-{who}",
            activity_id=f"{who}-{number}",
            playback_id=f"{who}-{number}",
            item_id=str(number),
            occurred_at_ms=began_ms + 1000 * number,
        )
        for number in numbers
        for who in range(count)
    ]
