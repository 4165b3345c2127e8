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
class Rejection:
    """One message and why it was refused.

    `detail` names the rule and the place in the message, never a value of it: it is logged.
    """

    message: Message
    reason: RejectionReason
    detail: str

    @property
    def id(self) -> str:
        """The same at every delivery, so that a store can tell a repeated rejection."""
        return hashlib.sha256(f"{self.message.origin}|{self.message.id}".encode()).hexdigest()
