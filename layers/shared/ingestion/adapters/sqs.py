"""The Lambda event of an SQS queue → messages."""

from typing import Any

from ingestion.domain.message import Message


def messages_in(event: dict[str, Any]) -> list[Message]:
    """The records of an SQS event."""
    return [_message(record) for record in event["Records"]]


def _message(record: dict[str, Any]) -> Message:
    return Message(
        id=record["messageId"],
        origin=record["eventSourceARN"].rpartition(":")[2],
        # A lone surrogate is kept as the bytes it would have: the parser then refuses it.
        body=record["body"].encode(errors="surrogatepass"),
        arrived_at_ms=int(record["attributes"]["SentTimestamp"]),
    )
