"""Streams through the whole pump, with fakes for Kinesis and the function."""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.event_source_mappings import EventSourceMappings, Pace, UnsupportedMappingError
from local.lambda_runtime import InvocationResult, TooManyRequests
from tests.unit.local.event_source_mappings.fakes import (
    Clients,
    FakeKinesis,
    FakeLambda,
    FakeStreams,
    a_configuration,
    answer,
    function_error,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUICK = Pace(supervision_s=0.01, poll_s=0.005, first_backoff_s=0.001, maximum_backoff_s=0.01)

# Looks at nothing by itself, so that it is `idle` alone that has to find what is new.
SLEEPY = Pace(supervision_s=600, poll_s=600)


class Function:
    """A function that keeps what it got, and answers as told."""

    def __init__(self, *answers: Callable[[], InvocationResult]) -> None:
        self.batches: list[list[str]] = []
        self._answers = list(answers)

    @property
    def seen(self) -> list[str]:
        """Every record delivered, in order."""
        return [each for batch in self.batches for each in batch]

    def __call__(self, _name: str, payload: bytes) -> InvocationResult:
        self.batches.append([text_of(each) for each in json.loads(payload)["Records"]])
        return self._answers.pop(0)() if self._answers else answer()


def text_of(record: dict[str, Any]) -> str:
    """Decode the data of one record of an event."""
    return base64.b64decode(record["kinesis"]["data"]).decode()


def throttle() -> InvocationResult:
    """Refuse to run."""
    raise TooManyRequests


@pytest.fixture
def start() -> Iterator[Callable[..., EventSourceMappings]]:
    """Start pumps and stop them after the test."""
    pumps: list[EventSourceMappings] = []

    def start(
        kinesis: object,
        invoke: Callable[[str, bytes], InvocationResult],
        aws_lambda: FakeLambda | None = None,
        pace: Pace = QUICK,
        **services: object,
    ) -> EventSourceMappings:
        aws_lambda = aws_lambda or FakeLambda(a_configuration())
        clients = Clients(kinesis=kinesis, aws_lambda=aws_lambda, **services)
        pumps.append(EventSourceMappings(client=clients, invoke=invoke, pace=pace))
        pumps[-1].start()
        return pumps[-1]

    yield start
    for pump in pumps:
        pump.stop()


def test_records_arrive_in_order_and_then_it_is_idle(
    start: Callable[..., EventSourceMappings],
) -> None:
    """Every record once, in batches no longer than BatchSize."""
    kinesis, function = FakeKinesis(), Function()
    numbers = [str(number) for number in range(25)]
    for number in numbers:
        kinesis.put("shard-0", number)

    pump = start(kinesis, function, FakeLambda(a_configuration(BatchSize=10)))
    wait_until(pump.idle)

    assert function.seen == numbers
    assert max(map(len, function.batches)) <= 10


def test_children_are_read_after_their_parent(start: Callable[..., EventSourceMappings]) -> None:
    """A key's records keep their order across a reshard, even when the parent has to be retried."""
    kinesis, function = FakeKinesis(), Function(function_error, function_error, throttle)
    kinesis.put("shard-0", "parent 1")
    kinesis.put("shard-0", "parent 2")
    kinesis.split("shard-0", "left", "right")
    kinesis.put("left", "child 1")
    kinesis.split("left", "grandchild")
    kinesis.put("grandchild", "grandchild 1")

    pump = start(kinesis, function)
    wait_until(pump.idle)

    processed = function.seen[-4:]
    assert processed == ["parent 1", "parent 2", "child 1", "grandchild 1"]


def test_a_reshard_under_way_loses_nothing(start: Callable[..., EventSourceMappings]) -> None:
    """Records put before, during and after a split all arrive, those of LATEST mappings too."""
    kinesis, function = FakeKinesis(), Function()
    pump = start(kinesis, function, FakeLambda(a_configuration(StartingPosition="LATEST")))
    wait_until(pump.idle)

    kinesis.put("shard-0", "before")
    kinesis.split("shard-0", "left", "right")
    kinesis.put("left", "left")
    kinesis.put("right", "right")
    wait_until(pump.idle)

    assert function.seen[0] == "before"
    assert sorted(function.seen[1:]) == ["left", "right"]


def test_a_throttle_is_not_an_attempt(start: Callable[..., EventSourceMappings]) -> None:
    """No retries allowed, three throttles, and the record is processed all the same."""
    kinesis, function = FakeKinesis(), Function(throttle, throttle, throttle)
    kinesis.put("shard-0", "a")

    pump = start(kinesis, function, FakeLambda(a_configuration(MaximumRetryAttempts=0)))
    wait_until(pump.idle)

    assert function.seen == ["a"] * 4


def test_keys_keep_their_order_over_several_lanes(
    start: Callable[..., EventSourceMappings],
) -> None:
    """ParallelizationFactor: lanes overtake each other, records of one key do not."""
    kinesis, lock = FakeKinesis(), threading.Lock()
    seen: list[tuple[str, str]] = []

    def invoke(_name: str, payload: bytes) -> InvocationResult:
        records = json.loads(payload)["Records"]
        with lock:
            seen.extend((each["kinesis"]["partitionKey"], text_of(each)) for each in records)
        return answer()

    for number in range(60):
        kinesis.put("shard-0", f"{number:02d}", key=f"viewer-{number % 7}")
    pump = start(kinesis, invoke, FakeLambda(a_configuration(ParallelizationFactor=4, BatchSize=5)))
    wait_until(pump.idle)

    assert len(seen) == 60
    for viewer in {key for key, _ in seen}:
        own = [text for key, text in seen if key == viewer]
        assert own == sorted(own)


def test_a_partial_response_brings_back_everything_from_the_lowest_failure(
    start: Callable[..., EventSourceMappings],
) -> None:
    """What lies before the checkpoint is not delivered again."""
    kinesis = FakeKinesis()
    numbers = [kinesis.put("shard-0", str(at)) for at in range(4)]
    named = [{"itemIdentifier": numbers[3]}, {"itemIdentifier": numbers[2]}]
    function = Function(lambda: answer({"batchItemFailures": named}))

    pump = start(
        kinesis,
        function,
        FakeLambda(a_configuration(FunctionResponseTypes=["ReportBatchItemFailures"])),
    )
    wait_until(pump.idle)

    assert function.batches == [["0", "1", "2", "3"], ["2", "3"]]


def test_filtered_records_count_as_dealt_with(start: Callable[..., EventSourceMappings]) -> None:
    """They reach no function and hold nobody up."""
    kinesis, function = FakeKinesis(), Function()
    for kind in ("play", "pause", "play"):
        kinesis.put("shard-0", json.dumps({"kind": kind}))
    pattern = json.dumps({"data": {"kind": ["pause"]}})

    pump = start(
        kinesis,
        function,
        FakeLambda(a_configuration(FilterCriteria={"Filters": [{"Pattern": pattern}]})),
    )
    wait_until(pump.idle)

    assert function.seen == ['{"kind": "pause"}']


def test_it_is_not_idle_while_a_batch_is_in_flight_or_waits_for_its_retry(
    start: Callable[..., EventSourceMappings],
) -> None:
    """Idle may only be said when nothing can follow any more."""
    kinesis, entered, leave = FakeKinesis(), threading.Event(), threading.Event()

    def invoke(_name: str, _payload: bytes) -> InvocationResult:
        entered.set()
        leave.wait(20)
        return answer()

    kinesis.put("shard-0", "a")
    pump = start(kinesis, invoke)
    assert entered.wait(20)

    assert not pump.idle()
    leave.set()
    wait_until(pump.idle)


def test_idle_looks_at_the_source_when_asked(start: Callable[..., EventSourceMappings]) -> None:
    """Right after a put it says no, whatever it saw before."""
    kinesis, function = FakeKinesis(), Function()
    pump = start(kinesis, function, pace=SLEEPY)
    for number in range(10):
        wait_until(pump.idle)
        assert len(function.seen) == number
        kinesis.put("shard-0", str(number))
        assert not pump.idle()


def test_idle_knows_of_shards_that_nobody_reads_yet(
    start: Callable[..., EventSourceMappings],
) -> None:
    """A drained shard that was split since has children with records in them."""
    kinesis, function = FakeKinesis(), Function()
    pump = start(kinesis, function, pace=SLEEPY)
    for number in range(5):
        wait_until(pump.idle)
        kinesis.split(f"shard-{number}", f"shard-{number + 1}")
        kinesis.put(f"shard-{number + 1}", str(number))
        wait_until(pump.idle)
        assert function.seen[-1] == str(number)


def test_a_function_that_feeds_another_source_is_waited_for(
    start: Callable[..., EventSourceMappings],
) -> None:
    """Idle speaks for the chain, although the second stream was empty when the first was read."""
    kinesis, relayed = FakeKinesis(), FakeKinesis()
    seen: list[str] = []

    def invoke(name: str, payload: bytes) -> InvocationResult:
        texts = [text_of(record) for record in json.loads(payload)["Records"]]
        if name.endswith("second"):
            seen.extend(texts)
        else:
            for text in texts:
                relayed.put("shard-0", text)
        return answer()

    second = a_configuration(
        UUID="2",
        FunctionArn="arn:aws:lambda:eu-west-1:123456789012:function:second",
        EventSourceArn="arn:aws:kinesis:eu-west-1:123456789012:stream/relayed",
    )
    streams = FakeStreams(activities=kinesis, relayed=relayed)
    pump = start(streams, invoke, FakeLambda(second, a_configuration(UUID="1")))
    for number in range(30):
        kinesis.put("shard-0", str(number))
        wait_until(pump.idle)
        assert len(seen) == number + 1


def test_trouble_while_reading_is_overcome(start: Callable[..., EventSourceMappings]) -> None:
    """Throttles and expired iterators: it goes on after the last record read."""
    error = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "GetRecords")
    troubles = [1, 2, 5]

    class Shaky(FakeKinesis):
        """Fails some of the calls."""

        calls = 0

        def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803
            self.calls += 1
            if self.calls in troubles:
                raise error
            return super().get_records(ShardIterator, Limit)

    kinesis, function = Shaky(), Function()
    for number in range(9):
        kinesis.put("shard-0", str(number))
    pump = start(kinesis, function, FakeLambda(a_configuration(BatchSize=2)))
    wait_until(pump.idle)

    assert function.seen == [str(number) for number in range(9)]


