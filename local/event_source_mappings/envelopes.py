"""The events that Lambda builds from stream records and queue messages.

Shapes: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html and
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.event_source_mappings.mapping import EventSourceMapping

# "Lambda … until the payload size reaches 6 MB" - the quota of a synchronous invocation.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_EVENT_BYTES: Final = 6 * 1024 * 1024
_EMPTY_EVENT_BYTES: Final = len('{"Records": []}')
_SEPARATOR_BYTES: Final = len(", ")


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a batch: a stream record or a queue message, already in its event's shape.

    Attributes:
        identifier: What a partial response calls it: sequence number or message id.
        arrived_at: Seconds since the epoch.
        lane_key: Partition key; queues leave it empty.
        envelope: Its entry under `Records`.
        size: Bytes that it adds to the event.
    """

    identifier: str
    arrived_at: float
    lane_key: str
    envelope: Mapping[str, Any] = field(repr=False)
    size: int


def event(elements: Iterable[Element]) -> bytes:
    """Return the payload of an invocation with these elements."""
    return json.dumps({"Records": [element.envelope for element in elements]}).encode()


def fitting(elements: Iterable[Element], limit: int) -> int:
    """Return how many of the first elements make one event: `limit`, or what 6 MB hold.

    One element always fits: a record too large alone is Lambda's to refuse.
    """
    total = _EMPTY_EVENT_BYTES
    count = 0
    for element in elements:
        total += element.size + _SEPARATOR_BYTES
        if count == limit or (count and total > MAX_EVENT_BYTES):
            return count
        count += 1
    return count


def stream_element(
    record: Mapping[str, Any], *, shard_id: str, mapping: EventSourceMapping, role_arn: str
) -> Element:
    """Put one record of GetRecords into its envelope."""
    arrived_at = round(record["ApproximateArrivalTimestamp"].timestamp(), 3)
    envelope = {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(record["Data"]).decode(),
            "approximateArrivalTimestamp": arrived_at,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard_id}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": role_arn,
        "awsRegion": mapping.region,
        "eventSourceARN": mapping.source_arn,
    }
    return Element(
        identifier=record["SequenceNumber"],
        arrived_at=arrived_at,
        lane_key=record["PartitionKey"],
        envelope=envelope,
        size=len(json.dumps(envelope)),
    )


def queue_element(message: Mapping[str, Any], *, mapping: EventSourceMapping) -> Element:
    """Put one message of ReceiveMessage, asked for with all attributes, into its envelope."""
    attributes = dict(message.get("Attributes", {}))
    envelope = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": attributes,
        "messageAttributes": {
            name: _message_attribute(value)
            for name, value in message.get("MessageAttributes", {}).items()
        },
        **_digests(message),
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.source_arn,
        "awsRegion": mapping.region,
    }
    return Element(
        identifier=message["MessageId"],
        arrived_at=int(attributes.get("SentTimestamp", 0)) / 1000,
        lane_key="",
        envelope=envelope,
        size=len(json.dumps(envelope)),
    )


def _digests(message: Mapping[str, Any]) -> dict[str, str]:
    names = {"md5OfBody": "MD5OfBody", "md5OfMessageAttributes": "MD5OfMessageAttributes"}
    return {ours: message[theirs] for ours, theirs in names.items() if theirs in message}


def _message_attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return attribute
