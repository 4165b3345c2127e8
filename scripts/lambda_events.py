"""The Lambda events in which sample messages arrive: what is around a body.

Kinesis carries its records in base64.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

ARRIVED_AT_MS: Final = 1_795_500_000_000
"""When samples arrive, epoch milliseconds."""

type Body = bytes | Mapping[str, Any]


def kinesis(bodies: Iterable[Body]) -> dict[str, Any]:
    """A Kinesis event with a record for each body."""
    return {"Records": [_kinesis_record(number, body) for number, body in enumerate(bodies)]}


def _kinesis_record(number: int, body: Body) -> dict[str, Any]:
    sequence = f"4966000000000000000000000000000000000000000000000000{number:04d}"
    stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/activities"
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "user-1",
            "sequenceNumber": sequence,
            "data": base64.b64encode(as_bytes(body)).decode(),
            "approximateArrivalTimestamp": (ARRIVED_AT_MS + number) / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/record-playback",
        "awsRegion": "eu-west-1",
        "eventSourceARN": stream,
    }


def sqs(bodies: Iterable[Body], queue: str = "feedback") -> dict[str, Any]:
    """An SQS event with a message for each body; SQS takes text only."""
    return {"Records": [_sqs_record(number, body, queue) for number, body in enumerate(bodies)]}


def settled(bodies: Iterable[Body]) -> dict[str, Any]:
    """The SQS event in which feedback comes again, after 30 seconds in the settling queue."""
    return {"Records": [_settled_record(number, body) for number, body in enumerate(bodies)]}


def _settled_record(number: int, body: Body) -> dict[str, Any]:
    first = _sqs_record(number, body, "feedback")
    told = {
        "first_arrived_at_ms": ("Number", first["attributes"]["SentTimestamp"]),
        "first_id": ("String", first["messageId"]),
        "first_origin": ("String", "feedback"),
    }
    return first | {
        "messageId": f"11111111-0000-4000-8000-{number:012d}",
        "attributes": first["attributes"]
        | {
            "SentTimestamp": str(ARRIVED_AT_MS + 1500 + number),
            "ApproximateFirstReceiveTimestamp": str(ARRIVED_AT_MS + 31_500 + number),
        },
        "messageAttributes": {
            name: {
                "stringValue": value,
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": data_type,
            }
            for name, (data_type, value) in told.items()
        },
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:settling",
    }


def _sqs_record(number: int, body: Body, queue: str) -> dict[str, Any]:
    return {
        "messageId": f"00000000-0000-4000-8000-{number:012d}",
        "receiptHandle": f"receipt-{number}",
        "body": as_bytes(body).decode(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(ARRIVED_AT_MS + number),
            "SenderId": "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": str(ARRIVED_AT_MS + number + 5),
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue}",
        "awsRegion": "eu-west-1",
    }


def as_bytes(body: Body) -> bytes:
    """A body as it is put."""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def scheduled(time: str) -> dict[str, Any]:
    """The event of an EventBridge rule with a schedule; `time` as RFC 3339 in UTC."""
    rule = "arn:aws:events:eu-west-1:123456789012:rule/ReconcileArchiveFunctionEveryHour"
    return {
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": time,
        "region": "eu-west-1",
        "resources": [rule],
        "detail": {},
    }
