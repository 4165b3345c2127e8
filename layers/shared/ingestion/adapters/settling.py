"""The settling queue in SQS: messages that are held back and tell their first arrival."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

from ingestion.adapters.aws_errors import translated
from ingestion.adapters.sqs import FIRST_ARRIVED_AT_MS, FIRST_ID, FIRST_ORIGIN
from ingestion.domain.errors import TransientError
from ingestion.domain.message import Message

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient
    from types_boto3_sqs.type_defs import (
        MessageAttributeValueTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

# SendMessageBatch takes ten entries. All of them together may have 1 MiB today and had 256 KiB for
# long, which some regions still say; attributes count (API reference, SendMessageBatch).
_MAX_ENTRIES: Final = 10
_MAX_BYTES: Final = 256 * 1024
_ATTRIBUTES_BYTES: Final = 1024  # three names, types and values, amply


def sqs_client() -> "SQSClient":
    """A client that gives up in time for the batch to be delivered again."""
    config = Config(
        connect_timeout=1.0,
        read_timeout=3.0,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return boto3.client("sqs", config=config)  # pyright: ignore[reportUnknownMemberType]


class SqsSettlingQueue:
    """Holds messages back with `DelaySeconds`, each by itself."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def hold(self, messages: Sequence[Message], *, delay_s: int) -> Collection[str]:
        """Send messages to the queue; see the port."""
        return frozenset(
            message_id
            for batch in _batches(messages)
            for message_id in self._not_taken(batch, delay_s)
        )

    def _not_taken(self, batch: Sequence[Message], delay_s: int) -> Collection[str]:
        """The ids of what SQS did not take: some, or all when it could not be reached."""
        entries = [_entry(number, message, delay_s) for number, message in enumerate(batch)]
        try:
            with translated("hold feedback"):
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        except TransientError:
            return [message.id for message in batch]
        # A batch is answered 200 with some of its entries refused.
        return [batch[int(failed["Id"])].id for failed in answer.get("Failed", [])]


def _batches(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Cut at ten messages, and at the bytes that one request may have."""
    batch: list[Message] = []
    size = 0
    for message in messages:
        added = len(message.body) + _ATTRIBUTES_BYTES
        if batch and (len(batch) == _MAX_ENTRIES or size + added > _MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += added
    if batch:
        yield batch


def _entry(number: int, message: Message, delay_s: int) -> "SendMessageBatchRequestEntryTypeDef":
    return {
        "Id": str(number),
        "MessageBody": message.body.decode(),
        "DelaySeconds": delay_s,
        "MessageAttributes": {
            FIRST_ARRIVED_AT_MS: _attribute("Number", str(message.arrived_at_ms)),
            FIRST_ID: _attribute("String", message.id),
            FIRST_ORIGIN: _attribute("String", message.origin),
        },
    }


def _attribute(data_type: str, value: str) -> "MessageAttributeValueTypeDef":
    return {"DataType": data_type, "StringValue": value}
