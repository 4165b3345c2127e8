"""The demo, small: a day through the deployed functions adds up, and adds nothing when repeated."""

import io

import pytest
from rich.console import Console

from local.demo.fates import Fate
from local.demo.ratings import load_packaged
from local.demo.screen import Screen
from local.demo.story import Story, tell
from local.demo.system import System
from local.stack import LocalStack

# Just enough to train on: 25 users and 1,000 interactions.
VIEWERS, RATINGS_EACH = 40, 18
STACK_NAME = "demo"


@pytest.fixture(scope="module")
def printed() -> io.StringIO:
    """What the demo printed, to no terminal."""
    return io.StringIO()


@pytest.fixture(scope="module")
def story(stack: LocalStack, printed: io.StringIO) -> Story:
    """The whole demo, told once for all tests; its resources end with the local stack."""
    system = System.deploy(stack, STACK_NAME)
    return tell(system, load_packaged(VIEWERS, RATINGS_EACH), Screen(Console(file=printed)))


def test_everything_is_accounted_for(story: Story) -> None:
    """What was sent is archived, and each message has one explained fate."""
    account = story.account

    assert [check for check in account.checks if not check.holds] == []
    assert sum(account.fates.values()) == account.received == account.sent
    assert account.fates[Fate.UNEXPLAINED] == 0
    assert account.fates[Fate.INTERACTION] > 1000


def test_every_imperfection_was_rejected_for_its_reason(story: Story) -> None:
    """By the functions as deployed."""
    for kind in story.account.kinds:
        assert {reason for reason, _ in kind.found} == {kind.expected}


def test_foreign_players_earned_what_native_ones_would(story: Story) -> None:
    """In each dialect, and in everything that carries several messages."""
    *tellings, others = story.account.tellings

    for telling in tellings:
        assert telling.found == telling.expected
        assert telling.by_type["Click"] == 4
    assert others.others > 0


def test_comments_were_read(story: Story) -> None:
    """By the local Amazon Comprehend; those that were written, with every sentiment."""
    assert {label for label, _ in story.account.comments} == {
        "POSITIVE",
        "NEGATIVE",
        "MIXED",
        "NEUTRAL",
    }


def test_the_same_day_once_more_changes_nothing(story: Story) -> None:
    """Not one interaction more to train on, though all of them were sent again."""
    assert story.replay.changed_nothing
    assert story.replay.repeated > 1000


def test_three_films_change_what_is_recommended(story: Story) -> None:
    """Ten unseen films before and after, and they are not the same."""
    evening = story.evening

    assert evening is not None
    before = evening.discovery.candidate.shown
    assert len(before) == len(evening.after) == 10
    assert before != evening.after
    assert not set(evening.discovery.films) & set(evening.after)


def test_where_nobody_looks_each_stage_is_a_line(story: Story, printed: io.StringIO) -> None:
    """Plain text, with the time it took."""
    lines = printed.getvalue().splitlines()

    assert story.adds_up
    assert len(lines) == 8
    assert all(" s  " in line for line in lines)
