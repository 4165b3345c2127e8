"""What was to be sent, against what Personalize holds."""

from typing import Any

from ingestion.application.comparing import (
    Comparison,
    by_content,
    by_event_id,
    compare_with_held,
)
from ingestion.domain.conservation import digest
from ingestion.ports import ArchiveSection

from tests.support.archive_story import HOUR, RULES, ArchiveStory
from tests.support.builders import NOW_MS, a_message, a_reaction, a_start
from tests.support.fakes import FakeEventTracker
from tests.support.feedback_story import FeedbackStory
from tests.support.playback_story import PlaybackStory


def three_starts(**tracker: Any) -> ArchiveStory:
    story = ArchiveStory(PlaybackStory(**tracker))
    bodies = [
        a_start(playback_id=f"p-{n}", activity_id=f"a-{n}", item_id=f"item-{n}") for n in range(3)
    ]
    story.watch(*(a_message(body, message_id=str(n)) for n, body in enumerate(bodies)))
    return story


def held_ids(story: ArchiveStory) -> set[int]:
    return {digest(event_id) for event_id in story.playback.tracker.trained_on}


def compare(story: ArchiveStory, held: set[int], naming: Any = by_event_id) -> Comparison:
    return compare_with_held([HOUR], archive=story.reader(), held=held, naming=naming, rules=RULES)


def test_all_that_was_sent_is_held() -> None:
    """By event id, which nobody else knows."""
    story = three_starts()
    assert compare(story, held_ids(story)) == Comparison(3, 0, (), 0, 0)


def test_what_is_not_held_is_named() -> None:
    """By its event id; what is held beside it is counted."""
    story = three_starts()
    lost, *_ = story.playback.tracker.trained_on
    held = (held_ids(story) - {digest(lost)}) | {digest("of somebody else")}
    assert compare(story, held) == Comparison(3, 0, (lost,), 0, 1)


def test_what_was_refused_is_not_expected() -> None:
    """Its message is a rejection, which names the type of the interaction."""
    story = three_starts(refuses=lambda each: each.item_id == "item-1")
    assert compare(story, held_ids(story)) == Comparison(2, 1, (), 0, 0)


def test_a_refused_like_is_not_expected() -> None:
    """The same for the queue."""
    tracker = FakeEventTracker(refuses=lambda each: each.item_id == "item-2")
    story = ArchiveStory(feedback=FeedbackStory(tracker))
    likes = [a_reaction(), a_reaction(activity_id="a-2", item_id="item-2")]
    story.say(*(a_message(like, message_id=f"f-{n}") for n, like in enumerate(likes)))
    for batch in story.feedback.rejections.rejections.values():
        assert batch.reason == "personalize_invalid"
    reader = story.reader()
    for row in reader.partitions[ArchiveSection.REJECTIONS, HOUR]:
        row["origin"] = "feedback"
    held = {digest(event_id) for event_id in tracker.trained_on}
    comparison = compare_with_held(
        [HOUR], archive=reader, held=held, naming=by_event_id, rules=RULES
    )
    assert comparison == Comparison(1, 1, (), 0, 0)


def test_other_rejections_excuse_nothing() -> None:
    """Nor does one that today's rules can make nothing of."""
    story = three_starts()
    reader = story.reader()
    row = {"origin": "shardId-0", "id": "9", "arrived_at_ms": NOW_MS, "detail": "Click"}
    reader.partitions[ArchiveSection.REJECTIONS, HOUR] = [
        row | {"reason": "schema", "body": "{"},
        row | {"reason": "personalize_invalid", "body": "{"},
    ]
    comparison = compare_with_held(
        [HOUR], archive=reader, held=set(), naming=by_event_id, rules=RULES
    )
    assert len(comparison.missing) == 3


def test_an_export_is_compared_by_content() -> None:
    """User, item, type and second; who has no user is in no export yet; raised rows never."""
    story = three_starts()
    guest = a_start(playback_id="p-9", activity_id="a-9", user_id=None, guest_id="guest-1")
    story.watch(a_message(guest, message_id="9"))
    reader = story.reader()
    rows = reader.partitions[ArchiveSection.INTERACTIONS, HOUR]
    rows.append(rows[0] | {"to_send": False, "version": 2})
    happened_s = (NOW_MS - 2000) // 1000
    held = {digest("user-1", f"item-{n}", "Click", happened_s) for n in range(3)}
    comparison = compare_with_held(
        [HOUR], archive=reader, held=held, naming=by_content, rules=RULES
    )
    assert comparison == Comparison(3, 0, (), 1, 0)
