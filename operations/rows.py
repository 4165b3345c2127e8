"""Rows of the archive → messages as they first arrived."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from ingestion.domain.dialects.reading import as_document
from ingestion.domain.message import Message
from pydantic_core import from_json, to_json


def message_of(row: Mapping[str, Any]) -> Message:
    """The message of a row of `activities/` or `rejections/`: its id, origin, arrival and bytes."""
    return Message(
        id=row["id"],
        origin=row["origin"],
        body=row["body"].encode() if "body" in row else base64.b64decode(row["body_base64"]),
        arrived_at_ms=row["arrived_at_ms"],
        common=row.get("common", "").encode(),
    )


@dataclass(frozen=True, slots=True)
class StoredRejection:
    """A row of `rejections/`.

    Attributes:
        recorded_by: The function that rejected the message.
        is_mended: Whether the body is no longer the one that was rejected.
    """

    id: str
    reason: str
    detail: str
    recorded_by: str
    message: Message
    is_mended: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The rejection that a row tells of."""
        return cls(
            row["rejection_id"], row["reason"], row["detail"], row["recorded_by"], message_of(row)
        )


def whole_body(message: Message) -> bytes:
    """The body with what its carrier said of all that it carried, as the recorder understood it.

    An element of a batch of Segment's has its time of sending and part of its context from the
    batch; by itself it would be dated by its own clock. Its own word counts.
    """
    own = json_of(message.body)
    if not message.common or not isinstance(own, dict):
        return message.body
    document, common = as_document(cast("object", own)), as_document(from_json(message.common))
    context = {**as_document(common.get("context")), **as_document(document.get("context"))}
    return to_json({**common, **document, "context": context}, inf_nan_mode="constants")


def json_of(body: bytes) -> object | None:
    """The document that a body is; None when it is no JSON."""
    try:
        return from_json(body)
    except ValueError:
        return None


def is_redacted(body: bytes) -> bool:
    """Whether words of a comment stood here and were left behind: nobody can bring them back."""
    return b"redacted_bytes" in body and _holds_a_gap(json_of(body))


def _holds_a_gap(document: object) -> bool:
    if isinstance(document, list):
        return any(map(_holds_a_gap, cast("list[object]", document)))
    if not isinstance(document, dict):
        return False
    fields = as_document(cast("object", document))
    return _is_gap(fields) or any(
        _holds_a_gap(value) for name, value in fields.items() if name != "ext"
    )


def _is_gap(fields: Mapping[str, object]) -> bool:
    return fields.keys() == {"redacted_bytes"}
