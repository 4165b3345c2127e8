"""Interactions: what Personalize is told, and under which id."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.feedback import Judgement, Opinion
from ingestion.domain.interaction import (
    Column,
    Columns,
    deterministic_event_id,
    interaction_of_feedback,
    interactions_of_playback,
    raised_interactions,
    with_columns,
    without_repeats,
)
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.parsing import ReceivedActivity, parse_activity
from ingestion.domain.playback import EventType

from tests.support.builders import (
    NOW_MS,
    THRESHOLDS,
    WINDOW,
    a_message,
    a_playback,
    a_reaction,
    a_start,
    an_interaction,
    progress,
    totals,
)


def received(body: dict[str, Any]) -> ReceivedActivity[Any]:
    result = parse_activity(a_message(body), WINDOW)
    assert isinstance(result, ReceivedActivity)
    return result


CROSSING = a_playback(
    before=progress(40.0),
    totals=totals(55.0),
    elapsed_ms=60_000,
    recommendation_id="rec-1",
    impressions=["item-1", "item-2"],
    event_source="home",
)


def test_a_crossing_becomes_an_interaction() -> None:
    """It carries who, what, when, how much, and what led to it."""
    (watch,) = interactions_of_playback(received(CROSSING), THRESHOLDS)
    assert watch == an_interaction(
        event_id=deterministic_event_id("user:user-1", "playback-1", EventType.WATCH),
        sent_at_s=(NOW_MS - 2000) // 1000,
        event_value=0.55,
        version=55_000,
        recommendation_id="rec-1",
        impressions=("item-1", "item-2"),
        event_source="home",
    )


def test_a_click_has_no_value() -> None:
    """Nothing is watched yet at a click, and zero would be a value."""
    (click,) = interactions_of_playback(received(a_start()), THRESHOLDS)
    assert (click.event_type, click.event_value) == (EventType.CLICK, None)


def test_a_raised_interaction_keeps_its_id_and_grows_its_version() -> None:
    """The archive finds the same interaction again, with what it came to."""
    (watch,) = interactions_of_playback(received(CROSSING), THRESHOLDS)
    ended = a_playback(type="ended", before=progress(55.0), totals=totals(80.0), elapsed_ms=90_000)
    (raised,) = raised_interactions(received(ended), THRESHOLDS)
    assert raised.event_id == watch.event_id
    assert (raised.version, raised.event_value) == (80_000, 0.8)


def test_only_a_like_is_an_interaction() -> None:
    """What is not positive is never sent."""
    like = interaction_of_feedback(received(a_reaction()), Judgement(Opinion.LIKED, 1.0))
    assert like is not None
    assert (like.event_type, like.event_value) == (EventType.LIKE, 1.0)
    for judgement in (None, Judgement(Opinion.DISLIKED), Judgement(Opinion.NONE)):
        assert interaction_of_feedback(received(a_reaction()), judgement) is None


def test_columns_that_the_schema_lacks_are_left_out() -> None:
    """A stray column would fail the whole call."""
    full = an_interaction(
        recommendation_id="r",
        impressions=("i",),
        event_source="home",
        context=(("DEVICE_TYPE", "tv"), ("OS", "tvos")),
    )
    bare = an_interaction(event_value=None)
    context = frozenset({"DEVICE_TYPE", "OS"})
    assert with_columns(full, Columns(frozenset(Column), context)) == full
    assert with_columns(full, Columns(frozenset())) == bare


def test_the_first_of_an_event_id_wins() -> None:
    """As with Personalize, later copies of an id do not count."""
    first, copy = an_interaction(event_value=0.5), an_interaction(event_value=0.9)
    other = an_interaction(event_id="e-2")
    assert without_repeats([first, copy, other]) == (first, other)


def test_two_users_with_one_playback_id_are_two() -> None:
    """The viewer stands in the id, so nobody can pre-empt another viewer's events."""
    assert deterministic_event_id("user:a", "p", EventType.WATCH) != deterministic_event_id(
        "user:b", "p", EventType.WATCH
    )


@given(st.text(), st.text(), st.text(), st.text())
def test_an_event_id_is_unambiguous_and_short(v1: str, s1: str, v2: str, s2: str) -> None:
    """Different parts never make the same id, however they are glued; 64 characters always."""
    one = deterministic_event_id(v1, s1, EventType.LIKE)
    two = deterministic_event_id(v2, s2, EventType.LIKE)
    assert (one == two) == ((v1, s1) == (v2, s2))
    assert len(one) == 64


def test_the_archive_row_of_a_playback_carries_its_totals() -> None:
    """Tomorrow's thresholds can be applied to today's rows."""
    watched = received(CROSSING)
    (watch,) = interactions_of_playback(watched, THRESHOLDS)
    row = InteractionRow(watch, watched, to_send=True, totals=watched.activity.totals).as_dict(
        "mark"
    )
    assert row["unique_s"] == 55.0
    assert row["duration_s"] == 100.0
    assert row["completion"] == 0.55
    assert row["to_send"] is True
    assert (row["occurred_at_ms"], row["arrived_at_ms"]) == (NOW_MS - 2000, NOW_MS)


def test_the_archive_row_of_feedback_has_no_totals() -> None:
    """A like is not a playback."""
    liked = received(a_reaction())
    like = interaction_of_feedback(liked, Judgement(Opinion.LIKED, 1.0))
    assert like is not None
    assert "unique_s" not in InteractionRow(like, liked, to_send=True).as_dict("mark")
