"""What is sent: bytes, the way they take, and what the demo knows about them."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from local.demo.day import Told

ORDINARY: Final = "ordinary"


class Way(StrEnum):
    """How something reaches the system."""

    STREAM = "stream"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as a producer sends it.

    Attributes:
        name: The id of the activity that it is, or is made of: the same for every run.
        key: Partition key: the user, or the visit of a guest.
        at_ms: When it is its turn, epoch milliseconds of the day that is replayed.
        kind: `ORDINARY`, or the imperfection that it is.
    """

    way: Way
    name: str
    key: str
    body: bytes
    at_ms: int
    kind: str = ORDINARY


def outgoing(told: Told) -> Outgoing:
    """Give the message that an activity is sent as: playback to the stream, feedback to the queue.

    Raises:
        ValueError: The activity cannot be written as JSON.
    """
    activity = told.activity
    way = Way.STREAM if activity["kind"] == "playback" else Way.QUEUE
    return Outgoing(way, activity["activity_id"], key_of(activity), to_json(activity), told.at_ms)


def key_of(activity: dict[str, Any]) -> str:
    """Choose the partition key: what must keep its order has the same."""
    return activity.get("user_id") or activity["visit_id"]


def to_json(document: object) -> bytes:
    """Write a document as compact JSON, UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
