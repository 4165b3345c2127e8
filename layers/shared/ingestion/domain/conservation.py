"""The law of conservation: what arrived in an hour, and where the archive shows that it ended.

What arrived is told by `activities/`; every message of it has exactly one end here, and one that
the archive cannot explain is unexplained. Ids are kept as short digests, so that an hour of
millions of messages fits into the memory of a function.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ingestion.domain.hour import Hour

type Digest = int

# Eight bytes: among ten million of them the chance that any two are equal is one in 370,000.
_DIGEST_BYTES: Final = 8


def digest(*parts: object) -> Digest:
    """A short name for something that has a long one; parts hold no line feed of their own."""
    text = "\n".join(map(str, parts))
    hashed = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=_DIGEST_BYTES)
    return int.from_bytes(hashed.digest())


class End(StrEnum):
    """Where a message of an hour ended, as the archive shows it afterwards."""

    RECORDED = "recorded"  # every row that it earns is in interactions/
    REJECTED = "rejected"  # it is in rejections/
    SUPERSEDED = "superseded"  # told before in this hour, or overtaken by a later word
    NO_INTERACTION = "no_interaction"  # earns nothing by today's rules, and left no row
    SETTLING = "settling"  # too young to be judged
    FAILED = "failed"  # lies in a failed batch, waiting to be sent again
    UNPROVEN = "unproven"  # the archive cannot tell, whatever became of it
    UNEXPLAINED = "unexplained"  # it should have left something, and has not


@dataclass(frozen=True, slots=True)
class HourAccount:
    """The account of one hour of the archive.

    Attributes:
        hour: The hour in which the batches of the messages began to arrive.
        received: Messages in `activities/`, each once; what a record carries counts one by one.
        ends: How many ended where. Together they are what was received.
        unexplained: `<origin>/<id>` of the unexplained ones, the first hundred: never a body.
        duplicates: Rows stored more than once, which is no fault: two sections promise "at least".
        has_other_rules: Whether rows show that this hour was recorded by other rules than today's.
            What a setting decides is then unproven instead of unexplained.
    """

    hour: Hour
    received: int
    ends: Mapping[End, int]
    unexplained: tuple[str, ...] = ()
    duplicates: int = 0
    has_other_rules: bool = False

    @property
    def holds(self) -> bool:
        """Whether the law does: nothing is missing from the sum, and nothing is unexplained."""
        is_complete = self.received == sum(self.ends.values())
        return is_complete and not self.ends.get(End.UNEXPLAINED, 0)


def activity_key(activity_id: object, arrived_at_ms: object) -> Digest:
    """What a row and the message that it came from have in common."""
    return digest("activity", activity_id, arrived_at_ms)


def row_key(event_id: object, version: object, *, to_send: object) -> Digest:
    """What a row of interactions/ is known by."""
    return digest("row", event_id, version, bool(to_send))


def rejection_key(origin: object, message_id: object) -> Digest:
    """What a row of rejections/ is known by, and the message that it holds."""
    return digest("message", origin, message_id)


@dataclass(frozen=True, slots=True)
class FailedBatch:
    """A batch that Lambda gave up and put aside in full.

    Attributes:
        function: Name of the function for which it was meant.
        shard: Where it comes from.
        first: Lowest sequence number in it.
        last: Highest sequence number in it.
    """

    function: str
    shard: str
    first: int
    last: int

    def holds(self, sequence_number: str) -> bool:
        """Whether a record of its shard lies in it."""
        return self.first <= int(sequence_number) <= self.last


def interaction_sent(row: Mapping[str, Any]) -> tuple[str, str, str, int]:
    """What an export of Personalize's dataset shows of a row: user, item, type and time.

    An export has the columns of the schema, and no event id (developer guide, "Exporting the
    training data in a dataset"). Empty for the user of a guest's row.
    """
    seconds = int(row["occurred_at_ms"]) // 1000
    return row["user_id"] or "", row["item_id"], row["event_type"], seconds
