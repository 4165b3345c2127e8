"""The simulated viewers: seeded, of a known taste, and as the published figures have them."""

from collections.abc import Iterable
from copy import replace

import numpy as np
import pytest

from tests.benchmarks.signal.assumptions import Assumptions, Course
from tests.benchmarks.signal.logs import Log, make_log
from tests.benchmarks.signal.screen import TabPlayer, leave_alone, watch
from tests.benchmarks.signal.world import World, make_world

SMALL = Assumptions(viewers=30, items=80)
MINUTES_10 = 600_000


def simulated(seed: int, assumptions: Assumptions = SMALL) -> tuple[World, Log]:
    random = np.random.default_rng(seed)
    world = make_world(assumptions, random)
    return world, make_log(world, assumptions, random)


def a_player() -> TabPlayer:
    identity = {"user_id": "viewer-1", "visit_id": "visit-1", "item_id": "item-1"}
    return TabPlayer(identity, playback_id="p-1", began_at_ms=0, duration_ms=MINUTES_10)


def last_of_each_playback(log: Log) -> Iterable[dict]:
    return {each["playback_id"]: each for each in log.playback}.values()


def test_a_seed_always_gives_the_same_log() -> None:
    """The log is a function of the seed, and of nothing else."""
    assumptions = SMALL.smaller(5, 40)
    one, again, other = (simulated(seed, assumptions)[1] for seed in (1, 1, 2))
    assert one.playback == again.playback
    assert one.feedback == again.feedback
    assert one.playback != other.playback


def test_viewers_like_the_genres_they_love() -> None:
    """The known taste follows the affinity of each viewer, not an average taste of all."""
    world, _ = simulated(1)
    for taste, affinity in zip(world.taste, world.affinity, strict=True):
        assert np.corrcoef(taste, affinity)[0, 1] > 0.4
    assert (world.taste > 0).all()
    assert (world.taste < 1).all()


def test_clickbait_attracts_more_and_pleases_less() -> None:
    """What a thumbnail promises and what the item is come apart."""
    world, _ = simulated(1)
    bait = world.is_clickbait
    assert bait.sum() == round(SMALL.clickbait * SMALL.items)
    assert world.thumbnail[bait].mean() > world.thumbnail[~bait].mean() + 1
    assert world.taste[:, bait].mean() < world.taste[:, ~bait].mean() - 0.1


def test_a_world_can_be_without_clickbait() -> None:
    """The sensitivity table needs one."""
    assert not simulated(1, replace(SMALL.smaller(3, 40), clickbait=0.0))[0].is_clickbait.any()


def test_items_can_be_equally_long() -> None:
    """The world in which heartbeats count minutes and items alike."""
    world, _ = simulated(1, replace(SMALL.smaller(3, 40), length_spread=0.0))
    assert len(set(world.duration_s.tolist())) == 1


@pytest.mark.parametrize("noise", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("satisfied", [True, False])
def test_courses_add_up(noise: float, satisfied: bool) -> None:  # noqa: FBT001 -- a parameter
    """However much misleads, something is done with every playback."""
    shares = replace(SMALL, noise=noise).courses(satisfied=satisfied)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert min(shares.values()) >= 0


def test_without_noise_nobody_misleads() -> None:
    """The satisfied are not interrupted, and the disappointed do not reach the end."""
    quiet = replace(SMALL, noise=0.0)
    assert quiet.courses(satisfied=True)[Course.INTERRUPTED] == 0
    disappointed = quiet.courses(satisfied=False)
    assert disappointed[Course.TO_THE_END] == disappointed[Course.SKIPPED_TO_THE_END] == 0


def test_people_leave_as_the_published_figures_say() -> None:
    """Of all playbacks about 20, 33 and 44 % are over after 10, 30 and 60 s; half disappoint."""
    _, log = simulated(4, Assumptions(viewers=60, items=300))
    watched_s = np.array([each["totals"]["watch_time_s"] for each in last_of_each_playback(log)])
    gone = [(watched_s < limit_s).mean() for limit_s in (10, 30, 60)]
    assert gone == pytest.approx([0.20, 0.33, 0.44], abs=0.06)
    assert log.satisfied / log.starts == pytest.approx(0.5, abs=0.06)


def test_a_hidden_tab_plays_to_its_end_and_nothing_is_counted() -> None:
    """The position of a muted video that nobody sees says nothing of watching."""
    player = a_player()
    player.play("hidden_autoplay")
    leave_alone(player, unseen=True)
    last = player.activities[-1]
    assert last["position_s"] == 600
    assert last["totals"]["unique_s"] == last["totals"]["watch_time_s"] == 0
    assert sum(each["type"] == "heartbeat" for each in player.activities) == 60


def test_a_tab_in_sight_counts_although_nobody_is_there() -> None:
    """No tracker can know, ours neither."""
    player = a_player()
    player.play("autoplay")
    leave_alone(player, unseen=False)
    assert player.activities[-1]["totals"]["unique_s"] == 600


def test_skipping_to_the_end_is_a_high_position_and_a_low_completion() -> None:
    """Here position and unique seconds come apart."""
    player = a_player()
    player.play()
    watch(player, Course.SKIPPED_TO_THE_END, MINUTES_10, SMALL, np.random.default_rng(1))
    last = player.activities[-1]
    assert last["position_s"] == 600
    assert last["totals"]["unique_s"] <= 0.3 * 600
