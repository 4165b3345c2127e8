"""The whole story of a batch of the queue: verdicts, likes, and what is never sent."""

from itertools import permutations
from typing import Any

import pytest
from ingestion.application.outcome import Disposition
from ingestion.domain.errors import TransientError
from ingestion.domain.feedback import Opinion
from ingestion.domain.message import Message
from ingestion.domain.rejection import RejectionReason

from tests.support.builders import (
    NOW_MS,
    a_message,
    a_rating,
    a_reaction,
    a_sentiment,
    a_start,
)
from tests.support.fakes import (
    FakeEventTracker,
)
from tests.support.feedback_story import FeedbackStory
from tests.support.playback_story import ends

D = Disposition


def told(activity_type: str, second: int) -> Message:
    """A reaction of one viewer on one item, at a second."""
    body = a_reaction(
        activity_type, activity_id=f"a-{second}", occurred_at_ms=NOW_MS - 60_000 + second * 1000
    )
    return a_message(body, message_id=f"m-{second}")


def test_a_like_is_recorded_and_stands() -> None:
    """One interaction, one row, one verdict, and the raw feedback in the archive."""
    story = FeedbackStory()
    assert ends(story.outcome(told("like", 1))) == [D.RECORDED]
    assert [i.event_type for i in story.tracker.trained_on.values()] == ["Like"]
    assert [v.opinion for v in story.verdicts.verdicts.values()] == [Opinion.LIKED]
    assert len(story.activities.batches) == len(story.interactions.rows) == 1


@pytest.mark.parametrize(
    "body",
    [
        a_reaction("dislike"),
        a_reaction("not_interested"),
        a_rating(0.5),
        a_sentiment("NEGATIVE", 0.0, 0.95),
    ],
)
def test_negative_feedback_is_archived_and_kept_but_never_sent(body: dict[str, Any]) -> None:
    """Personalize would take it as praise."""
    story = FeedbackStory()
    assert ends(story.outcome(a_message(body))) == [D.NO_INTERACTION]
    assert [v.opinion for v in story.verdicts.verdicts.values()] == [Opinion.DISLIKED]
    assert story.tracker.calls == []
    assert len(story.activities.batches) == 1


def test_feedback_without_a_clear_word_changes_nothing() -> None:
    """A middling rating is neither a like nor a verdict."""
    story = FeedbackStory()
    assert ends(story.outcome(a_message(a_rating(3.0)))) == [D.NO_INTERACTION]
    assert story.verdicts.verdicts == {}


@pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
@pytest.mark.parametrize("in_one_batch", [True, False])
def test_the_last_word_stands_in_every_order_of_delivery(
    order: tuple[int, ...],
    in_one_batch: bool,  # noqa: FBT001  -- a case of the test
) -> None:
    """Like, dislike, undislike: whatever comes first, the opinion ends as taken back."""
    story = FeedbackStory()
    words = [told("like", 1), told("dislike", 2), told("undislike", 3)]
    delivered = [words[index] for index in order]
    for batch in [delivered] if in_one_batch else [[word] for word in delivered]:
        story.outcome(*batch)
    assert [v.opinion for v in story.verdicts.verdicts.values()] == [Opinion.NONE]


def test_a_like_that_is_taken_back_in_its_batch_is_not_sent() -> None:
    """The earlier word is superseded."""
    story = FeedbackStory()
    assert ends(story.outcome(told("like", 1), told("unlike", 2))) == [
        D.SUPERSEDED,
        D.NO_INTERACTION,
    ]
    assert story.tracker.calls == []


def test_a_late_like_does_not_undo_a_later_dislike() -> None:
    """What the store already knows to be overtaken earns nothing."""
    story = FeedbackStory()
    story.outcome(told("dislike", 5))
    assert ends(story.outcome(told("like", 1))) == [D.SUPERSEDED]
    assert story.tracker.calls == []


def test_a_like_that_failed_is_sent_at_the_next_delivery() -> None:
    """Its own verdict, kept at the first delivery, does not stand in its way."""
    story = FeedbackStory(FakeEventTracker(fails=lambda _: True))
    assert ends(story.outcome(told("like", 1))) == [D.FAILED]
    story.tracker.fails = lambda _: False
    assert ends(story.outcome(told("like", 1))) == [D.RECORDED]


def test_a_copy_in_a_batch_is_superseded() -> None:
    """The same word twice is one like."""
    story = FeedbackStory()
    copy = a_message(told("like", 1).body, message_id="copy")
    outcome = story.outcome(told("like", 1), copy)
    assert (ends(outcome), outcome.recorded) == ([D.RECORDED, D.SUPERSEDED], 1)


def test_poison_and_playbacks_in_the_queue_are_rejected() -> None:
    """Each with its reason, and the neighbour is recorded."""
    story = FeedbackStory()
    outcome = story.outcome(
        a_message(b"{", message_id="poison"),
        a_message(a_start(), message_id="playback"),
        told("like", 1),
    )
    assert ends(outcome) == [D.REJECTED, D.REJECTED, D.RECORDED]
    assert outcome.rejections == {RejectionReason.JSON: 1, RejectionReason.SCHEMA: 1}


def test_what_consent_forbids_leaves_no_verdict() -> None:
    """A viewer's no is kept by the recorder too."""
    story = FeedbackStory()
    denied = a_message(a_reaction(consent={"state": "denied"}))
    assert ends(story.outcome(denied)) == [D.NO_INTERACTION]
    assert (story.verdicts.verdicts, story.tracker.calls) == ({}, [])


def test_a_store_of_verdicts_that_is_down_fails_the_batch() -> None:
    """Nothing is sent on an opinion that may be overtaken."""
    story = FeedbackStory()
    story.verdicts.is_down = True
    with pytest.raises(TransientError):
        story.outcome(told("like", 1))
    assert story.tracker.calls == []
