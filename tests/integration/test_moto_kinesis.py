"""Kinesis of the local stack, as the pump and a producer meet it."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.connection import REGION
from local.moto_extensions import kinesis as repaired_kinesis
from local.stack import LocalStack

FIRST_SHARD = "shardId-000000000000"


@pytest.fixture
def stream(stack: LocalStack) -> str:
    """A stream of one shard."""
    name = f"stream-{uuid.uuid4()}"
    stack.client("kinesis").create_stream(StreamName=name, ShardCount=1)
    return name


@pytest.fixture
def _throttled() -> Iterator[None]:
    """New streams with AWS's limits, as long as the test lasts."""
    repaired_kinesis.install(throughput_limits=True)
    yield
    repaired_kinesis.install()


def test_every_kind_of_iterator_starts_where_it_says(stack: LocalStack, stream: str) -> None:
    """Of three records, each kind gives those AWS would give."""
    numbers = [_put(stack, stream, data) for data in (b"a", b"b", b"c")]

    assert _data(stack, stream, ShardIteratorType="TRIM_HORIZON") == [b"a", b"b", b"c"]
    assert _data(stack, stream, ShardIteratorType="LATEST") == []
    for kind, expected in (("AT", [b"b", b"c"]), ("AFTER", [b"c"])):
        found = _data(
            stack,
            stream,
            ShardIteratorType=f"{kind}_SEQUENCE_NUMBER",
            StartingSequenceNumber=numbers[1],
        )
        assert found == expected


def test_an_iterator_at_a_time_starts_with_the_first_record_since(
    stack: LocalStack, stream: str
) -> None:
    """Before the first record it gives all, after the last one nothing."""
    _put(stack, stream, b"a")
    hour = timedelta(hours=1)
    now = datetime.now(UTC)

    def since(moment: datetime) -> list[bytes]:
        return _data(stack, stream, ShardIteratorType="AT_TIMESTAMP", Timestamp=moment)

    assert since(now - hour) == [b"a"]
    assert since(now + hour) == []


def test_an_iterator_at_latest_sees_what_comes_after_it(stack: LocalStack, stream: str) -> None:
    """And nothing from before."""
    _put(stack, stream, b"before")
    iterator = _iterator(stack, stream, ShardIteratorType="LATEST")
    _put(stack, stream, b"after")

    assert [r["Data"] for r in _read(stack, iterator)["Records"]] == [b"after"]


def test_a_shard_is_read_page_by_page(stack: LocalStack, stream: str) -> None:
    """Each answer leads to the next, and the last says that nothing is behind."""
    for data in (b"a", b"b", b"c"):
        _put(stack, stream, data)
    iterator = _iterator(stack, stream, ShardIteratorType="TRIM_HORIZON")

    pages, answer = [], {}
    for _ in range(3):
        answer = stack.client("kinesis").get_records(ShardIterator=iterator, Limit=2)
        iterator = answer["NextShardIterator"]
        pages.append([record["Data"] for record in answer["Records"]])

    assert pages == [[b"a", b"b"], [b"c"], []]
    assert answer["MillisBehindLatest"] == 0


def test_an_answer_has_at_most_ten_mebibytes(stack: LocalStack, stream: str) -> None:
    """Eleven records of a mebibyte take two answers."""
    large = bytes(1024 * 1024 - len("viewer"))
    for _ in range(11):
        _put(stack, stream, large)
    answer = _read(stack, _iterator(stack, stream, ShardIteratorType="TRIM_HORIZON"))

    assert len(answer["Records"]) == 10
    assert len(_read(stack, answer["NextShardIterator"])["Records"]) == 1


def test_sequence_numbers_grow_over_a_reshard(stack: LocalStack, stream: str) -> None:
    """A child's numbers are greater than its parent's, and as long as AWS's."""
    before = _put(stack, stream, b"before")
    stack.client("kinesis").update_shard_count(
        StreamName=stream, TargetShardCount=2, ScalingType="UNIFORM_SCALING"
    )
    after = _put(stack, stream, b"after")

    assert int(after) > int(before)
    assert len(before) == len(after) == 56


def test_the_last_key_of_a_range_has_a_shard(stack: LocalStack, stream: str) -> None:
    """Ranges of hash keys include their end."""
    answer = stack.client("kinesis").put_record(
        StreamName=stream, Data=b"", PartitionKey="viewer", ExplicitHashKey=str(2**128 - 1)
    )

    assert answer["ShardId"] == FIRST_SHARD


