"""Events, member by member, against the samples in Lambda's documentation."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from local.event_source_mappings.envelopes import (
    MAX_EVENT_BYTES,
    event,
    fitting,
    queue_element,
    stream_element,
)
from tests.unit.local.event_source_mappings.fakes import ROLE_ARN, STREAM_ARN, a_mapping, an_element

SEQUENCE_NUMBER = "49590338271490256608559692538361571095921575989136588898"
QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:feedback"


def test_a_stream_record_has_the_shape_of_the_documentation() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html, example event."""
    record = {
        "SequenceNumber": SEQUENCE_NUMBER,
        "PartitionKey": "1",
        "Data": b"Hello, this is a test.",
        "ApproximateArrivalTimestamp": datetime.fromtimestamp(1545084650.987, UTC),
    }

    element = stream_element(
        record, shard_id="shardId-000000000006", mapping=a_mapping(), role_arn=ROLE_ARN
    )

    assert json.loads(event([element])) == {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "1",
                    "sequenceNumber": SEQUENCE_NUMBER,
                    "data": "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
                    "approximateArrivalTimestamp": 1545084650.987,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"shardId-000000000006:{SEQUENCE_NUMBER}",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": ROLE_ARN,
                "awsRegion": "eu-west-1",
                "eventSourceARN": STREAM_ARN,
            }
        ]
    }
    assert element.identifier == SEQUENCE_NUMBER
    assert element.lane_key == "1"


def test_a_queue_message_has_the_shape_of_the_documentation() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, example event."""
    message = {
        "MessageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "ReceiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "Body": "Test message.",
        "MD5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "MD5OfMessageAttributes": "5a53b9f2",
        "Attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
        "MessageAttributes": {
            "text": {"DataType": "String", "StringValue": "v"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"v"},
        },
    }

    element = queue_element(message, mapping=a_mapping(EventSourceArn=QUEUE_ARN))

    assert json.loads(event([element]))["Records"] == [
        {
            "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
            "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
            "body": "Test message.",
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
            "messageAttributes": {
                "text": {
                    "stringValue": "v",
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": "String",
                },
                "bytes": {
                    "binaryValue": "dg==",
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": "Binary",
                },
            },
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "md5OfMessageAttributes": "5a53b9f2",
            "eventSource": "aws:sqs",
            "eventSourceARN": QUEUE_ARN,
            "awsRegion": "eu-west-1",
        }
    ]
    assert element.arrived_at == 1545082649.183


@given(st.lists(st.integers(1, MAX_EVENT_BYTES), min_size=1, max_size=20), st.integers(1, 20))
def test_a_batch_is_as_long_as_count_and_size_allow(sizes: list[int], limit: int) -> None:
    """Never empty, never over a limit unless one record alone is, and never needlessly short."""
    elements = [an_element(str(at), size=size) for at, size in enumerate(sizes)]

    count = fitting(elements, limit)

    assert 1 <= count <= limit
    assert count == 1 or event_bytes(sizes[:count]) <= MAX_EVENT_BYTES
    can_grow = count < limit and count < len(sizes)
    assert not can_grow or event_bytes(sizes[: count + 1]) > MAX_EVENT_BYTES


def event_bytes(sizes: list[int]) -> int:
    """Return the size of an event whose records have these sizes, separators included."""
    return len('{"Records": []}') + sum(sizes) + 2 * len(sizes)


def test_sizes_add_up_to_the_events_size() -> None:
    """The estimate is no estimate: it never says less than what is sent."""
    mapping = a_mapping(EventSourceArn=QUEUE_ARN)
    message = {"MessageId": "m", "ReceiptHandle": "r", "Body": 'ü"\n' * 100}
    elements = [queue_element(message, mapping=mapping) for _ in range(3)]

    sent = len(event(elements))

    assert 0 <= event_bytes([element.size for element in elements]) - sent <= 2
