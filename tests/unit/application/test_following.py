"""Following the live target: how often it is asked for, and what holds meanwhile."""

from dataclasses import dataclass, field

import pytest
from ingestion.application.following import Following, FollowingTracker
from ingestion.domain.dataset import Dataset
from ingestion.domain.errors import MisconfiguredError, TransientError
from ingestion.domain.target import Target, tracking_mark

from tests.support.fakes import FakeEventTracker
from tests.support.live_parameter import OTHER, OWN, FakeLiveParameter, as_text


@dataclass
class World:
    """A parameter, a clock, and who follows."""

    parameter: FakeLiveParameter = field(default_factory=FakeLiveParameter)
    now_s: float = 1000.0

    def __post_init__(self) -> None:
        self.following = Following(self.parameter, OWN, 60.0, lambda: self.now_s)


@pytest.fixture
def world() -> World:
    return World()


def test_until_somebody_switches_the_own_target_is_live(world: World) -> None:
    """The parameter need not be there."""
    assert world.following.current() == OWN


def test_within_the_interval_nobody_is_asked_again(world: World) -> None:
    """One question a minute and environment."""
    world.following.current()
    world.now_s += 59.9
    world.following.current()
    assert world.parameter.reads == 1


def test_a_switch_takes_effect_within_the_interval(world: World) -> None:
    """And not before the next question."""
    world.following.current()
    world.parameter.text = as_text(OTHER)
    world.now_s += 59.9
    assert world.following.current() == OWN
    world.now_s += 0.1
    assert world.following.current() == OTHER


def test_a_clock_that_was_put_back_is_no_reason_to_wait(world: World) -> None:
    """Better asked once too often."""
    world.following.current()
    world.parameter.text = as_text(OTHER)
    world.now_s -= 3600
    assert world.following.current() == OTHER


def test_in_an_outage_the_last_known_target_holds(world: World) -> None:
    """However long it lasts, and asked for at the same pace."""
    world.parameter.text = as_text(OTHER)
    world.following.current()
    world.parameter.is_down = True
    for _ in range(3):
        world.now_s += 60
        assert world.following.current() == OTHER
        assert world.following.current() == OTHER
    assert world.parameter.reads == 4


def test_who_never_knew_cannot_guess(world: World) -> None:
    """Somebody may have switched; so the batch comes again, and asks again."""
    world.parameter.is_down = True
    for reads in (1, 2):
        with pytest.raises(TransientError):
            world.following.current()
        assert world.parameter.reads == reads
    world.parameter.is_down = False
    assert world.following.current() == OWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "[]",
        "{}",
        as_text(Target("", "users", "items")),
        as_text(Target("id", "users", "")),
        as_text(OTHER).replace('"other-id"', "5"),
    ],
)
def test_what_is_no_target_stops_everybody_alike(world: World, text: str) -> None:
    """Also who knew a good one: a new environment could not follow it."""
    world.following.current()
    world.parameter.text = text
    world.now_s += 60
    for _ in range(2):
        with pytest.raises(MisconfiguredError):
            world.following.current()


def test_the_tracker_is_the_one_of_the_live_target(world: World) -> None:
    """Made once for each, as it holds no state of its own."""
    made: list[str] = []

    def tracker_of(tracking_id: str) -> FakeEventTracker:
        made.append(tracking_id)
        return FakeEventTracker(mark=tracking_mark(tracking_id))

    tracker = FollowingTracker(world.following, tracker_of)
    assert tracker.current() is tracker.current()
    world.parameter.text = as_text(OTHER)
    world.now_s += 60
    assert tracker.current().mark == tracking_mark("other-id")
    assert made == ["own-id", "other-id"]


def test_each_kind_of_metadata_has_its_dataset() -> None:
    """Of the same group."""
    assert OTHER.dataset_arn(Dataset.USERS) == "other-users"
    assert OTHER.dataset_arn(Dataset.ITEMS) == "other-items"