def test_a_disabled_mapping_goes_on_where_it_was(start: Callable[..., EventSourceMappings]) -> None:
    """Disabling and enabling neither repeats nor skips; a change of settings does not either."""
    kinesis, function = FakeKinesis(), Function()
    aws_lambda = FakeLambda(a_configuration())
    pump = start(kinesis, function, aws_lambda)
    kinesis.put("shard-0", "before")
    wait_until(pump.idle)

    aws_lambda.configurations = [a_configuration(State="Disabled")]
    wait_until(pump.idle)
    kinesis.put("shard-0", "meanwhile")
    wait_until(pump.idle)
    assert function.seen == ["before"]
    aws_lambda.configurations = [a_configuration(BatchSize=7)]
    wait_until(pump.idle)

    assert function.seen == ["before", "meanwhile"]


def test_stopping_leaves_what_failed_for_the_next_start(
    start: Callable[..., EventSourceMappings],
) -> None:
    """A record that was being retried is delivered again after a restart of the pump."""
    kinesis = FakeKinesis()
    function = Function(*[function_error] * 3)
    kinesis.put("shard-0", "a")
    pump = start(kinesis, function)
    wait_until(lambda: len(function.seen) >= 2)

    pump.stop()
    assert not pump.idle()
    pump.start()
    wait_until(pump.idle)

    assert set(function.seen) == {"a"}
    assert len(function.seen) >= 4


