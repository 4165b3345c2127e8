"""A rejection: a message that can never succeed, with its reason and its original bytes."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from ingestion.domain.message import Message


class RejectionReason(StrEnum):
    """Why a message can never succeed: a closed list, used as a metric dimension."""

    SIZE = "size"  # larger than any activity can be
    ENCODING = "encoding"  # not UTF-8 text: a byte order mark, gzip, an aggregated record
    JSON = "json"  # not one JSON document
    SCHEMA_VERSION = "schema_version"  # a major version that this code does not know
    SCHEMA = "schema"  # JSON, but not an activity
    IDENTITY = "identity"  # nobody, a placeholder, or an id that cannot be an id
    CLOCK = "clock"  # happened too long ago, or in the future
    TOTALS = "totals"  # totals of a playback that cannot be true
    COMMENT = "comment"  # a comment that Amazon Comprehend will never read
    PERSONALIZE_LIMIT = "personalize_limit"  # beyond a limit of the service, seen before the call
    PERSONALIZE_INVALID = "personalize_invalid"  # refused by the service, alone
    INTERNAL_ERROR = "internal_error"  # our own fault: replay it once it is mended


@dataclass(frozen=True, slots=True)
class RefusedInteractions:
    """Which interactions of a message Personalize does not have, though their rows may exist.

    A row is archived before it is sent. Whoever reads the archive takes away what has one of these
    ids and arrived between the two moments: copies in the same batch are refused with it, a replay
    arrives later and counts.

    Attributes:
        event_ids: Of the interactions, sorted.
        from_ms: The earliest arrival in the batch, epoch milliseconds.
        until_ms: The latest arrival in the batch.
    """

    event_ids: tuple[str, ...]
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """One message and why it was refused.

    `detail` names the rule and the place in the message, never a value of it: it is logged.
    `refused` is there where not the message but what it earned was refused.
    """

    message: Message
    reason: RejectionReason
    detail: str
    refused: RefusedInteractions | None = None

    @property
    def id(self) -> str:
        """The same at every delivery, so that a store can tell a repeated rejection."""
        return hashlib.sha256(f"{self.message.origin}|{self.message.id}".encode()).hexdigest()
