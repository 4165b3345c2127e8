"""The settle delay: what is to be sent waits, and is sent if it still stands."""

from copy import replace
from typing import Any

import pytest
from ingestion.application.outcome import Disposition
from ingestion.application.record_playback import PlaybackPorts, record_playback
from ingestion.domain.feedback import Opinion
from ingestion.domain.message import Message

from tests.support.builders import (
    NOW_MS,
    PLAYBACK_RULES,
    a_message,
    a_rating,
    a_reaction,
    a_sentiment,
    a_start,
)
from tests.support.fakes import (
    FakePlaybackStates,
    plenty_of_time,
)
from tests.support.feedback_story import FeedbackStory

D = Disposition


def a_story(**rules: Any) -> FeedbackStory:
    """A recorder with a settle delay."""
    settling: dict[str, Any] = {"settle_delay_s": 30}
    return FeedbackStory(**settling | rules)


def told(activity_type: str, second: int, message_id: str | None = None) -> Message:
    """A reaction of one viewer on one item, at a second."""
    body = a_reaction(
        activity_type, activity_id=f"a-{second}", occurred_at_ms=NOW_MS - 60_000 + second * 1000
    )
    return a_message(body, message_id=message_id or f"m-{second}")


def test_a_like_is_held_and_sent_when_the_delay_is_over() -> None:
    """It is archived raw once, counted as settling, and recorded at its second reception."""
    story = a_story()
    assert story.record(told("like", 1)) == [D.SETTLING]
    assert (story.sent(), story.settling.delays_s) == ([], [30])
    assert story.record(*story.settling.held) == [D.RECORDED]
    assert (story.sent(), len(story.activities.batches)) == (["Like"], 1)


def test_a_like_keeps_its_first_arrival() -> None:
    """Row, time and event id are those that it would have had without a delay."""
    late = replace(told("like", 1), arrived_at_ms=NOW_MS - 5)
    waited, at_once = a_story(), a_story(settle_delay_s=0)
    waited.record(late)
    waited.record(*waited.settling.held)
    at_once.record(late)
    [row], [other] = (_rows(each) for each in (waited, at_once))
    assert row == other


def _rows(story: FeedbackStory) -> list[dict[str, Any]]:
    return [row.as_dict("tracker-mark") for row in story.interactions.rows]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_like_taken_back_within_the_delay_is_never_sent(
    swapped: bool,  # noqa: FBT001  -- a case of the test
) -> None:
    """Whichever of the two is delivered first."""
    story = a_story()
    words = [told("like", 1), told("unlike", 2)]
    for word in reversed(words) if swapped else words:
        story.record(word)
    story.record(*story.settling.held)
    assert (story.sent(), story.opinions()) == ([], [Opinion.NONE])


def test_a_like_taken_back_while_it_settles_is_superseded() -> None:
    """The account says what became of it."""
    story = a_story()
    story.record(told("like", 1))
    story.record(told("unlike", 2))
    assert story.record(*story.settling.held) == [D.SUPERSEDED]


def test_a_like_given_again_is_sent_once() -> None:
    """Of like, unlike and like only the last one stands when its delay is over."""
    story = a_story()
    for word in (told("like", 1), told("unlike", 2), told("like", 3)):
        story.record(word)
    assert story.record(*story.settling.held) == [D.SUPERSEDED, D.RECORDED]
    assert story.sent() == ["Like"]


def test_what_earns_nothing_does_not_wait() -> None:
    """Neither a dislike, nor a middling rating, nor what is rejected."""
    story = a_story()
    bodies = [a_reaction("dislike"), a_rating(3.0, activity_id="a-2"), {"kind": "?"}]
    messages = [a_message(body, message_id=f"m-{n}") for n, body in enumerate(bodies)]
    assert story.record(*messages) == [D.NO_INTERACTION, D.NO_INTERACTION, D.REJECTED]
    assert story.settling.held == []


