"""A bounded load whose end is known: what many viewers do, round by round, always the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tests.support.builders import a_playback, a_rating, a_reaction, a_start, progress, totals
from tests.support.metadata import a_catalogue_entry, a_profile

VIEWERS_A_ROUND: Final = 6
_POISON_EVERY: Final = 5


@dataclass(frozen=True)
class Round:
    """What is sent at once.

    Attributes:
        stream: Bodies and partition keys.
        feedback, metadata: Bodies.
    """

    stream: tuple[tuple[bytes, str], ...]
    feedback: tuple[str, ...]
    metadata: tuple[str, ...]


def rounds(count: int, began_ms: int) -> Iterator[Round]:
    """So many rounds; all of it happened just before `began_ms`."""
    for number in range(count):
        at_ms = began_ms - 600_000 + 1000 * number
        yield Round(
            tuple(_stream(number, at_ms)),
            tuple(json.dumps(each) for each in _feedback(number, at_ms)),
            tuple(json.dumps(each) for each in _metadata(number, at_ms)),
        )


def _stream(number: int, at_ms: int) -> Iterator[tuple[bytes, str]]:
    """Starts, watched films, a start that is told twice, a foreign player, and poison."""
    for seat in range(VIEWERS_A_ROUND):
        who = f"viewer-{number:03d}-{seat}"
        start = a_start(**_told(who, at_ms))
        yield _record(start, who)
        yield _record(_watched(who, at_ms + 90_000), who)
        if seat == 0:
            yield _record(start, who)
    foreign = f"foreign-{number:03d}"
    for point in _points(foreign, at_ms):
        yield _record(point, foreign)
    if number % _POISON_EVERY == 0:
        yield f"poison {number}".encode(), "poison"


def _told(who: str, at_ms: int) -> dict[str, Any]:
    return {
        "user_id": who,
        "visit_id": f"visit-of-{who}",
        "playback_id": f"playback-of-{who}",
        "activity_id": f"start-of-{who}",
        "occurred_at_ms": at_ms,
    }


def _watched(who: str, at_ms: int) -> dict[str, Any]:
    watched = {
        "activity_id": f"watch-of-{who}",
        "elapsed_ms": 90_000,
        "position_s": 60.0,
        "totals": totals(60.0),
        "before": progress(0.0),
    }
    return a_playback(**_told(who, at_ms) | watched)


def _points(who: str, at_ms: int) -> Iterator[dict[str, Any]]:
    """A Segment player that tells positions: whoever reads them has to remember the others."""
    for step in range(7):
        moment = datetime.fromtimestamp((at_ms + 10_000 * step) / 1000, UTC)
        yield {
            "type": "track",
            "event": "Video Content Playing" if step else "Video Content Started",
            "messageId": f"{who}-{step}",
            "userId": who,
            "anonymousId": f"visit-of-{who}",
            "timestamp": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "properties": {
                "session_id": f"playback-of-{who}",
                "asset_id": "item-1",
                "position": 10 * step,
                "total_length": 100,
            },
        }


def _feedback(number: int, at_ms: int) -> Iterator[dict[str, Any]]:
    """A like that is told twice and taken back before it was given, a dislike, a rating."""
    who: dict[str, Any] = {"user_id": f"critic-{number:03d}"}
    like = a_reaction(**who, activity_id=f"like-{number}", occurred_at_ms=at_ms)
    yield like
    yield like
    yield a_reaction("unlike", **who, activity_id=f"unlike-{number}", occurred_at_ms=at_ms - 5000)
    yield a_reaction(
        "dislike",
        **who,
        item_id="item-2",
        activity_id=f"dislike-{number}",
        occurred_at_ms=at_ms,
    )
    yield a_rating(
        5.0, **who, item_id="item-3", activity_id=f"rating-{number}", occurred_at_ms=at_ms
    )


def _metadata(number: int, at_ms: int) -> Iterator[dict[str, Any]]:
    """A profile whose region changes with each round, and an entry of the catalogue."""
    yield a_profile(user_id=f"critic-{number % 7}", region=f"ES-{number}", occurred_at_ms=at_ms)
    yield a_catalogue_entry(item_id=f"film-{number}", occurred_at_ms=at_ms)


def _record(document: dict[str, Any], key: str) -> tuple[bytes, str]:
    return json.dumps(document).encode(), key
