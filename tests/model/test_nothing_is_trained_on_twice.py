"""Whatever is sent, switched, replayed and imported: each interaction is trained on once.

After every night each dataset group of the emulator holds exactly what it should, each interaction
once: what its tracker delivered, and of the settled days whatever it did not.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightly.domain.days import Day
from nightly.domain.import_plan import ImportMode, PlanKind

from tests.model.budget import budget
from tests.support.night_world import HOUR_MS, LOOKBACK, NightWorld, Told
from tests.support.nightly import DAY, DAY_MS

_DAYS = 5
_QUIET = LOOKBACK + 2
_NIGHT_HOUR = 3


class Does(StrEnum):
    """What may happen in an hour."""

    WATCH = "a member watches"
    GUEST = "a guest watches"
    RESEND = "a client sends something again"
    LOST = "something is archived that was sent to nobody"
    HISTORY = "something of long ago is archived"
    AGAIN = "something is archived again and sent to nobody"
    RAISE = "a completion is raised"
    OLD = "a recorder of an older version sends something"


class Decides(StrEnum):
    """What is decided for a night."""

    NOTHING = "the facts decide"
    NONE = "nothing is to be imported"
    REBUILD = "a new group is to be built"
    ROLL_BACK = "the first group is used again"


_hour = st.tuples(st.integers(0, 23), st.sampled_from(Does), st.integers(0, 30))
_days = st.lists(
    st.tuples(st.lists(_hour, min_size=1, max_size=6), st.sampled_from(Decides)),
    min_size=_DAYS,
    max_size=_DAYS,
)


def everybody_has_what_they_should(world: NightWorld) -> None:
    """The invariant, for each group there is, whether anybody sends to it or not."""
    for group in world.groups:
        assert world.trained_on(group) == world.expected(group), group.name


def act(world: NightWorld, does: Does, which: int) -> None:
    """Let one thing happen; what is done again needs something that was done."""
    if does in _NEW:
        _NEW[does](world, which)
    elif world.told:
        _MORE[does](world, world.told[which % len(world.told)])


def _is_guest(which: int) -> bool:
    return which % 3 == 0


def _old(world: NightWorld, which: int) -> None:
    """Once there is a second group, all recorders write marks."""
    has_mark = len(world.groups) > 1
    world.send(world.happens(which % 4, is_guest=_is_guest(which)), has_mark=has_mark)


_NEW: Final[dict[Does, Callable[[NightWorld, int], None]]] = {
    Does.WATCH: lambda world, which: world.send(world.happens(which % 4)),
    Does.GUEST: lambda world, which: world.send(world.happens(which % 4, is_guest=True)),
    Does.LOST: lambda world, which: world.archive_only(
        world.happens(which % 4, is_guest=_is_guest(which))
    ),
    Does.HISTORY: lambda world, which: world.archive_only(
        world.happens(100 + which, hours_ago=24 * (1 + which))
    ),
    Does.OLD: _old,
}
_MORE: Final[dict[Does, Callable[[NightWorld, Told], object]]] = {
    Does.RESEND: NightWorld.resend,
    Does.AGAIN: NightWorld.archive_only,
    Does.RAISE: NightWorld.raise_completion,
}


def decide(world: NightWorld, decides: Decides) -> None:
    """Have a night as it was decided; there is nothing to rebuild from until a day has settled."""
    has_settled = world.today.plus(-1 - LOOKBACK) >= DAY
    match decides:
        case Decides.REBUILD if has_settled and len(world.everything()) > 0:
            world.night(asked=PlanKind.REBUILD)
        case Decides.NONE:
            assert world.night(asked=PlanKind.NONE).days is None
        case Decides.ROLL_BACK:
            world.night()
            world.roll_back()
        case _:
            world.night()


@budget(6, 60)
@given(_days)
def test_each_interaction_is_trained_on_once(
    tmp_path_factory: pytest.TempPathFactory,
    days: list[tuple[list[tuple[int, Does, int]], Decides]],
) -> None:
    """Days of anything, a night after each, and quiet nights in which all of it settles."""
    world = NightWorld(tmp_path_factory.mktemp("world"))
    for number, (hours, decides) in enumerate([*days, *[([], Decides.NOTHING)] * _QUIET]):
        begin = (DAY.number + number) * DAY_MS
        ordered = sorted(hours, key=lambda hour: hour[0])
        for hour, does, which in ordered:
            if hour >= _NIGHT_HOUR or number == 0:
                _at(world, begin + hour * HOUR_MS)
                act(world, does, which)
        _at(world, begin + DAY_MS)
        for hour, does, which in ordered:
            if hour < _NIGHT_HOUR and number:
                _at(world, begin + DAY_MS + hour * HOUR_MS)
                act(world, does, which)
        _at(world, begin + DAY_MS + _NIGHT_HOUR * HOUR_MS)
        decide(world, decides)
        everybody_has_what_they_should(world)


def _at(world: NightWorld, now_ms: int) -> None:
    """Time goes on; two things of one moment happen a moment apart."""
    world.now_ms = max(now_ms, world.now_ms + 1000)


@pytest.fixture
def world(tmp_path: Path) -> NightWorld:
    """Nothing has happened yet."""
    return NightWorld(tmp_path)


def _on(world: NightWorld, day: int, hour: int) -> None:
    _at(world, (DAY.number + day) * DAY_MS + hour * HOUR_MS)


def _quiet_nights(world: NightWorld, first: int, *, count: int = _QUIET) -> None:
    for day in range(first, first + count):
        _on(world, day, _NIGHT_HOUR)
        world.night()
        everybody_has_what_they_should(world)


def test_what_put_events_delivered_is_imported_nowhere(world: NightWorld) -> None:
    """The plan of most nights: nothing."""
    for _ in range(3):
        world.send(world.happens(1))
    _quiet_nights(world, 1)
    assert world.watermark(world.live) is None
    assert world.trained_on(world.live) == world.everything()


def test_a_copy_after_a_switch_and_a_midnight_is_not_imported(world: NightWorld) -> None:
    """The client sends to the new tracker what the old one had: the new group has it once."""
    first = [world.happens(number) for number in range(3)]
    for told in first:
        world.send(told)
    _quiet_nights(world, 1)
    _on(world, 4, 1)
    world.night(asked=PlanKind.REBUILD)
    old, new = world.groups
    world.live = old
    _on(world, 4, 22)
    late = [world.happens(number) for number in range(5, 9)]
    for told in late:
        world.send(told)
    world.live = new
    _on(world, 5, 1)
    assert world.resend(late[0])
    _quiet_nights(world, 5, count=4)
    assert world.trained_on(new) == world.everything()


def test_fewer_than_an_import_takes_wait(world: NightWorld) -> None:
    """The watermark stays, so they are counted again with those of the next days."""
    world.archive_only(world.happens(1))
    _quiet_nights(world, 1)
    assert world.watermark(world.live) is None
    assert world.trained_on(world.live).total() == 0
    _on(world, _QUIET + 1, 1)
    world.archive_only(world.happens(2))
    _quiet_nights(world, _QUIET + 2)
    assert world.watermark(world.live) is not None
    assert world.trained_on(world.live) == world.everything()


def test_history_is_imported_once_however_often_it_is_replayed(world: NightWorld) -> None:
    """Months later than any lookback sees, by its event id."""
    old = [world.happens(number, hours_ago=24 * 300) for number in range(3)]
    for told in old:
        world.archive_only(told)
    streamed = [world.happens(number) for number in range(2)]
    for told in streamed:
        world.send(told)
    for day in range(6):
        for number in range(2):
            world.archive_only(world.happens(10 * day + number))
        _on(world, day + 1, _NIGHT_HOUR)
        world.night()
    watermark = world.watermark(world.live)
    assert watermark is not None
    assert watermark > DAY.plus(2), "the first day is beyond all that is read for guests"
    for told in [*old, *streamed, world.happens(7), world.happens(8)]:
        world.archive_only(told)
    _quiet_nights(world, 7, count=4)
    assert world.trained_on(world.live) == world.everything()


def test_the_first_import_is_full_and_the_next_adds(world: NightWorld) -> None:
    """As Personalize demands; what was streamed stays beside both."""
    modes = []
    for day in range(0, 8, 4):
        _on(world, day, 5)
        for number in range(2):
            world.archive_only(world.happens(number))
        world.send(world.happens(9))
        for night in range(day + 1, day + 4):
            _on(world, night, _NIGHT_HOUR)
            modes.append(world.night().mode)
            everybody_has_what_they_should(world)
    assert [mode for mode in modes if mode] == [ImportMode.FULL, ImportMode.INCREMENTAL]
    assert world.trained_on(world.live) == world.everything()


def test_a_guest_whose_sign_in_went_to_another_tracker_is_imported(world: NightWorld) -> None:
    """The group got the guest's interaction and will never learn whose it was."""
    for number in range(3):
        world.send(world.happens(10 + number))
    _quiet_nights(world, 1)
    _on(world, 4, 8)
    world.send(world.happens(1, is_guest=True))
    world.send(world.happens(2, is_guest=True))
    old = world.live
    _on(world, 4, 9)
    world.night(asked=PlanKind.REBUILD)
    _on(world, 4, 10)
    world.send(world.happens(1))
    world.send(world.happens(2))
    _quiet_nights(world, 5, count=4)
    assert world.trained_on(world.live) == world.everything()
    world.roll_back()
    assert world.live == old
    _quiet_nights(world, 9, count=4)
    assert world.trained_on(old) == world.everything()


