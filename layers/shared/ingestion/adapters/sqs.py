"""The Lambda event of an SQS queue → messages."""

from typing import Any, Final

from ingestion.domain.message import Message

# What a message that is held to settle carries of its first arrival.
FIRST_ARRIVED_AT_MS: Final = "first_arrived_at_ms"
FIRST_ID: Final = "first_id"
FIRST_ORIGIN: Final = "first_origin"


def messages_in(event: dict[str, Any], *, settling_queue: str | None = None) -> list[Message]:
    """The records of an SQS event.

    Args:
        event: The event.
        settling_queue: Name of the queue whose messages tell their first arrival. From any other
            queue nobody is believed: who may send could otherwise date an activity at will.
    """
    return [_message(record, settling_queue) for record in event["Records"]]


def _message(record: dict[str, Any], settling_queue: str | None) -> Message:
    message = Message(
        id=record["messageId"],
        origin=record["eventSourceARN"].rpartition(":")[2],
        # A lone surrogate is kept as the bytes it would have: the parser then refuses it.
        body=record["body"].encode(errors="surrogatepass"),
        arrived_at_ms=int(record["attributes"]["SentTimestamp"]),
    )
    return _settled(message, record) if message.origin == settling_queue else message


def _settled(message: Message, record: dict[str, Any]) -> Message:
    """The message as it first arrived; as it is when that is not told, so that it begins anew."""
    attributes = record.get("messageAttributes", {})
    told = [
        attributes.get(name, {}).get("stringValue", "")
        for name in (FIRST_ARRIVED_AT_MS, FIRST_ID, FIRST_ORIGIN)
    ]
    arrived_at_ms, first_id, first_origin = told
    if not (all(told) and arrived_at_ms.isascii() and arrived_at_ms.isdigit()):
        return message
    return Message(
        id=first_id,
        origin=first_origin,
        body=message.body,
        arrived_at_ms=int(arrived_at_ms),
        carrier_id=message.id,
        has_settled=True,
    )
