"""What people say: a like, a dislike, something taken back, or nothing."""

from typing import Any

import pytest
from ingestion.domain.feedback import Judgement, Opinion, Verdict, judge, verdict_of
from ingestion.domain.parsing import ReceivedActivity, is_feedback, parse_activity

from tests.support.builders import (
    FEEDBACK_THRESHOLDS,
    NOW_MS,
    WINDOW,
    a_message,
    a_rating,
    a_reaction,
    a_sentiment,
)


def received(body: dict[str, Any]) -> ReceivedActivity[Any]:
    result = parse_activity(a_message(body), WINDOW)
    assert isinstance(result, ReceivedActivity)
    assert is_feedback(result)
    return result


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (a_reaction("like"), Judgement(Opinion.LIKED, 1.0)),
        (a_reaction("unlike"), Judgement(Opinion.NONE)),
        (a_reaction("dislike"), Judgement(Opinion.DISLIKED)),
        (a_reaction("undislike"), Judgement(Opinion.NONE)),
        (a_reaction("not_interested"), Judgement(Opinion.DISLIKED)),
        (a_rating(5.0), Judgement(Opinion.LIKED, 1.0)),
        (a_rating(4.0), Judgement(Opinion.LIKED, 0.7778)),
        (a_rating(3.5), None),
        (a_rating(1.5), Judgement(Opinion.DISLIKED)),
        (a_rating(-1, -1, 1), Judgement(Opinion.DISLIKED)),
        (a_sentiment("POSITIVE", 0.9, 0.05), Judgement(Opinion.LIKED, 0.85)),
        (a_sentiment("POSITIVE", 0.55, 0.05), None),
        (a_sentiment("POSITIVE", 0.62, 0.38), None),
        (a_sentiment("NEGATIVE", 0.05, 0.9), Judgement(Opinion.DISLIKED)),
        (a_sentiment("NEGATIVE", 0.38, 0.62), None),
        (a_sentiment("NEUTRAL", 0.7, 0.1), None),
        (a_sentiment("MIXED", 0.1, 0.7), None),
    ],
)
def test_judgement(body: dict[str, Any], expected: Judgement | None) -> None:
    """Only clear words count, on the scale on which they were said."""
    assert judge(received(body).activity, FEEDBACK_THRESHOLDS) == expected


def test_a_verdict_says_who_what_and_when() -> None:
    """A verdict is a judgement with its viewer, item, time and activity."""
    verdict = verdict_of(received(a_reaction("dislike")), Judgement(Opinion.DISLIKED))
    assert verdict == Verdict("user:user-1", "item-1", Opinion.DISLIKED, NOW_MS - 2000, "a-1")


def test_no_judgement_is_no_verdict() -> None:
    """Who says nothing clear leaves the standing verdict alone."""
    assert verdict_of(received(a_rating(3.0)), None) is None
