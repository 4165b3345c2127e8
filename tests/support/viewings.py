"""Viewings with the totals that are right for them, worked out by hand; and points that tell them.

An event is (`t_s`, type, `position_s`, what else it says). Times run from the start of the viewing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ingestion.domain.activity import PlaybackType
from ingestion.domain.message import Message
from ingestion.domain.parsing import ReceivedActivity
from ingestion.domain.point import POINT, Dialect, PointActivity

from tests.support.builders import NOW_MS

type ViewingEvent = tuple[float, str, float, dict[str, Any]]

HIDDEN = {"muted": True, "visible": False}
EMPTY: dict[str, Any] = {}


@dataclass(frozen=True)
class Viewing:
    """One viewing of one item, and what has to come out."""

    name: str
    duration_s: float | None
    events: tuple[ViewingEvent, ...]
    watched_s: float
    unique_s: float
    watch_time_s: float
    completion: float | None
    earns: tuple[str, ...] = field(default=("Click",))

    def __str__(self) -> str:
        return self.name


def beats(first_t_s: float, first_s: float, count: int, every_s: float = 10) -> list[ViewingEvent]:
    """Heartbeats of playing at normal speed."""
    return [
        (first_t_s + every_s * n, "heartbeat", first_s + every_s * n, EMPTY) for n in range(count)
    ]


def at(t_s: float, what: str, position_s: float, **extra: Any) -> ViewingEvent:
    """One event of a viewing."""
    return t_s, what, position_s, extra


VIEWINGS = (
    Viewing(
        "straight through",
        100,
        (at(0, "play", 0), *beats(10, 10, 9), at(100, "ended", 100)),
        *(100, 100, 100, 1),
        earns=("Click", "Watch", "Complete"),
    ),
    Viewing(
        "ten minutes of pause",
        100,
        (
            *(at(0, "play", 0), *beats(10, 10, 2), at(30, "pause", 30)),
            *(at(630, "play", 30), at(640, "heartbeat", 40), at(650, "exit", 50)),
        ),
        *(50, 50, 50, 0.5),
        earns=("Click", "Watch"),
    ),
    Viewing(
        "dragged to the end",
        100,
        (
            *(at(0, "play", 0), at(10, "heartbeat", 10)),
            *(at(12, "seek", 90, seek_from_s=12), at(22, "ended", 100)),
        ),
        *(22, 22, 22, 0.22),
    ),
    Viewing(
        "half a minute seen twice",
        100,
        (
            *(at(0, "play", 0), *beats(10, 10, 6), at(60, "seek", 30, seek_from_s=60)),
            *(*beats(70, 40, 6), at(130, "ended", 100)),
        ),
        *(130, 100, 130, 1),
        earns=("Click", "Watch", "Complete"),
    ),
    Viewing(
        "double speed",
        100,
        (
            at(0, "play", 0, rate=2),
            *(at(t, "heartbeat", 2 * t) for t in (10, 20, 30, 40)),
            at(50, "ended", 100),
        ),
        *(100, 100, 50, 1),
        earns=("Click", "Watch", "Complete"),
    ),
    Viewing(
        "double speed that nobody tells",
        100,
        (
            at(0, "play", 0),
            *(at(t, "heartbeat", 2 * t) for t in (10, 20, 30)),
        ),
        *(60, 60, 30, 0.6),
        earns=("Click", "Watch"),
    ),
    Viewing(
        "delivered twice and out of order",
        100,
        (
            at(0, "play", 0, seq=1, id="a"),
            at(10, "heartbeat", 10, seq=2, id="b"),
            at(10, "heartbeat", 10, seq=2, id="b"),
            at(20, "heartbeat", 20, seq=3, id="c"),
            at(10, "heartbeat", 10, seq=2, id="b"),
            at(30, "heartbeat", 30, seq=4, id="d"),
            at(40, "pause", 40, seq=5, id="e"),
            at(40, "pause", 40, seq=5, id="e"),
            at(20, "heartbeat", 20, seq=3, id="c"),
        ),
        *(40, 40, 40, 0.4),
    ),
    Viewing(
        "four heartbeats lost",
        100,
        (
            *(at(0, "play", 0), at(10, "heartbeat", 10)),
            *(at(60, "heartbeat", 60), at(70, "pause", 70)),
        ),
        *(70, 70, 70, 0.7),
        earns=("Click", "Watch"),
    ),
    Viewing(
        "a jump that no seek tells of",
        100,
        (
            *(at(0, "play", 0), *beats(10, 10, 2)),
            *(at(30, "heartbeat", 80), at(40, "heartbeat", 90), at(50, "ended", 100)),
        ),
        *(40, 40, 40, 0.4),
    ),
    Viewing(
        "asleep for eight hours while playing",
        100,
        (
            *(at(0, "play", 0), at(10, "heartbeat", 10), at(28810, "heartbeat", 12)),
            *(at(28820, "heartbeat", 22), at(28825, "pause", 27)),
        ),
        *(27, 27, 27, 0.27),
    ),
    Viewing(
        "half a minute of advertisement",
        100,
        (
            *(at(0, "play", 0), *beats(10, 10, 5), at(50, "ad_start", 50), at(80, "ad_end", 50)),
            *(*beats(90, 60, 4), at(130, "ended", 100)),
        ),
        *(100, 100, 100, 1),
        earns=("Click", "Watch", "Complete"),
    ),
    Viewing(
        "started by itself in a hidden tab, later shown",
        100,
        (
            at(0, "play", 0, autoplay=True, **HIDDEN),
            *beats(10, 10, 2),
            at(25, "visibility", 25, visible=True),
            *(at(35, "heartbeat", 35), at(45, "exit", 45)),
        ),
        *(20, 20, 20, 0.2),
        earns=(),
    ),
    Viewing(
        "live",
        None,
        (
            *(at(0, "play", 3600), at(10, "heartbeat", 3610)),
            *(at(20, "heartbeat", 3620), at(30, "pause", 3630)),
        ),
        *(30, 30, 30, None),
    ),
    Viewing(
        "live for more than a minute",
        None,
        (at(0, "play", 3600), *beats(10, 3610, 7)),
        *(70, 70, 70, None),
        earns=("Click", "Watch"),
    ),
    Viewing(
        "the first half",
        100,
        (at(0, "play", 0), *beats(10, 10, 4), at(50, "exit", 50)),
        *(50, 50, 50, 0.5),
        earns=("Click", "Watch"),
    ),
    Viewing(
        "the second half, the day after",
        100,
        (at(0, "play", 50), *beats(10, 60, 4), at(50, "ended", 100)),
        *(50, 50, 50, 0.5),
        earns=("Click", "Watch"),
    ),
    Viewing(
        "a stall in the middle",
        100,
        (
            *(at(0, "play", 0), at(10, "heartbeat", 10), at(15, "buffer_start", 15)),
            *(at(45, "heartbeat", 15), at(55, "buffer_end", 15), at(65, "pause", 25)),
        ),
        *(25, 25, 25, 0.25),
    ),
    Viewing(
        "a clip of fifteen seconds, looped ten times",
        15,
        (
            at(0, "play", 0),
            *(at(15 * n, "seek", 0, seek_from_s=15) for n in range(1, 10)),
            at(150, "exit", 15),
        ),
        *(150, 15, 150, 1),
        earns=("Click", "Watch", "Complete"),
    ),
    Viewing(
        "hidden but heard, and muted but seen above other windows",
        100,
        (
            at(0, "play", 0),
            at(10, "visibility", 10, visible=False),
            at(30, "visibility", 30, muted=True, picture_in_picture=True),
            at(60, "visibility", 60, picture_in_picture=False),
            at(80, "exit", 80),
        ),
        *(60, 60, 60, 0.6),
        earns=("Click", "Watch"),
    ),
    Viewing(
        "left off one second before the end, then ended",
        100,
        (at(0, "play", 0), at(99.2, "pause", 99.2), at(99.3, "ended", 99.2)),
        *(100, 100, 99.2, 1),
        earns=("Click", "Watch", "Complete"),
    ),
)


def points_of(viewing: Viewing, **fields: Any) -> list[ReceivedActivity[PointActivity]]:
    """The viewing as points, one message each, in order of happening.

    Where an event has no id and no `seq` of its own it gets an id from its place.
    """
    return [
        a_point(number, event, duration_s=viewing.duration_s, **fields)
        for number, event in enumerate(viewing.events)
    ]


def a_point(
    number: int, event: ViewingEvent, duration_s: float | None, **fields: Any
) -> ReceivedActivity[PointActivity]:
    """One event of a viewing as a point."""
    t_s, what, position_s, extra = event
    told = {"id": f"m-{number}"} | extra
    at_ms = NOW_MS + round(t_s * 1000)
    point = POINT.validate_python(
        {
            "schema_version": "1.0",
            "activity_id": told.pop("id"),
            "user_id": "user-1",
            "visit_id": "visit-1",
            "item_id": "item-1",
            "playback_id": "playback-1",
            "dialect": Dialect.SEGMENT,
            "type": PlaybackType(what),
            "occurred_at_ms": at_ms,
            "position_s": float(position_s),
            "duration_s": None if duration_s is None else float(duration_s),
        }
        | told
        | fields
    )
    message = Message(f"{number:04}", "shard", b"", at_ms)
    return ReceivedActivity(message, point, "user:user-1", at_ms)


def earned_types(earned: Iterable[Any]) -> tuple[str, ...]:
    """The new event types that a fold tells, in order."""
    return tuple(each.event_type.value for each in earned if each.is_new)
