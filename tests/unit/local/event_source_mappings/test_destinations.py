"""Invocation records of discarded batches."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from local.event_source_mappings.destinations import Destination, object_key
from local.event_source_mappings.resolution import Condition, Discard
from tests.unit.local.event_source_mappings.fakes import (
    FUNCTION_ARN,
    STREAM_ARN,
    Clients,
    a_mapping,
    an_element,
)

NOW = datetime(2026, 11, 14, 0, 38, 6, 21_000, UTC).timestamp()
SHARD = "shardId-000000000001"


class Recorder:
    """Keeps the arguments of every call, by operation."""

    def __init__(self) -> None:
        self.calls: dict[str, dict[str, Any]] = {}

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: object) -> dict[str, str]:
            self.calls[operation] = arguments
            return {"QueueUrl": "https://queue"}

        return call


def deliver(arn: str | None, condition: Condition = Condition.RETRY_ATTEMPTS_EXHAUSTED) -> Recorder:
    """Discard two records into a destination."""
    recorder = Recorder()
    on_failure = {"OnFailure": {"Destination": arn}} if arn else {}
    destination = Destination(
        a_mapping(DestinationConfig=on_failure),
        SHARD,
        Clients(s3=recorder, sqs=recorder, sns=recorder),
    )
    elements = (an_element("5", NOW - 2), an_element("9", NOW - 1))
    destination.deliver(Discard(elements, condition, invocations=3), NOW)
    return recorder


def test_a_queue_gets_the_metadata_of_the_documentation() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html, example."""
    calls = deliver("arn:aws:sqs:eu-west-1:123456789012:failed").calls

    record = json.loads(calls["send_message"]["MessageBody"])
    uuid.UUID(record["requestContext"].pop("requestId"))
    assert calls["get_queue_url"] == {"QueueName": "failed"}
    assert record == {
        "requestContext": {
            "functionArn": FUNCTION_ARN,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 3,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": "2026-11-14T00:38:06.021Z",
        "KinesisBatchInfo": {
            "shardId": SHARD,
            "startSequenceNumber": "5",
            "endSequenceNumber": "9",
            "approximateArrivalOfFirstRecord": "2026-11-14T00:38:04.021Z",
            "approximateArrivalOfLastRecord": "2026-11-14T00:38:05.021Z",
            "batchSize": 2,
            "streamArn": STREAM_ARN,
        },
    }


def test_a_topic_gets_the_same() -> None:
    """As the message of one publication."""
    published = deliver("arn:aws:sns:eu-west-1:123456789012:failed").calls["publish"]

    assert published["TopicArn"] == "arn:aws:sns:eu-west-1:123456789012:failed"
    assert json.loads(published["Message"])["KinesisBatchInfo"]["batchSize"] == 2


def test_a_bucket_gets_the_whole_event_with_it() -> None:
    """The records themselves survive the stream's retention."""
    put = deliver("arn:aws:s3:::failed-batches").calls["put_object"]

    body = json.loads(put["Body"])
    assert put["Bucket"] == "failed-batches"
    assert put["Key"].startswith(f"aws/lambda/{a_mapping().uuid}/{SHARD}/2026/11/14/")
    assert body["KinesisBatchInfo"]["batchSize"] == 2
    assert body["payload"] == {"Records": [{"sequenceNumber": "5"}, {"sequenceNumber": "9"}]}


def test_the_object_key_is_the_documented_one() -> None:
    """aws/lambda/<ESM-UUID>/<shardID>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<Random UUID>."""
    name = uuid.UUID("6b9d9a1e-0000-4000-8000-000000000000")

    key = object_key("esm", SHARD, datetime.fromtimestamp(NOW, UTC), name)

    assert key == f"aws/lambda/esm/{SHARD}/2026/11/14/2026-11-14T00.38.06-{name}"


def test_records_given_up_for_their_age_have_no_response() -> None:
    """Nobody answered for them."""
    calls = deliver(
        "arn:aws:sqs:eu-west-1:123456789012:failed", Condition.RECORD_AGE_EXCEEDED
    ).calls

    record = json.loads(calls["send_message"]["MessageBody"])
    assert record["requestContext"]["condition"] == "RecordAgeExceeded"
    assert "responseContext" not in record


def test_without_a_destination_records_are_dropped() -> None:
    """As on AWS."""
    assert deliver(None).calls == {}
