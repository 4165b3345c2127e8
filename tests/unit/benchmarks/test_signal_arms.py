"""What each arm makes of the same log."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from local.personalize.interactions import Interaction
from tests.benchmarks.signal.arms import Arm, Signal, dislikes, signal_of
from tests.benchmarks.signal.assumptions import Assumptions, Course
from tests.benchmarks.signal.logs import BEGAN_AT_MS, Log, make_log
from tests.benchmarks.signal.screen import TabPlayer, leave_alone, watch
from tests.benchmarks.signal.world import make_world

ASSUMPTIONS = Assumptions(viewers=10, items=60)
MINUTES_10 = 600_000
IDENTITY = {"user_id": "viewer-1", "visit_id": "visit-1", "item_id": "item-1"}


@pytest.fixture(scope="module")
def log() -> Log:
    random = np.random.default_rng(1)
    return make_log(make_world(ASSUMPTIONS, random), ASSUMPTIONS, random)


def a_player() -> TabPlayer:
    return TabPlayer(IDENTITY, playback_id="p-1", began_at_ms=BEGAN_AT_MS, duration_ms=MINUTES_10)


def said(word: str, *, second: int) -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "kind": "feedback",
        "type": word,
        "activity_id": f"f-{second}",
        **IDENTITY,
        "occurred_at_ms": BEGAN_AT_MS + second * 1000,
    }


def rows(signal: Signal) -> list[Interaction]:
    return signal.store.for_training()


def types_by_arm(log: Log) -> dict[Arm, Counter[str]]:
    return {arm: signal_of(arm, log).types for arm in Arm}


def test_ours_sends_at_most_three_interactions_of_a_playback(log: Log) -> None:
    """One Click, one Watch, one Complete, and a Like of each button pressed."""
    types = signal_of(Arm.OURS, log).types
    assert set(types) == {"Click", "Watch", "Complete", "Like"}
    assert max(types.values()) <= log.playbacks
    assert types["Complete"] <= types["Watch"] <= types["Click"]


def test_heartbeats_are_all_sent_with_their_position(log: Log) -> None:
    """As many interactions as heartbeats, valued by where the playhead stood."""
    signal = signal_of(Arm.HEARTBEATS, log)
    assert signal.types["Heartbeat"] == sum(each["type"] == "heartbeat" for each in log.playback)
    assert "Dislike" not in signal.types
    assert all(0 < (row.event_value or 0) <= 1 for row in rows(signal))


def test_every_play_and_every_dislike_is_sent(log: Log) -> None:
    """One play for each playback, and whatever was said."""
    types = signal_of(Arm.PLAYS, log).types
    assert types["Play"] == log.playbacks
    assert types["Like"] + types["Dislike"] == len(log.feedback)
    assert types["Dislike"] > 0


def test_calls_are_never_more_than_interactions(log: Log) -> None:
    """Every arm's calls are grouped from the same batches, so that none is made to look bad."""
    for arm in Arm:
        signal = signal_of(arm, log)
        assert 0 < signal.calls <= signal.types.total()


def test_a_hidden_tab_misleads_every_arm_but_ours() -> None:
    """Ours sends nothing, the positions make it a complete viewing."""
    player = a_player()
    player.play("hidden_autoplay")
    leave_alone(player, unseen=True)
    types = types_by_arm(Log(playback=player.activities))
    assert types[Arm.OURS] == Counter()
    assert types[Arm.HEARTBEATS] == Counter({"Heartbeat": 60})
    assert types[Arm.PLAYS] == Counter({"Play": 1})
    assert types[Arm.POSITIONS] == Counter({"Watch": 1, "Complete": 1})


def test_skipping_to_the_end_misleads_positions_only() -> None:
    """By unique seconds it was a Click."""
    player = a_player()
    player.play()
    random = np.random.default_rng(1)
    watch(player, Course.SKIPPED_TO_THE_END, MINUTES_10, ASSUMPTIONS, random)
    types = types_by_arm(Log(playback=player.activities))
    assert types[Arm.OURS] == Counter({"Click": 1})
    assert types[Arm.POSITIONS] == Counter({"Click": 1, "Watch": 1, "Complete": 1})


def test_a_dislike_is_a_verdict_of_ours_and_an_interaction_of_others() -> None:
    """Both can leave the item out when serving; only one trains on it."""
    log = Log(feedback=[said("dislike", second=1)])
    ours, plays = signal_of(Arm.OURS, log), signal_of(Arm.PLAYS, log)
    assert not ours.types
    assert ours.disliked == dislikes(log) == {("viewer-1", "item-1")}
    assert [row.event_type for row in rows(plays)] == ["Dislike"]


def test_a_log_that_our_code_rejects_is_an_error() -> None:
    """An arm must not win or lose by messages that nobody noticed were refused."""
    broken = said("like", second=1) | {"user_id": "null"}
    with pytest.raises(AssertionError, match="user_id"):
        signal_of(Arm.OURS, Log(feedback=[broken]))