def test_reading_can_begin_at_a_time(start: Callable[..., EventSourceMappings]) -> None:
    """AT_TIMESTAMP: what arrived before is never read."""
    kinesis, function = FakeKinesis(), Function()
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for hour in (11, 12, 13):
        kinesis.put("shard-0", str(hour), arrived_at=noon.replace(hour=hour))

    pump = start(
        kinesis,
        function,
        FakeLambda(
            a_configuration(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=noon)
        ),
    )
    wait_until(pump.idle)

    assert function.seen == ["12", "13"]


def test_old_records_go_to_the_destination_unseen(
    start: Callable[..., EventSourceMappings],
) -> None:
    """MaximumRecordAgeInSeconds: only the old ones, and the bucket is asked until it takes them."""

    class Bucket:
        """Refuses once."""

        def __init__(self) -> None:
            self.refusals = [ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")]
            self.bodies: list[dict[str, Any]] = []

        def put_object(self, Body: bytes, **_rest: str) -> None:  # noqa: N803
            if self.refusals:
                raise self.refusals.pop()
            self.bodies.append(json.loads(Body))

    kinesis, function, bucket = FakeKinesis(), Function(), Bucket()
    kinesis.put("shard-0", "old", arrived_at=datetime(2020, 1, 1, tzinfo=UTC))
    kinesis.put("shard-0", "new")

    pump = start(
        kinesis,
        function,
        FakeLambda(
            a_configuration(
                MaximumRecordAgeInSeconds=60,
                DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failed"}},
            )
        ),
        s3=bucket,
    )
    wait_until(pump.idle)

    [body] = bucket.bodies
    assert function.seen == ["new"]
    assert body["requestContext"]["condition"] == "RecordAgeExceeded"
    assert [text_of(record) for record in body["payload"]["Records"]] == ["old"]


def test_a_mapping_that_cannot_be_served_is_told_to_whoever_waits(
    start: Callable[..., EventSourceMappings],
) -> None:
    """Waiting for it would be in vain."""
    refused = a_configuration(UUID="2", TumblingWindowInSeconds=30)
    pump = start(FakeKinesis(), Function(), FakeLambda(a_configuration(), refused))

    with pytest.raises(UnsupportedMappingError, match="TumblingWindowInSeconds"):
        wait_until(pump.idle)


def test_a_stream_that_is_not_there_is_not_idle(start: Callable[..., EventSourceMappings]) -> None:
    """Nobody can say that nothing is unread in it; the others are served meanwhile."""

    class Missing(FakeKinesis):
        """Knows one stream only."""

        def list_shards(self, StreamName: str) -> dict[str, Any]:  # noqa: N803
            if StreamName == "missing":
                raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "ListShards")
            return super().list_shards(StreamName)

    kinesis, function = Missing(), Function()
    missing = a_configuration(UUID="2", EventSourceArn="arn:aws:kinesis:eu-west-1:1:stream/missing")
    kinesis.put("shard-0", "a")
    pump = start(kinesis, function, FakeLambda(missing, a_configuration()))
    wait_until(lambda: function.seen == ["a"])

    assert not pump.idle()
