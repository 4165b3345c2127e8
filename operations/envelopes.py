"""Messages → records of the Lambda events in which they first came.

Shapes: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html and
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html. Id, origin and arrival are those of the
first arrival, so the function dates and names the message as it did then.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ingestion.domain.message import Message
from pydantic_core import to_json

type Record = Mapping[str, Any]

# A synchronous invocation takes 6 MB (Lambda quotas); a hundred records are done well in time.
_MAX_EVENT_BYTES: Final = 4 * 1024 * 1024
_MAX_RECORDS: Final = 100
_SHARD: Final = "shardId-"


def is_of_the_stream(message: Message) -> bool:
    """Whether a shard was its origin; otherwise a queue was."""
    return message.origin.startswith(_SHARD)


def record_of(message: Message) -> Record:
    """The record of an event that carries a message.

    Raises:
        UnicodeDecodeError: The body never came from a queue: it is no text.
    """
    return _stream_record(message) if is_of_the_stream(message) else _queue_record(message)


def _stream_record(message: Message) -> Record:
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "redrive",
            "sequenceNumber": message.id,
            "data": base64.b64encode(message.body).decode(),
            "approximateArrivalTimestamp": message.arrived_at_ms / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{message.origin}:{message.id}",
        "eventName": "aws:kinesis:record",
    }


def _queue_record(message: Message) -> Record:
    return {
        "messageId": message.id,
        "receiptHandle": "",
        # How the queue's adapter turned it into bytes, the other way round.
        "body": message.body.decode(errors="surrogatepass"),
        "attributes": {"SentTimestamp": str(message.arrived_at_ms)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:::{message.origin}",
    }


def record_id(record: Record) -> str:
    """What a partial response calls a record."""
    return record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["messageId"]


def batches(records: Iterable[Record]) -> Iterator[Sequence[Record]]:
    """The records in order, cut where an event would become too large."""
    batch: list[Record] = []
    size = 0
    for record in records:
        added = len(to_json(record))
        if batch and (len(batch) == _MAX_RECORDS or size + added > _MAX_EVENT_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += added
    if batch:
        yield batch
