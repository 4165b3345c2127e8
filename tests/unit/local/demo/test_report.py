"""The report says what a newcomer should see, and does not hide what is wrong."""

import io
from copy import replace

import pytest
from ingestion.application.comparing import Comparison
from ingestion.domain.conservation import End, HourAccount
from ingestion.domain.hour import Hour
from rich.console import Console

from local.demo.account import Check
from local.demo.conservation import Conservation
from local.demo.evening import Evening
from local.demo.report import report
from local.demo.story import Replay, Story
from local.demo.taste import Candidate, Discovery
from tests.unit.local.demo.people import a_film, a_foreign_day, a_person, an_imperfect_day
from tests.unit.local.demo.test_account import RULES, account

BEFORE = tuple(a_film(number, "Western") for number in range(10, 20))
AFTER = tuple(a_film(number, "Western", "Horror") for number in range(20, 30))
FILMS = (a_film(1), a_film(2), a_film(3))
EVENING = Evening(Discovery(Candidate(a_person(4), BEFORE), "Horror", 0.2, FILMS), AFTER)


@pytest.fixture(scope="module")
def story() -> Story:
    """A demo in which all went well."""
    return Story(
        rules=RULES,
        account=account(an_imperfect_day(), foreign=a_foreign_day()),
        evening=EVENING,
        replay=Replay(before=900, after=900, recorded=0, repeated=1000),
        to_train_on=900,
        sent_again=0,
        conservation=Conservation(
            (HourAccount(Hour(0), 12, {End.RECORDED: 10, End.REJECTED: 2}),),
            Comparison(10, 0, (), 0, 0),
        ),
    )


def shown(story: Story) -> str:
    printed = io.StringIO()
    Console(width=110, file=printed).print(report(story))
    return printed.getvalue()


def test_a_story_that_adds_up_says_so(story: Story) -> None:
    """With the numbers, the recommendations and the way on."""
    text = shown(story)

    assert "It adds up" in text
    assert f"{story.account.received:,}" in text
    assert "Recommended before: 0% Horror" in text
    assert "Recommended afterwards: 100% Horror" in text
    assert "900 before, 900 after (+0)" in text
    assert "make up" in text


@pytest.mark.parametrize(
    "conservation",
    [
        Conservation((HourAccount(Hour(0), 1, {End.UNEXPLAINED: 1}),), Comparison(0, 0, (), 0, 0)),
        Conservation((), Comparison(1, 0, ("event",), 0, 0)),
        Conservation((), Comparison(0, 0, (), 0, 1)),
    ],
)
def test_what_is_not_conserved_does_not_add_up(story: Story, conservation: Conservation) -> None:
    """Something unexplained, not with Personalize, or there without having been sent."""
    broken = replace(story, conservation=conservation)
    assert not broken.adds_up
    assert "DOES NOT ADD UP" in shown(broken)


def test_where_everything_ended_is_shown(story: Story) -> None:
    """A sum, in which nothing that is zero is told but that nothing is unexplained."""
    text = " ".join(shown(story).split())
    assert "12 messages received = 10 recorded + 2 rejected + 0 unexplained." in text
    assert "Of 10 interactions to send Personalize holds 10, and 0 that nobody sent." in text


def test_what_foreign_players_earned_is_shown(story: Story) -> None:
    """For each way of telling, and what was read in comments."""
    text = shown(story)

    for telling in story.account.tellings:
        assert telling.name in text
    assert "4 Click, 4 Watch, 2 Complete" in text
    assert "nothing: not of a playback, and no fault" in text
    assert "2 POSITIVE → Like" in text
    assert "2 NEGATIVE → verdict" in text


def test_it_fits_on_a_large_screen(story: Story) -> None:
    """Not a log to scroll through: no line is wrapped, and there are some sixty."""
    lines = shown(story).splitlines()

    assert len(lines) <= 68
    assert max(map(len, lines)) <= 110


def test_what_does_not_add_up_is_shown(story: Story) -> None:
    """Which numbers differ, and by how much."""
    wrong = replace(story.account, checks=(Check("messages given up", 0, 3),))

    text = shown(replace(story, account=wrong))

    assert "messages given up: expected 0, found 3" in text
    assert "IT DOES NOT ADD UP" in text
    assert "It adds up" not in text


@pytest.mark.parametrize(
    "replay",
    [
        Replay(before=900, after=901, recorded=1, repeated=999),
        Replay(before=900, after=900, recorded=1, repeated=999),
    ],
)
def test_a_replay_that_changes_something_does_not_add_up(story: Story, replay: Replay) -> None:
    """Counted twice is as wrong as lost."""
    assert "IT DOES NOT ADD UP" in shown(replace(story, replay=replay))


def test_without_a_discovery_there_are_no_recommendations(story: Story) -> None:
    """The rest is told all the same, and why there are none."""
    text = shown(replace(story, evening=None))

    assert "Recommended" not in text
    assert "has a genre to discover" in text


def test_what_had_to_be_sent_again_is_told(story: Story) -> None:
    """Only when there was something."""
    assert "sent again: 7 messages" in shown(replace(story, sent_again=7))
    assert "sent again" not in shown(story)
