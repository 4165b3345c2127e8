"""Threshold crossings: at most one interaction of each type in a playback, whatever happens."""

from typing import Any

import pytest
from ingestion.domain.activity import PlaybackActivity, PlaybackType
from ingestion.domain.playback import EventType, crossed, outgrown

from tests.support.builders import THRESHOLDS, a_playback, a_start, progress, totals

CLICK, WATCH, COMPLETE = EventType.CLICK, EventType.WATCH, EventType.COMPLETE


def playback(body: dict[str, Any]) -> PlaybackActivity:
    return PlaybackActivity.model_validate(body, strict=False)


def step(before: dict[str, Any], now: dict[str, Any]) -> tuple[EventType, ...]:
    return crossed(playback(a_playback(before=before, totals=now)), THRESHOLDS)


def test_the_first_playing_is_a_click() -> None:
    """Content that begins to play by the viewer's will is a `Click`."""
    assert crossed(playback(a_start()), THRESHOLDS) == (CLICK,)


@pytest.mark.parametrize(("start", "expected"), [("autoplay", (CLICK,)), ("hidden_autoplay", ())])
def test_only_a_hidden_autoplay_is_no_click(start: str, expected: tuple[EventType, ...]) -> None:
    """Autoplay that somebody could see counts, autoplay in a hidden tab does not."""
    body = a_start(totals=totals(0.0, start=start))
    assert crossed(playback(body), THRESHOLDS) == expected


@pytest.mark.parametrize(
    ("duration_s", "before_s", "now_s", "expected"),
    [
        (100.0, 49.9, 50.0, (WATCH,)),  # half of a clip
        (100.0, 50.0, 60.0, ()),
        (3600.0, 299.0, 300.0, (WATCH,)),  # five minutes of a film
        (15.0, 7.0, 7.5, (WATCH,)),
        (100.0, 89.0, 90.0, (COMPLETE,)),
        (100.0, 0.0, 100.0, (WATCH, COMPLETE)),  # everything in between was lost
        (None, 59.0, 60.0, (WATCH,)),  # live
        (None, 60.0, 9000.0, ()),  # never complete without a duration
    ],
)
def test_a_threshold_is_crossed_once(
    duration_s: float | None, before_s: float, now_s: float, expected: tuple[EventType, ...]
) -> None:
    """A threshold belongs to the activity before which it was not reached."""
    before = progress(before_s, duration_s=duration_s)
    assert step(before, totals(now_s, duration_s=duration_s)) == expected


def test_a_late_duration_moves_no_crossing_into_the_gap() -> None:
    """A duration that becomes known late is judged against what was known before."""
    assert step(progress(30.0, duration_s=None), totals(35.0, duration_s=40.0)) == (WATCH,)


def test_a_film_dragged_to_its_end_is_not_complete() -> None:
    """Completion comes from unique seconds, not from where the playhead is."""
    now = totals(22.0) | {"furthest_s": 100.0, "played": [[0, 12], [90, 100]]}
    assert step(progress(12.0), now) == ()


@pytest.mark.parametrize("rest", ["pause", "ended", "exit"])
def test_a_rest_raises_what_was_sent_before(rest: str) -> None:
    """When playing stops, the archive learns the completion of earlier interactions."""
    body = a_playback(type=rest, before=progress(60.0), totals=totals(70.0))
    assert outgrown(playback(body), THRESHOLDS) == (WATCH,)


@pytest.mark.parametrize("kind", sorted(set(PlaybackType) - {"pause", "ended", "exit"}))
def test_nothing_else_raises_anything(kind: str) -> None:
    """Heartbeats and all other activities leave no row."""
    body = a_playback(type=kind, before=progress(60.0), totals=totals(70.0))
    assert outgrown(playback(body), THRESHOLDS) == ()
