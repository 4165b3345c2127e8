"""Stand-ins for the services around the pump, and builders for what goes through it."""

from __future__ import annotations

import json
import threading
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.event_source_mappings.envelopes import Element
from local.event_source_mappings.mapping import EventSourceMapping, read_mapping
from local.lambda_runtime import InvocationResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

STREAM_ARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/activities"
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:record"
ROLE_ARN = "arn:aws:iam::123456789012:role/record"


def a_configuration(**changes: object) -> dict[str, Any]:
    """Build an element of ListEventSourceMappings on a stream."""
    defaults: dict[str, Any] = {
        "UUID": "11111111-2222-3333-4444-555555555555",
        "EventSourceArn": STREAM_ARN,
        "FunctionArn": FUNCTION_ARN,
        "State": "Enabled",
        "StartingPosition": "TRIM_HORIZON",
    }
    return defaults | changes


def a_mapping(**changes: object) -> EventSourceMapping:
    """Build a mapping on a stream."""
    return read_mapping(a_configuration(**changes))


def an_element(identifier: str = "1", arrived_at: float = 0, size: int = 10) -> Element:
    """Build a record whose envelope says nothing but its number."""
    return Element(identifier, arrived_at, "key", {"sequenceNumber": identifier}, size)


def answer(payload: object = None) -> InvocationResult:
    """Build what a function returned."""
    return InvocationResult(json.dumps(payload).encode(), None, "")


def function_error() -> InvocationResult:
    """Build what comes of a function that raised."""
    return InvocationResult(b'{"errorMessage": "no"}', "Unhandled", "")


class FakeLambda:
    """ListEventSourceMappings, one mapping a page, and the functions' roles."""

    def __init__(self, *configurations: Mapping[str, Any]) -> None:
        self.configurations: Sequence[Mapping[str, Any]] = configurations

    def list_event_source_mappings(self, Marker: str = "0") -> dict[str, Any]:  # noqa: N803
        """Answer with one page."""
        at = int(Marker)
        page: dict[str, Any] = {"EventSourceMappings": self.configurations[at : at + 1]}
        if at + 1 < len(self.configurations):
            page["NextMarker"] = str(at + 1)
        return page

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        """Answer with the one role there is."""
        return {"FunctionArn": FunctionName, "Role": ROLE_ARN}


@dataclass
class FakeShard:
    """Records in order, and what became of the shard."""

    parents: tuple[str, ...] = ()
    records: list[dict[str, Any]] = field(default_factory=list)
    is_closed: bool = False
    children: list[str] = field(default_factory=list)


