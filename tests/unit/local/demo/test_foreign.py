"""Foreign players tell what they played, in records that really occur, and it is understood."""

from collections import Counter

import pytest
from ingestion.domain.rejection import Rejection

from local.demo.day import DAY_MS
from local.demo.fates import understood
from local.demo.foreign import NO_PLAYBACK, PLOTS, ForeignDay, foreign_day
from local.demo.foreign_account import earned_by
from local.demo.imperfections import imperfect
from local.demo.outgoing import Outgoing
from local.demo.stores import ArchivedMessage
from tests.support.builders import NOW_MS, THRESHOLDS
from tests.unit.local.demo.people import a_day, a_film, a_foreign_day
from tests.unit.local.demo.test_account import RULES


@pytest.fixture(scope="module")
def foreign() -> ForeignDay:
    """What foreign players send."""
    return a_foreign_day()


def archived(message: Outgoing) -> ArchivedMessage:
    return ArchivedMessage(message.way, message.name, NOW_MS, message.body)


def test_nothing_of_it_is_rejected(foreign: ForeignDay) -> None:
    """Whatever carries it."""
    for message in foreign.messages:
        for result in understood(archived(message), RULES):
            assert not isinstance(result, Rejection), (message.kind, result.detail)


def test_every_way_of_telling_occurs(foreign: ForeignDay) -> None:
    """Four viewings each, beside what tells of no playback."""
    viewings = Counter(each.telling for each in foreign.viewings)

    assert viewings == dict.fromkeys(foreign.tellings[:-1], 4)
    assert {each.kind for each in foreign.messages} == set(foreign.tellings)
    assert foreign.tellings[-1] == NO_PLAYBACK


@pytest.mark.parametrize(
    ("plot", "earned"),
    [
        ("plain", {"Click", "Watch", "Complete"}),
        ("double speed", {"Click", "Watch", "Complete"}),
        ("skipped forward", {"Click", "Watch"}),
        ("rewound", {"Click", "Watch"}),
        ("dragged to the end", {"Click"}),
        ("given up", {"Click"}),
    ],
)
def test_a_plot_earns_what_was_played(foreign: ForeignDay, plot: str, earned: set[str]) -> None:
    """Not what was passed over."""
    viewings = [each for each in foreign.viewings if each.plot == plot]

    assert viewings
    for viewing in viewings:
        assert {kind for _, _, kind in earned_by(viewing, THRESHOLDS)} == earned


def test_all_plots_occur(foreign: ForeignDay) -> None:
    """Each four times."""
    assert Counter(each.plot for each in foreign.viewings) == dict.fromkeys(PLOTS, 4)


def test_nobody_watches_a_film_twice(foreign: ForeignDay) -> None:
    """So that user, item and type name an interaction."""
    watched = Counter((each.user_id, each.item_id) for each in foreign.viewings)

    assert max(watched.values()) == 1


def test_it_happens_within_the_day(foreign: ForeignDay) -> None:
    """In order of time."""
    times = [each.at_ms for each in foreign.messages]

    assert times == sorted(times)
    assert NOW_MS - DAY_MS < times[0] < times[-1] < NOW_MS


def test_it_is_the_same_every_time(foreign: ForeignDay) -> None:
    """Later it is the same, only later."""
    later = foreign_day([a_film(number) for number in range(100, 160)], NOW_MS + 5000)

    assert [each.name for each in later.messages] == [each.name for each in foreign.messages]


def test_foreign_records_keep_their_order(foreign: ForeignDay) -> None:
    """None is held up, as one that is overtaken may earn something else; some come twice."""
    day = imperfect(a_day(), foreign.messages)

    kept = [each for each in day if each.kind in foreign.tellings]
    assert kept == list(foreign.messages)
    names = {each.name for each in foreign.messages}
    assert any(each.name in names for each in day if each.kind not in foreign.tellings)
