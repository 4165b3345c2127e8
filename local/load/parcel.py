"""What a producer sends, and what it may expect to come of it, decided before it is sent."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of messages in the mix."""

    NATIVE = "native playback"
    FOREIGN = "dialects and carriers"
    FEEDBACK = "feedback"
    METADATA = "profiles and catalogue"
    DUPLICATE = "sent twice"
    POISON = "poison"


class Channel(StrEnum):
    """Where a message is sent."""

    STREAM = "stream"
    FEEDBACK = "feedback queue"
    METADATA = "metadata queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message and what its sender knows of it.

    Attributes:
        key: Partition key on the stream.
        name: Id of the activity or record it tells; of poison, which poison it is.
        user_id: Who did it; empty for metadata of items.
        item_id: What with; empty for metadata of users.
        story: What it is part of, told in order: a viewing, an opinion.
        earns: Event types that must come of it once it is acknowledged.
        may_earn: Event types that may come of it: what is taken back may have been sent before.
        is_opinion: Whether it must be kept as the viewer's verdict, while nothing later is.
        told_at_ms: When it happened, epoch milliseconds; of one subject the latest stands.
    """

    kind: Kind
    channel: Channel
    key: str
    body: bytes
    name: str
    user_id: str = ""
    item_id: str = ""
    story: str = ""
    earns: tuple[str, ...] = ()
    may_earn: tuple[str, ...] = ()
    is_opinion: bool = False
    told_at_ms: int = 0