def test_the_days_of_an_import_are_settled(world: NightWorld) -> None:
    """As long as a copy can be sent to the live tracker, nothing of that day is imported."""
    for number in range(3):
        world.archive_only(world.happens(number))
    _on(world, 1, _NIGHT_HOUR)
    assert world.night().days is None
    _on(world, 2, _NIGHT_HOUR)
    plan = world.night()
    assert plan.days is not None
    assert plan.days.last == Day(DAY.number)


def test_rows_without_a_mark_went_to_the_first_group(world: NightWorld) -> None:
    """From a time when there was one; a rebuilt group lacks them, also those that settle later."""
    for number in range(3):
        world.send(world.happens(number), has_mark=False)
    _quiet_nights(world, 1)
    assert world.watermark(world.live) is None
    _on(world, 3, 20)
    for number in range(3):
        world.send(world.happens(number), has_mark=False)
    _on(world, 4, _NIGHT_HOUR)
    world.night(asked=PlanKind.REBUILD)
    assert world.live is world.groups[1], "the import was taken, so it is the new group's turn"
    everybody_has_what_they_should(world)
    _quiet_nights(world, 5)
    assert world.trained_on(world.live) == world.everything()


def test_days_that_were_not_imported_are_imported_next(world: NightWorld) -> None:
    """Each night from the day after the watermark."""
    for day in range(4):
        _on(world, day, 20)
        for number in range(2):
            world.archive_only(world.happens(number))
        _on(world, day + 1, _NIGHT_HOUR)
        world.night()
        everybody_has_what_they_should(world)
    _quiet_nights(world, 5)
    assert world.trained_on(world.live) == world.everything()
