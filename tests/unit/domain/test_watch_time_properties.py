"""The arithmetic against a simulated player that counts by brute force; and what always holds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.activity import Totals
from ingestion.domain.moment import moment_of
from ingestion.domain.watch_time import Reckoning

from tests.support.simulated_player import SimulatedPlayer
from tests.support.viewings import ViewingEvent, a_point, at

_FLAGS = st.booleans()
_ACTIONS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 30_000)),
    st.tuples(st.just("play")),
    st.tuples(st.just("pause")),
    st.tuples(st.just("seek"), st.integers(0, 12_000)),
    st.tuples(st.just("change_rate"), st.integers(1, 16)),
    st.tuples(st.just("show"), _FLAGS, _FLAGS, _FLAGS),
    st.tuples(st.just("advertise"), st.integers(10, 15_000)),
    st.tuples(st.just("stall"), st.integers(10, 15_000)),
)


@st.composite
def viewings(draw: st.DrawFn) -> SimulatedPlayer:
    """What a viewer may do with a player, rates up to 16 and live streams included."""
    player = SimulatedPlayer(draw(st.none() | st.integers(500, 9_000)))
    player.play()
    for action, *arguments in draw(st.lists(_ACTIONS, max_size=12)):
        _do(player, action, arguments)
    player.pause()
    return player


def _do(player: SimulatedPlayer, action: str, arguments: list[Any]) -> None:
    if action == "show":
        visible, muted, picture_in_picture = arguments
        player.show(visible=visible, muted=muted, picture_in_picture=picture_in_picture)
    elif action in {"advertise", "stall"} and not player.playing:
        player.wait(arguments[0])
    else:
        getattr(player, action)(*arguments)


def totals_of(events: list[ViewingEvent], duration_s: float | None) -> Totals:
    """What the arithmetic makes of the events of a viewing."""
    reckoning = Reckoning(duration_s)
    for number, event in enumerate(events):
        moment = moment_of(a_point(number, event, duration_s, seq=number))
        reckoning.add(moment)
    return reckoning.totals


def duration_s(player: SimulatedPlayer) -> float | None:
    """The duration that the player tells."""
    return None if player.duration_cs is None else player.duration_cs / 100


@given(viewings())
def test_the_arithmetic_agrees_with_counting_every_ten_milliseconds(
    player: SimulatedPlayer,
) -> None:
    """Watched, unique, watch time and furthest, to the millisecond."""
    totals = totals_of(player.events, duration_s(player))
    assert totals.watched_s == pytest.approx(max(player.watched_s, player.unique_s), abs=0.001)
    assert totals.unique_s == pytest.approx(player.unique_s, abs=0.001)
    assert totals.furthest_s == pytest.approx(player.furthest_s, abs=0.001)
    assert totals.watch_time_s == pytest.approx(player.watch_time_ms / 1000, abs=0.001)


@given(viewings())
def test_the_totals_are_within_their_bounds(player: SimulatedPlayer) -> None:
    """Unique is not more than watched nor the duration; watch time not more than the clock."""
    length_s = duration_s(player)
    totals = totals_of(player.events, length_s)
    assert 0 <= totals.unique_s <= totals.watched_s
    assert totals.watch_time_s <= player.now_ms / 1000 + 0.001
    if length_s is not None:
        assert totals.unique_s <= length_s + 0.001
        assert totals.completion is not None
        assert 0 <= totals.completion <= 1


@st.composite
def tellings(draw: st.DrawFn) -> list[ViewingEvent]:
    """Anything a foreign player may tell: positions and clocks need not fit together."""
    types = ["play", "pause", "heartbeat", "seek", "ended", "buffer_start", "ad_start", "ad_end"]
    count = draw(st.integers(1, 15))
    seconds = st.integers(0, 400) | st.floats(0, 400)
    return [
        at(
            draw(seconds),
            draw(st.sampled_from(types)),
            draw(seconds),
            seek_from_s=draw(st.none() | st.floats(0, 400)),
        )
        for _ in range(count)
    ]


@given(tellings(), st.none() | st.floats(1, 400))
def test_whatever_is_told_the_bounds_hold(
    events: list[ViewingEvent], length_s: float | None
) -> None:
    """Nonsense in, bounded totals out."""
    totals = totals_of(events, length_s)
    assert 0 <= totals.unique_s <= totals.watched_s
    if length_s is not None:
        assert totals.unique_s <= length_s + 0.001
    edges = [edge for span in totals.played for edge in span]
    assert edges == sorted(edges)
