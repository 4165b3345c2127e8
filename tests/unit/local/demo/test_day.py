"""A day of viewing: it ended now, nothing in it is refused, and all kinds of people are in it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from ingestion.application.deriving import Derived
from ingestion.application.record_feedback import derive_feedback
from ingestion.application.record_playback import derive_playback

from local.comprehend.sentiment import judge
from local.demo.day import DAY_MS, Told, whole_day
from local.demo.opinions import comments
from tests.support.builders import FEEDBACK_RULES, NOW_MS, PLAYBACK_RULES, a_message
from tests.unit.local.demo.people import people


@pytest.fixture(scope="module")
def day() -> Sequence[Told]:
    """The day of thirty viewers."""
    return whole_day(people(), NOW_MS)


def activities(day: Sequence[Told], **fields: Any) -> list[dict[str, Any]]:
    return [
        told.activity
        for told in day
        if all(told.activity.get(key) == value for key, value in fields.items())
    ]


def derived(activity: dict[str, Any]) -> Derived:
    """What the rules make of an activity; an error if they reject it."""
    message = a_message(activity)
    if activity["kind"] == "playback":
        result = derive_playback(message, PLAYBACK_RULES)
    else:
        result = derive_feedback(message, FEEDBACK_RULES)
    assert isinstance(result, Derived)
    return result


def test_nothing_is_rejected(day: Sequence[Told]) -> None:
    """A day without imperfections is one without rejections."""
    for told in day:
        derived(told.activity)


def test_it_lasts_a_day_and_ended_now(day: Sequence[Told]) -> None:
    """In order of time, none of it older than a day or in the future."""
    times = [told.at_ms for told in day]

    assert times == sorted(times)
    assert times[0] >= NOW_MS - DAY_MS
    assert times[-1] <= NOW_MS + 60_000


def test_the_same_day_is_made_every_time(day: Sequence[Told]) -> None:
    """Later it is the same day, only later."""
    later = whole_day(people(), NOW_MS + 5000)

    assert [told.activity["activity_id"] for told in later] == [
        told.activity["activity_id"] for told in day
    ]
    assert [told.at_ms - 5000 for told in later] == [told.at_ms for told in day]


def test_activity_ids_are_unique(day: Sequence[Told]) -> None:
    """Only a client that sends again repeats one."""
    counts = Counter(told.activity["activity_id"] for told in day)

    assert counts.most_common(1)[0][1] == 1


def test_a_guest_signs_in_within_a_visit(day: Sequence[Told]) -> None:
    """One visit is told of by a guest first, and then by a user."""
    visits: dict[str, list[bool]] = {}
    for told in day:
        visits.setdefault(told.activity["visit_id"], []).append("user_id" in told.activity)

    assert sum(not signed_in[0] and signed_in[-1] for signed_in in visits.values()) == 1
    assert any(not any(signed_in) for signed_in in visits.values())


def test_denied_consent_earns_nothing(day: Sequence[Told]) -> None:
    """Neither does the browser's signal."""
    private = [
        each for each in activities(day) if each.get("consent", {}).get("state") == "denied"
    ] + [each for each in activities(day) if each.get("consent", {}).get("gpc")]

    assert private
    assert not any(derived(each).rows for each in private)


def test_a_wrong_clock_is_corrected_by_the_time_of_sending(day: Sequence[Told]) -> None:
    """Hours off by the device's clock, right by the source's."""
    wrong = [told for told in day if "sent_at_ms" in told.activity]

    assert wrong
    for told in wrong:
        assert abs(told.activity["occurred_at_ms"] - told.at_ms) >= 3_600_000
        assert derived(told.activity).received.occurred_at_ms == told.at_ms


def test_some_visits_come_from_recommendations(day: Sequence[Told]) -> None:
    """They name the recommendation and what it showed, the item itself among it."""
    led = [each for each in activities(day) if "recommendation_id" in each]

    assert led
    assert all(each["item_id"] in each["impressions"] for each in led)


def test_all_kinds_of_feedback_occur(day: Sequence[Told]) -> None:
    """Stars, likes, second thoughts, dislikes."""
    types = {each["type"] for each in activities(day, kind="feedback")}

    assert types == {"rating", "like", "unlike", "dislike"}


def test_comments_are_sent_in_their_words(day: Sequence[Told]) -> None:
    """Each in the name of somebody who rated the film so; what is felt in it nobody says."""
    sent = activities(day, kind="comment")

    assert {each["text"] for each in sent} == {comment.text for comment in comments()}
    assert not any("sentiment" in each for each in sent)


def test_comments_come_in_two_languages_with_all_sentiments() -> None:
    """Half a dozen, English and Spanish, of each sentiment that there is."""
    written = comments()

    assert {each.language for each in written} == {"en", "es"}
    assert {judge(each.text, each.language).label for each in written} == {
        "POSITIVE",
        "NEGATIVE",
        "NEUTRAL",
        "MIXED",
    }