def test_an_iterator_that_is_none_is_refused(stack: LocalStack) -> None:
    """It is the caller's fault, not the server's."""
    with pytest.raises(ClientError, match="InvalidArgumentException"):
        _read(stack, "not an iterator")


def test_a_shard_that_is_not_there_is_refused(stack: LocalStack, stream: str) -> None:
    """As a resource that does not exist."""
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        _iterator(stack, stream, ShardId="shardId-000000000009", ShardIteratorType="LATEST")


def test_too_many_records_are_refused(stack: LocalStack, stream: str) -> None:
    """A call has 500 at most."""
    with pytest.raises(ClientError, match="500"):
        stack.client("kinesis").put_records(StreamName=stream, Records=_records(501))


def test_a_record_of_more_than_a_mebibyte_is_refused(stack: LocalStack, stream: str) -> None:
    """Data and partition key together."""
    with pytest.raises(ClientError, match="1048576"):
        stack.client("kinesis").put_records(
            StreamName=stream, Records=[{"Data": bytes(1024 * 1024), "PartitionKey": "viewer"}]
        )


def test_more_than_five_mebibytes_are_refused(stack: LocalStack, stream: str) -> None:
    """In one call, over all records."""
    with pytest.raises(ClientError, match="5 MB"):
        stack.client("kinesis").put_records(
            StreamName=stream, Records=_records(6, size_bytes=1_000_000)
        )


@pytest.mark.usefixtures("_throttled")
def test_a_throttled_record_fails_alone(stack: LocalStack) -> None:
    """More than a mebibyte a second is too much for one shard; each record left out says why."""
    stream = f"stream-{uuid.uuid4()}"
    stack.client("kinesis").create_stream(StreamName=stream, ShardCount=1)

    answer = next(filter(lambda answer: answer["FailedRecordCount"], _writes(stack, stream)))

    failed = [record for record in answer["Records"] if "ErrorCode" in record]
    assert len(failed) == answer["FailedRecordCount"]
    assert {record["ErrorCode"] for record in failed} == {"ProvisionedThroughputExceededException"}
    assert failed[0]["ErrorMessage"].startswith(f"Rate exceeded for shard {FIRST_SHARD}")


@pytest.mark.usefixtures("_throttled")
def test_a_throttled_read_is_refused(stack: LocalStack) -> None:
    """Reading in a tight loop is faster than five calls a second."""
    stream = f"stream-{uuid.uuid4()}"
    stack.client("kinesis").create_stream(StreamName=stream, ShardCount=1)
    iterator = _iterator(stack, stream, ShardIteratorType="TRIM_HORIZON")

    with pytest.raises(ClientError, match="ProvisionedThroughputExceededException"):
        _read_without_pause(stack, iterator)


def _writes(stack: LocalStack, stream: str) -> Iterator[dict[str, Any]]:
    """Write a megabyte after the other, a hundred at most."""
    for _ in range(100):
        yield stack.client("kinesis").put_records(
            StreamName=stream, Records=_records(500, size_bytes=2_000)
        )


def _read_without_pause(stack: LocalStack, iterator: str) -> None:
    """Read a thousand times, and take the first refusal for an answer."""
    impatient = boto3.client(
        "kinesis",
        endpoint_url=stack.endpoint_url,
        region_name=REGION,
        config=Config(retries={"total_max_attempts": 1}),
    )
    with closing(impatient):
        for _ in range(1_000):
            impatient.get_records(ShardIterator=iterator)


def _records(count: int, size_bytes: int = 1) -> list[dict[str, Any]]:
    return [{"Data": bytes(size_bytes), "PartitionKey": "viewer"} for _ in range(count)]


def _put(stack: LocalStack, stream: str, data: bytes) -> str:
    answer = stack.client("kinesis").put_record(StreamName=stream, Data=data, PartitionKey="viewer")
    return answer["SequenceNumber"]


def _iterator(stack: LocalStack, stream: str, **position: Any) -> str:
    request = {"StreamName": stream, "ShardId": FIRST_SHARD} | position
    return stack.client("kinesis").get_shard_iterator(**request)["ShardIterator"]


def _read(stack: LocalStack, iterator: str) -> dict[str, Any]:
    return stack.client("kinesis").get_records(ShardIterator=iterator)


def _data(stack: LocalStack, stream: str, **position: Any) -> list[bytes]:
    return [r["Data"] for r in _read(stack, _iterator(stack, stream, **position))["Records"]]