def test_a_copy_is_not_held_twice() -> None:
    """The first message of a telling waits, the copy is superseded."""
    story = a_story()
    assert story.record(told("like", 1), told("like", 1, "copy")) == [D.SETTLING, D.SUPERSEDED]
    assert len(story.settling.held) == 1


def test_what_cannot_be_held_fails_and_is_held_at_the_next_delivery() -> None:
    """Its neighbours settle; nothing is lost and nothing is sent twice."""
    story = a_story()
    liked, other = told("like", 1), _on_another_item("like")
    story.settling.refuses = lambda message: message.id == liked.id
    outcome = story.outcome(liked, other)
    assert [end for _, end in outcome.dispositions] == [D.FAILED, D.SETTLING]
    assert outcome.failed == [liked.id]
    story.settling.refuses = lambda _: False
    story.record(liked)
    story.record(*story.settling.held)
    assert len(story.sent()) == 2


def test_what_is_held_twice_counts_once() -> None:
    """A batch may fail after it was held; its second copy has the same event id."""
    story = a_story()
    story.record(told("like", 1))
    story.record(told("like", 1))
    assert story.record(*story.settling.held) == [D.RECORDED, D.RECORDED]
    assert story.sent() == ["Like"]


def test_a_settled_message_that_failed_comes_again_from_its_own_queue() -> None:
    """The answer names the id that it has there."""
    story = a_story()
    story.record(told("like", 1))
    story.tracker.fails = lambda _: True
    assert story.outcome(*story.settling.held).failed == ["settling-0"]


def test_every_feedback_says_the_same_when_it_comes_again() -> None:
    """What is held is the activity as the producer told it, all its fields included."""
    story = a_story()
    extras = {"impressions": ["a", "b"], "ext": {"any": [1, None]}, "consent": {"state": "granted"}}
    bodies = [
        a_rating(5.0, **extras),
        a_sentiment("POSITIVE", 0.9, 0.02, item_id="item-2", activity_id="a-2"),
    ]
    story.record(*(a_message(body, message_id=body["item_id"]) for body in bodies))
    assert story.record(*story.settling.held) == [D.RECORDED, D.RECORDED]
    assert {row["impressions"][0] for row in _rows(story) if row["impressions"]} == {"a"}


def test_dislikes_are_sent_only_where_asked_for() -> None:
    """As a type of its own, never as a like of little value."""
    plain, asked = a_story(settle_delay_s=0), a_story(settle_delay_s=0, sends_dislikes=True)
    for story in (plain, asked):
        story.record(told("dislike", 1))
    assert (plain.sent(), asked.sent()) == ([], ["Dislike"])
    assert _rows(asked)[0]["event_value"] is None


def test_a_dislike_settles_too_and_may_be_taken_back() -> None:
    """Personalize cannot forget a dislike either."""
    story = a_story(sends_dislikes=True)
    story.record(told("dislike", 1), _on_another_item("dislike"))
    story.record(told("undislike", 2))
    story.record(*story.settling.held)
    assert [each.item_id for each in story.tracker.trained_on.values()] == ["item-2"]


def _on_another_item(activity_type: str) -> Message:
    body = a_reaction(activity_type, item_id="item-2", activity_id="a-of-item-2")
    return a_message(body, message_id="m-of-item-2")


def test_a_disliked_film_that_is_watched_again_is_viewing_and_stays_disliked() -> None:
    """What somebody watched is what they watched; what they said stands until they say else."""
    story = a_story()
    story.record(told("dislike", 1))
    record_playback(
        [a_message(a_start())],
        rules=PLAYBACK_RULES,
        ports=PlaybackPorts(story.recorder, FakePlaybackStates()),
        time_left=plenty_of_time,
    )
    assert (story.sent(), story.opinions()) == (["Click"], [Opinion.DISLIKED])
    story.record(told("undislike", 2))
    assert story.opinions() == [Opinion.NONE]
