"""The simulated player counts what a real tracker has to count."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ingestion.application.deriving import Derived
from ingestion.application.record_playback import derive_playback
from ingestion.domain.parsing import ReceivedActivity, parse_activity

from local.demo.player import Player, merged
from tests.support.builders import NOW_MS, PLAYBACK_RULES, WINDOW, a_message

IDENTITY = {"user_id": "viewer-1", "visit_id": "visit-1", "item_id": "film-1"}
DURATION_S = 1800
HOUR_MS = 3_600_000

type Step = tuple[str, int]

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["watch", "pause", "seek", "fast", "slow", "stall", "ad"]),
        st.integers(0, DURATION_S),
    ),
    max_size=25,
)


def a_player(duration_s: int | None = DURATION_S, **fields: Any) -> Player:
    return Player(
        IDENTITY,
        playback_id="playback-1",
        began_at_ms=NOW_MS - 24 * HOUR_MS,
        duration_ms=None if duration_s is None else duration_s * 1000,
        heartbeat_ms=60_000,
        **fields,
    )


def performed(steps: Sequence[Step], duration_s: int | None = DURATION_S) -> Player:
    """A player that was made to do all of it; every step's number is in seconds."""
    player = a_player(duration_s)
    player.play()
    actions = {
        "watch": lambda seconds: player.watch(seconds * 1000),
        "pause": lambda seconds: player.pause(seconds * 1000),
        "seek": lambda seconds: player.seek(seconds * 1000),
        "fast": lambda _seconds: player.change_rate(2.0),
        "slow": lambda _seconds: player.change_rate(0.5),
        "stall": lambda seconds: player.stall(seconds * 1000),
        "ad": lambda seconds: player.advertise(seconds * 1000),
    }
    for action, seconds in steps:
        actions[action](seconds)
    player.leave()
    return player


def seconds_played(steps: Sequence[Step]) -> list[int]:
    """Every second of the content as it was played, replays again: the slow way to count."""
    position, played = 0, []
    for action, seconds in steps:
        if action == "watch":
            end = min(position + seconds, DURATION_S)
            played += range(position, end)
            position = max(position, end)
        elif action == "seek":
            position = seconds
    return played


@given(STEPS)
def test_the_totals_are_those_of_counting_every_second(steps: list[Step]) -> None:
    """The union of the ranges is unique, their sum is watched, their end the furthest."""
    totals = performed(steps).activities[-1]["totals"]
    played = seconds_played(steps)

    assert totals["unique_s"] == len(set(played))
    assert totals["watched_s"] == len(played)
    assert totals["furthest_s"] == (max(played) + 1 if played else 0)


@given(STEPS, st.sampled_from([DURATION_S, None]))
def test_every_activity_is_accepted(steps: list[Step], duration_s: int | None) -> None:
    """The contract finds nothing wrong with what the player tells, whatever it was made to do."""
    for activity in performed(steps, duration_s).activities:
        assert isinstance(parse_activity(a_message(activity), WINDOW), ReceivedActivity)


@given(STEPS)
def test_before_is_what_the_last_activity_told(steps: list[Step]) -> None:
    """No crossing can fall between two activities."""
    for earlier, later in pairwise(performed(steps).activities):
        assert {key: earlier["totals"][key] for key in later["before"]} == later["before"]
        assert later["seq"] == earlier["seq"] + 1


@given(STEPS)
def test_a_viewing_earns_each_interaction_once_at_most(steps: list[Step]) -> None:
    """At most one Click, one Watch and one Complete, however it was watched."""
    earned = interactions(performed(steps))

    assert set(earned) <= {"Click", "Watch", "Complete"}
    assert all(count == 1 for count in earned.values())


def test_a_full_viewing_earns_all_three() -> None:
    """Watched to the end: Click, Watch and Complete."""
    player = performed([("watch", DURATION_S)])

    assert player.is_at_end
    assert interactions(player) == {"Click": 1, "Watch": 1, "Complete": 1}


def test_a_heartbeat_is_sent_every_minute_of_playing() -> None:
    """Pauses do not count, and neither does the speed of the content."""
    player = performed([("watch", 90), ("pause", 600), ("fast", 0), ("watch", 120)])

    types = Counter(activity["type"] for activity in player.activities)

    assert types["heartbeat"] == 2


def test_watching_fast_takes_less_time_and_counts_as_much() -> None:
    """100 seconds at double speed are 50 on the wall."""
    totals = performed([("fast", 0), ("watch", 100)]).activities[-1]["totals"]

    assert (totals["unique_s"], totals["watch_time_s"]) == (100, 50)


def test_an_advertisement_first_is_no_start() -> None:
    """Nothing has started while an advertisement plays before the content."""
    player = a_player()
    player.advertise(20_000)
    player.play("autoplay")

    assert [each["totals"]["start"] for each in player.activities] == [None, None, "autoplay"]
    assert player.activities[-1]["before"]["start"] is None


def test_a_resumed_viewing_begins_where_it_was_left() -> None:
    """What was watched in the sitting before is not watched in this one."""
    player = a_player(position_ms=600_000)
    player.play()
    player.watch(60_000)

    assert player.activities[-1]["totals"]["played"] == [[600.0, 660.0]]


def test_ranges_that_touch_become_one() -> None:
    """The contract wants disjoint ranges in order."""
    assert merged([(0, 10), (20, 30)], (10, 20)) == [(0, 30)]
    assert merged([(20, 30)], (0, 5)) == [(0, 5), (20, 30)]
    assert merged([(0, 5)], (3, 3)) == [(0, 5)]


def interactions(player: Player) -> Counter[str]:
    """What the rules make of all activities of a playback."""
    earned: Counter[str] = Counter()
    for activity in player.activities:
        derived = derive_playback(a_message(activity), PLAYBACK_RULES)
        assert isinstance(derived, Derived)
        earned.update(str(row.interaction.event_type) for row in derived.rows if row.to_send)
    return earned
