"""For every playback: crossings are independent of losses, copies and order."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.activity import Progress, Start
from ingestion.domain.parsing import ReceivedActivity, parse_activity
from ingestion.domain.playback import EventType, crossed, reached

from tests.support.builders import THRESHOLDS, WINDOW, a_message, a_playback, progress, totals


@st.composite
def playbacks(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The states of one playback: unique seconds grow, the duration may become known late."""
    duration_s = draw(st.none() | st.floats(5, 10_000))
    limit = 2_000.0 if duration_s is None else duration_s
    steps = sorted(draw(st.lists(st.floats(0, limit), min_size=1, max_size=12)))
    known_from = draw(st.integers(0, len(steps)))
    start = draw(st.sampled_from(["user", "autoplay", "hidden_autoplay"]))
    states = [progress(0.0, start=None, duration_s=None)]
    for index, unique_s in enumerate(steps):
        known = duration_s if index >= known_from else None
        states.append(totals(unique_s, start=start, duration_s=known))
    return states


def activities(states: list[dict[str, Any]]) -> list[Any]:
    """The activities between states, each with the state before it as its own tracker tells it."""
    fields = ("start", "unique_s", "watch_time_s", "duration_s")
    bodies = [
        a_playback(
            activity_id=f"a-{index}",
            seq=index,
            elapsed_ms=10**7,
            before={name: before[name] for name in fields},
            totals=now,
        )
        for index, (before, now) in enumerate(pairwise(states))
    ]
    parsed = [parse_activity(a_message(body), WINDOW) for body in bodies]
    return [each.activity for each in parsed if isinstance(each, ReceivedActivity)]


@given(playbacks())
def test_what_was_reached_at_the_end_was_crossed_on_the_way(states: list[dict[str, Any]]) -> None:
    """The crossings of all activities cover what the last state has reached."""
    told = activities(states)
    assert len(told) == len(states) - 1
    earned = {event_type for each in told for event_type in crossed(each, THRESHOLDS)}
    assert set(reached(told[-1].totals, THRESHOLDS)) <= earned


@given(playbacks(), st.data())
def test_a_lost_activity_loses_no_crossing(
    states: list[dict[str, Any]], data: st.DataObject
) -> None:
    """The next activity inherits the *before* of a lost one, so crossings stay the same."""
    kept = [states[0], *(s for s in states[1:-1] if data.draw(st.booleans())), states[-1]]
    earned = [set[str](), set[str]()]
    for found, some in zip(earned, (states, kept), strict=True):
        found.update(t for each in activities(some) for t in crossed(each, THRESHOLDS))
    assert earned[1] <= earned[0]
    assert set(reached(activities(states)[-1].totals, THRESHOLDS)) <= earned[1]


@given(playbacks())
def test_a_known_duration_gives_each_interaction_once(states: list[dict[str, Any]]) -> None:
    """With a duration that does not change, no type is earned twice."""
    fixed = [s for s in states[1:] if s["duration_s"] == states[-1]["duration_s"]]
    first = progress(0.0, start=None, duration_s=states[-1]["duration_s"])
    earned = [t for each in activities([first, *fixed]) for t in crossed(each, THRESHOLDS)]
    assert len(earned) == len(set(earned))


@given(st.floats(0.1, 1e5), st.integers(-30, 30), st.floats(0.01, 1.0), st.floats(-0.5, 0.5))
def test_complete_means_the_completion_that_is_sent(
    duration_s: float, ten_thousandths: int, complete_ratio: float, between: float
) -> None:
    """Whoever reads the completion of four decimals comes to the same verdict as the threshold."""
    share = complete_ratio + (ten_thousandths + between) / 10_000
    unique_s = min(max(share, 0.0) * duration_s, 1e10)
    watched = Progress(
        start=Start.USER, unique_s=unique_s, watch_time_s=unique_s, duration_s=duration_s
    )
    thresholds = replace(THRESHOLDS, complete_ratio=complete_ratio)
    is_complete = EventType.COMPLETE in reached(watched, thresholds)
    assert is_complete == (watched.completion is not None and watched.completion >= complete_ratio)
