"""What the archive holds: messages as they arrived."""

import base64
from dataclasses import dataclass
from typing import Any

from ingestion.domain.message import Message


@dataclass(frozen=True, slots=True)
class ActivityBatch:
    """Messages of one origin that are archived together, in the order of the origin.

    The name comes from the messages alone, so a batch that is delivered again has the same name.
    """

    messages: tuple[Message, ...]

    @property
    def name(self) -> str:
        """Unique for ever: the origin, and the ids of the first and the last message."""
        first, last = self.messages[0], self.messages[-1]
        return f"{first.origin}/{first.id}" + ("" if last is first else f"-{last.id}")

    @property
    def arrived_at_ms(self) -> int:
        """When the first message arrived; decides the partition, so that a retry cannot move it."""
        return self.messages[0].arrived_at_ms


def activity_row(message: Message) -> dict[str, Any]:
    """The row of one message: where it stood and its body, as text or else as base64.

    Shape: `origin`, `id`, `arrived_at_ms` and one of `body` (UTF-8 text, untouched) and
    `body_base64`.
    """
    return {
        "origin": message.origin,
        "id": message.id,
        "arrived_at_ms": message.arrived_at_ms,
        **body_fields(message.body),
    }


def body_fields(body: bytes) -> dict[str, str]:
    """A body as JSON can carry it without loss."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}