class FakeKinesis:
    """One stream that can be resharded, with the end of closed shards as Kinesis shows it."""

    def __init__(self, shards: int = 1) -> None:
        self._lock = threading.Lock()
        self._next = 0
        self.shards = {f"shard-{at}": FakeShard() for at in range(shards)}

    def put(
        self,
        shard_id: str,
        data: str | bytes,
        key: str = "key",
        arrived_at: datetime | None = None,
    ) -> str:
        """Append a record to an open shard."""
        with self._lock:
            shard = self.shards[shard_id]
            assert not shard.is_closed
            self._next += 1
            shard.records.append(
                {
                    "SequenceNumber": f"{self._next:020d}",
                    "PartitionKey": key,
                    "Data": data.encode() if isinstance(data, str) else data,
                    "ApproximateArrivalTimestamp": arrived_at or datetime.now(UTC),
                }
            )
            return shard.records[-1]["SequenceNumber"]

    def split(self, shard_id: str, *children: str) -> None:
        """Close a shard and open its children."""
        with self._lock:
            self.shards[shard_id] = replace(
                self.shards[shard_id], is_closed=True, children=list(children)
            )
            for child in children:
                self.shards[child] = FakeShard(parents=(shard_id,))

    def merge(self, left: str, right: str, child: str) -> None:
        """Close two shards and open the one that both become."""
        with self._lock:
            for parent in (left, right):
                self.shards[parent] = replace(self.shards[parent], is_closed=True, children=[child])
            self.shards[child] = FakeShard(parents=(left, right))

    def list_shards(self, StreamName: str) -> dict[str, Any]:  # noqa: N803 - boto3's spelling
        """Answer with every shard."""
        assert StreamName == "activities"
        with self._lock:
            return {"Shards": [_shard(name, shard) for name, shard in self.shards.items()]}

    def get_shard_iterator(
        self,
        StreamName: str,  # noqa: N803
        ShardId: str,  # noqa: N803
        ShardIteratorType: str,  # noqa: N803
        StartingSequenceNumber: str = "",  # noqa: N803
        Timestamp: datetime | None = None,  # noqa: N803
    ) -> dict[str, str]:
        """Answer with an iterator that names shard and index."""
        assert StreamName == "activities"
        records = self.shards[ShardId].records
        at = len(records) if ShardIteratorType == "LATEST" else 0
        if ShardIteratorType == "AFTER_SEQUENCE_NUMBER":
            at = sum(record["SequenceNumber"] <= StartingSequenceNumber for record in records)
        if Timestamp is not None:
            at = sum(record["ApproximateArrivalTimestamp"] < Timestamp for record in records)
        return {"ShardIterator": f"{ShardId}/{at}"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803
        """Answer with records; at the end of a closed shard there is no next iterator."""
        shard_id, _, start = ShardIterator.partition("/")
        with self._lock:
            shard = self.shards[shard_id]
            records = shard.records[int(start) : int(start) + Limit]
            end = int(start) + len(records)
            page = {"Records": records, "MillisBehindLatest": len(shard.records) - end}
            if shard.is_closed and end == len(shard.records):
                return page | {"ChildShards": [{"ShardId": child} for child in shard.children]}
            return page | {"NextShardIterator": f"{shard_id}/{end}"}


class FakeStreams:
    """Several streams behind one client; iterators say which one they belong to."""

    def __init__(self, **streams: FakeKinesis) -> None:
        self._streams = streams

    def list_shards(self, StreamName: str) -> dict[str, Any]:  # noqa: N803
        """Answer for the stream of that name."""
        return self._streams[StreamName].list_shards("activities")

    def get_shard_iterator(self, StreamName: str, **rest: Any) -> dict[str, str]:  # noqa: N803
        """Answer for the stream of that name."""
        found = self._streams[StreamName].get_shard_iterator("activities", **rest)
        return {"ShardIterator": f"{StreamName}|{found['ShardIterator']}"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803
        """Answer for the stream of the iterator."""
        name, _, iterator = ShardIterator.partition("|")
        page = self._streams[name].get_records(iterator, Limit)
        return page | {"NextShardIterator": f"{name}|{page['NextShardIterator']}"}


class FakeQueue:
    """A queue whose messages become visible again when told to."""

    def __init__(self, *bodies: str, visibility_timeout_s: int = 30) -> None:
        self._lock = threading.Lock()
        self._visibility_timeout_s = visibility_timeout_s
        self.visible = list(bodies)
        self.in_flight: list[str] = []

    def become_visible(self) -> None:
        """Let the visibility timeout of every received message pass."""
        with self._lock:
            self.visible += self.in_flight
            self.in_flight = []

    def get_queue_url(self, QueueName: str) -> dict[str, str]:  # noqa: N803
        """Answer with some URL."""
        return {"QueueUrl": f"https://queue/{QueueName}"}

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        """Answer with counts and the visibility timeout."""
        assert QueueUrl
        with self._lock:
            attributes = {
                "VisibilityTimeout": str(self._visibility_timeout_s),
                "ApproximateNumberOfMessages": str(len(self.visible)),
                "ApproximateNumberOfMessagesNotVisible": str(len(self.in_flight)),
                "ApproximateNumberOfMessagesDelayed": "0",
            }
        return {"Attributes": {name: attributes[name] for name in AttributeNames}}

    def receive_message(self, MaxNumberOfMessages: int, **_rest: object) -> dict[str, Any]:  # noqa: N803
        """Hand out messages whose body is also their id and their receipt."""
        with self._lock:
            taken = self.visible[:MaxNumberOfMessages]
            del self.visible[: len(taken)]
            self.in_flight += taken
        return {"Messages": [{"MessageId": e, "ReceiptHandle": e, "Body": e} for e in taken]}

    def delete_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        """Delete by receipt."""
        assert QueueUrl
        with self._lock:
            for entry in Entries:
                self.in_flight.remove(entry["ReceiptHandle"])
        return {"Successful": []}


def _shard(name: str, shard: FakeShard) -> dict[str, Any]:
    ends = {"EndingSequenceNumber": "9"} if shard.is_closed else {}
    document: dict[str, Any] = {
        "ShardId": name,
        "SequenceNumberRange": {"StartingSequenceNumber": "0", **ends},
    }
    names = ("ParentShardId", "AdjacentParentShardId")
    return document | dict(zip(names, shard.parents, strict=False))


class Clients:
    """Gives out the fakes by service name."""

    def __init__(self, **services: object) -> None:
        self._services = {
            "lambda" if name == "aws_lambda" else name: each for name, each in services.items()
        }

    def __call__(self, service: str) -> Any:
        return self._services[service]


def wait_until(condition: Callable[[], bool], limit_s: float = 20) -> None:
    """Ask again and again until `condition` holds; fail after `limit_s`."""
    pause = threading.Event()
    for _ in range(int(limit_s / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    message = "the condition did not come true"
    raise AssertionError(message)
