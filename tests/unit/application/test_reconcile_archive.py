"""Every message of an hour is explained by what it left behind, or it is named."""

import json
from collections.abc import Callable
from copy import replace
from typing import Any

import pytest
from ingestion.domain.conservation import End, FailedBatch, HourAccount
from ingestion.domain.message import Message
from ingestion.domain.metadata_record import MetadataRecord, derive_metadata
from ingestion.ports import ArchiveSection

from local.demo.imperfections import aggregated
from tests.support.archive_story import (
    HOUR,
    LONG_AFTER_MS,
    METADATA_QUEUE,
    RECORDER,
    RULES,
    ArchiveStory,
)
from tests.support.builders import (
    NOW_MS,
    PLAYBACK_RULES,
    THRESHOLDS,
    a_comment,
    a_message,
    a_playback,
    a_rating,
    a_reaction,
    a_start,
    progress,
    totals,
)
from tests.support.fakes import FakeArchiveReader, FakeSentimentDetector
from tests.support.feedback_story import FeedbackStory
from tests.support.metadata import METADATA_RULES, a_profile
from tests.support.playback_story import PlaybackStory

type Rows = list[dict[str, Any]]

INTERACTIONS = (ArchiveSection.INTERACTIONS, HOUR)
REJECTIONS = (ArchiveSection.REJECTIONS, HOUR)
ACTIVITIES = (ArchiveSection.ACTIVITIES, HOUR)
WATCHING = a_playback(
    activity_id="a-2",
    totals=totals(60.0),
    before=progress(20.0),
    position_s=60.0,
    elapsed_ms=60_000,
)
DENIED = {"consent": {"state": "denied"}}


def on_stream(number: int, body: Any, *, later_ms: int = 0) -> Message:
    return replace(a_message(body, message_id=str(1000 + number)), arrived_at_ms=NOW_MS + later_ms)


def in_queue(name: str, body: Any, *, later_ms: int = 0, queue: str = "feedback") -> Message:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(name, queue, content, NOW_MS + later_ms)


def changed(story: ArchiveStory, place: Any, change: Callable[[Rows], Rows]) -> FakeArchiveReader:
    reader = story.reader()
    reader.partitions[place] = change(reader.partitions[place])
    return reader


def an_hour() -> ArchiveStory:
    """One message of each kind."""
    story = ArchiveStory()
    story.watch(
        on_stream(1, a_start()),
        on_stream(2, WATCHING),
        on_stream(3, a_playback(activity_id="a-3")),
        on_stream(4, a_playback(activity_id="a-3")),
        on_stream(5, a_playback(activity_id="a-5", **DENIED)),
        on_stream(6, b"{"),
        on_stream(7, {"type": "page", "anonymousId": "guest-1"}),
        on_stream(8, b"\xff\xfe"),
    )
    story.say(in_queue("f-1", a_reaction()), in_queue("f-2", a_reaction("share")))
    return story


def test_an_hour_is_explained() -> None:
    """Each message has one end, and together they are what was received."""
    account = an_hour().account()
    assert account.ends == {
        End.RECORDED: 3,
        End.NO_INTERACTION: 3,
        End.SUPERSEDED: 1,
        End.REJECTED: 3,
    }
    assert (account.received, account.holds, account.duplicates) == (10, True, 0)


@pytest.mark.parametrize("place", [INTERACTIONS, REJECTIONS])
def test_whatever_is_lost_is_named(place: Any) -> None:
    """Any one row or rejection that is missing leaves one message unexplained."""
    story = an_hour()
    for at in range(len(story.reader().partitions[place])):
        account = story.account(
            changed(story, place, lambda rows, at=at: rows[:at] + rows[at + 1 :])
        )
        assert not account.holds
        assert account.ends[End.UNEXPLAINED] == len(account.unexplained) == 1
        assert account.received == sum(account.ends.values()) == 10


def test_a_name_says_where_and_not_what() -> None:
    """Origin and id, so that somebody may look."""
    story = ArchiveStory()
    story.watch(on_stream(1, a_start()))
    account = story.account(changed(story, INTERACTIONS, lambda _: []))
    assert account.unexplained == ("shardId-000000000000/1001",)


def test_a_hundred_are_named() -> None:
    """A lost hour does not fill the log."""
    story = ArchiveStory()
    story.archive(*(on_stream(n, a_start(playback_id=f"p-{n}")) for n in range(120)))
    account = story.account()
    assert (account.ends, len(account.unexplained)) == ({End.UNEXPLAINED: 120}, 100)


def test_a_row_that_only_raises_is_missed_too() -> None:
    """The nightly build takes the highest version."""
    story = ArchiveStory()
    story.watch(
        on_stream(
            1,
            a_playback(
                type="pause",
                totals=totals(80.0),
                before=progress(60.0),
                elapsed_ms=90_000,
                position_s=80.0,
            ),
        )
    )
    assert story.ends() == {End.RECORDED: 1}
    assert story.ends(changed(story, INTERACTIONS, lambda _: [])) == {End.UNEXPLAINED: 1}


def test_a_row_must_say_rightly_whether_to_send() -> None:
    """A row that is not to be sent tells of no interaction."""
    story = ArchiveStory()
    story.watch(on_stream(1, a_start()))
    archive = changed(story, INTERACTIONS, lambda rows: [row | {"to_send": False} for row in rows])
    assert story.account(archive).holds is False


@pytest.mark.parametrize("place", [INTERACTIONS, REJECTIONS, ACTIVITIES])
def test_what_is_stored_twice_counts_once(place: Any) -> None:
    """Rows and rejections come at least once; activities stand twice beside a conflict."""
    story = an_hour()
    account = story.account(changed(story, place, lambda rows: [*rows, rows[0]]))
    assert (account.received, account.holds, account.duplicates) == (10, True, 1)
    assert account.ends == story.ends()


def test_a_batch_may_reach_into_later_hours() -> None:
    """Its activities lie with its first message, their rows and rejections in their own hours."""
    story = ArchiveStory()
    hour_ms = 3_600_000
    late = a_start(playback_id="p-2", activity_id="a-2", occurred_at_ms=NOW_MS + hour_ms)
    story.watch(
        on_stream(1, a_start()),
        on_stream(2, late, later_ms=hour_ms),
        on_stream(3, b"{", later_ms=2 * hour_ms),
    )
    now_ms = LONG_AFTER_MS + 2 * hour_ms
    assert story.ends(now_ms=now_ms) == {End.RECORDED: 2, End.REJECTED: 1}
    assert story.account(hour=HOUR.plus(1), now_ms=now_ms).received == 0
    later = (ArchiveSection.INTERACTIONS, HOUR.plus(1))
    account = story.account(changed(story, later, lambda _: []), now_ms=now_ms)
    assert account.unexplained == ("shardId-000000000000/1002",)


def test_what_is_young_has_time() -> None:
    """Archive and recorder are two readers; the second may be behind."""
    story = ArchiveStory()
    heartbeat = a_playback(activity_id="a-2")
    story.archive(on_stream(1, a_start()), on_stream(2, b"{"), on_stream(3, heartbeat))
    young = story.ends(now_ms=NOW_MS + RULES.settled_after_s * 1000 - 1)
    assert young == {End.SETTLING: 2, End.NO_INTERACTION: 1}
    old = story.ends(now_ms=NOW_MS + RULES.settled_after_s * 1000)
    assert old == {End.UNEXPLAINED: 2, End.NO_INTERACTION: 1}


def test_what_lies_in_a_failed_batch_has_failed() -> None:
    """Also with its rows: the archive goes first, and who knows what was sent."""
    story = ArchiveStory()
    story.watch(on_stream(1, a_start()))
    story.archive(on_stream(2, a_start(playback_id="p-2")), on_stream(3, [a_start(), a_start()]))
    story.failed.failed = (FailedBatch(RECORDER, "shardId-000000000000", 1001, 1003),)
    assert story.ends() == {End.FAILED: 4}


@pytest.mark.parametrize(
    "batch",
    [
        FailedBatch("archive-activity", "shardId-000000000000", 1001, 1002),
        FailedBatch(RECORDER, "shardId-000000000001", 1001, 1002),
        FailedBatch(RECORDER, "shardId-000000000000", 1002, 1003),
    ],
)
def test_another_failed_batch_explains_nothing(batch: FailedBatch) -> None:
    """Of another function, another shard or another stretch of it."""
    story = ArchiveStory()
    story.archive(on_stream(1, a_start()))
    story.failed.failed = (batch,)
    assert story.ends() == {End.UNEXPLAINED: 1}


def test_what_personalize_refused_is_rejected_although_it_has_a_row() -> None:
    """The archive goes first here as well."""
    story = ArchiveStory(PlaybackStory(refuses=lambda each: each.item_id == "item-2"))
    story.watch(on_stream(1, a_start()), on_stream(2, a_start(playback_id="p-2", item_id="item-2")))
    assert story.ends() == {End.RECORDED: 1, End.REJECTED: 1}


@pytest.mark.parametrize("watch_ratio", [0.3, 0.8])
def test_a_changed_threshold_raises_no_alarm(watch_ratio: float) -> None:
    """Rows that today's rules would not make show that others held; the rest is unproven.

    One playback reaches 60 of 100 seconds, another stays at 40.
    """
    story = ArchiveStory()
    at_40 = {"totals": totals(40.0), "before": progress(20.0), "elapsed_ms": 60_000}
    at_60 = {"totals": totals(60.0), "before": progress(40.0), "elapsed_ms": 60_000}
    at_85 = {"totals": totals(85.0), "before": progress(60.0), "elapsed_ms": 90_000}
    story.watch(
        on_stream(1, a_playback(playback_id="p-1", activity_id="a-1", **at_40)),
        on_stream(2, a_playback(playback_id="p-1", activity_id="a-2", **at_60)),
        on_stream(3, a_playback(playback_id="p-1", activity_id="a-3", **at_85)),
        on_stream(4, a_playback(playback_id="p-2", activity_id="a-4", **at_40)),
    )
    changed_rules = replace(PLAYBACK_RULES, thresholds=replace(THRESHOLDS, watch_ratio=watch_ratio))
    account = story.account(rules=replace(RULES, playback=changed_rules))
    assert account.has_other_rules
    assert account.holds
    assert account.ends[End.RECORDED] == 1
    assert account.ends[End.UNPROVEN] == (2 if watch_ratio < 0.5 else 1)
    assert not story.account().has_other_rules


def test_a_lost_click_is_missed_whatever_the_thresholds() -> None:
    """No setting decides whether content began to play."""
    story = ArchiveStory()
    story.watch(on_stream(2, WATCHING))
    story.archive(on_stream(1, a_start(playback_id="p-2")))
    changed_rules = replace(PLAYBACK_RULES, thresholds=replace(THRESHOLDS, watch_ratio=0.8))
    account = story.account(rules=replace(RULES, playback=changed_rules))
    assert account.has_other_rules
    assert account.unexplained == ("shardId-000000000000/1001",)


def test_messages_in_a_shared_record_are_accounted_for_one_by_one() -> None:
    """A list, and an aggregate; each has its own row or rejection."""
    story = ArchiveStory()
    starts = [a_start(playback_id=f"p-{n}", activity_id=f"a-{n}") for n in range(3)]
    record = aggregated("user-1", [json.dumps(start).encode() for start in starts])
    story.watch(
        on_stream(1, [a_start(activity_id="a-9"), {"kind": "nothing"}]),
        on_stream(2, record),
        on_stream(3, b"[]"),
    )
    assert story.ends() == {End.RECORDED: 4, End.REJECTED: 2}


def test_a_comment_on_the_stream_takes_no_neighbour_with_it() -> None:
    """Its words are cut out of what carried it; what was beside it must have a row."""
    story = ArchiveStory()
    bodies = [json.dumps(a_start()).encode(), json.dumps(a_comment("text")).encode(), b'"comment"']
    story.watch(on_stream(1, aggregated("user-1", bodies)))
    assert story.ends() == {End.RECORDED: 1, End.REJECTED: 2}
    lost = changed(story, INTERACTIONS, lambda _: [])
    assert story.account(lost).unexplained == ("shardId-000000000000/1001.0",)


UNREADABLE = b'{"kind": "comment", "text": words'


@pytest.mark.parametrize("place", ["stream", "queue"])
def test_what_is_redacted_as_a_whole_must_have_been_rejected(place: str) -> None:
    """Nobody could read it, and so could no recorder."""
    story = ArchiveStory()
    if place == "stream":
        story.watch(on_stream(1, UNREADABLE))
    else:
        story.say(in_queue("f-1", UNREADABLE))
    assert story.reader().partitions[ACTIVITIES][0]["body"].startswith('{"redacted_bytes"')
    assert story.ends() == {End.REJECTED: 1}
    assert story.ends(changed(story, REJECTIONS, lambda _: [])) == {End.UNEXPLAINED: 1}


def test_of_a_list_that_is_redacted_as_a_whole_something_was_rejected() -> None:
    """The recorder cuts lists that nobody can read: what else there was in it is not known."""
    story = ArchiveStory()
    comment, start = (json.dumps(each).encode() for each in (a_comment("text"), a_start()))
    story.watch(on_stream(1, b"[" + comment + b"," + start + b', "\xff"]'))
    assert story.reader().partitions[ACTIVITIES][0]["body"].startswith('{"redacted_bytes"')
    assert story.ends() == {End.UNPROVEN: 1}
    assert story.ends(changed(story, REJECTIONS, lambda _: [])) == {End.UNEXPLAINED: 1}


def test_a_like_that_was_taken_back_is_superseded() -> None:
    """Its row was never made, and the later word explains it; one arrived in the next hour."""
    story = ArchiveStory(feedback=FeedbackStory(settle_delay_s=30))
    hour_ms = 3_600_000
    like = a_reaction(activity_id="a-1", occurred_at_ms=NOW_MS)
    unlike = a_reaction("unlike", activity_id="a-2", occurred_at_ms=NOW_MS + hour_ms)
    story.say(in_queue("f-1", like))
    story.say(in_queue("f-2", unlike, later_ms=hour_ms))
    story.say(*story.feedback.settling.held)
    assert story.ends() == {End.SUPERSEDED: 1}
    assert story.ends(hour=HOUR.plus(1)) == {End.NO_INTERACTION: 1}


def test_a_like_that_settled_is_recorded_in_the_hour_of_its_arrival() -> None:
    """Whenever it was sent."""
    story = ArchiveStory(feedback=FeedbackStory(settle_delay_s=30))
    story.say(in_queue("f-1", a_reaction()))
    story.say(*story.feedback.settling.held)
    assert story.ends() == {End.RECORDED: 1}


@pytest.mark.parametrize(
    "other",
    [
        a_reaction("unlike", activity_id="a-0", occurred_at_ms=NOW_MS - 60_000),
        a_reaction("unlike", activity_id="a-2", item_id="item-2"),
        a_reaction("unlike", activity_id="a-2", user_id="user-2"),
        a_comment(activity_id="a-2", occurred_at_ms=NOW_MS, **DENIED),
        a_rating(3.0, activity_id="a-2", occurred_at_ms=NOW_MS),
        {"kind": "nothing"},
    ],
)
def test_another_word_does_not_explain_a_lost_like(other: Any) -> None:
    """An earlier one, one of somebody else, on something else, or of no opinion."""
    story = ArchiveStory()
    story.say(in_queue("f-1", a_reaction()), in_queue("f-2", other))
    archive = changed(story, INTERACTIONS, lambda rows: [r for r in rows if r["item_id"] == "x"])
    assert story.account(archive).unexplained == ("feedback/f-1",)


def test_a_later_comment_may_have_overtaken_a_like() -> None:
    """Its words are gone, so nobody can tell; a later unlike beside it can."""
    story = ArchiveStory()
    story.say(in_queue("f-1", a_reaction()))
    story.say(in_queue("f-2", a_comment(activity_id="a-2", occurred_at_ms=NOW_MS)))
    lost = changed(story, INTERACTIONS, lambda _: [])
    assert story.ends(lost) == {End.UNPROVEN: 2}
    story.say(in_queue("f-3", a_reaction("unlike", activity_id="a-3", occurred_at_ms=NOW_MS)))
    story.say(in_queue("f-4", a_comment(activity_id="a-4", occurred_at_ms=NOW_MS)))
    lost = changed(story, INTERACTIONS, lambda _: [])
    assert story.ends(lost) == {End.SUPERSEDED: 1, End.UNPROVEN: 2, End.NO_INTERACTION: 1}


def test_comments_are_proved_by_their_rows_alone() -> None:
    """With their words redacted; a broken one is rejected all the same."""
    story = ArchiveStory(feedback=FeedbackStory(detector=FakeSentimentDetector()))
    broken = a_comment(activity_id="a-3")
    del broken["item_id"]
    story.say(
        in_queue("f-1", a_comment("good", activity_id="a-1")),
        in_queue("f-2", a_comment("so so", activity_id="a-2", item_id="item-2")),
        in_queue("f-3", broken),
        in_queue("f-4", b'["text\\u0041", {"text": "words"}]'),
        in_queue("f-5", b'{"text": words'),
        in_queue("f-6", {"kind": "comment", "ext": {"redacted_bytes": 4}}),
    )
    assert "redacted_bytes" in story.reader().partitions[ACTIVITIES][0]["body"]
    assert story.ends() == {End.RECORDED: 1, End.UNPROVEN: 1, End.REJECTED: 4}


def test_where_nobody_reads_comments_they_earn_nothing() -> None:
    """Nor do they overtake a like; and a row of one shows that it was otherwise."""
    story = ArchiveStory(feedback=FeedbackStory(detector=FakeSentimentDetector()))
    story.say(
        in_queue("f-1", a_reaction()),
        in_queue("f-2", a_comment("so so", activity_id="a-2", occurred_at_ms=NOW_MS)),
    )
    unread = replace(RULES, reads_comments=False)
    assert story.ends(rules=unread) == {End.RECORDED: 1, End.NO_INTERACTION: 1}
    lost = changed(story, INTERACTIONS, lambda _: [])
    assert story.ends(lost, rules=unread) == {End.UNEXPLAINED: 1, End.NO_INTERACTION: 1}
    story.say(in_queue("f-3", a_comment("good", activity_id="a-3", item_id="item-3")))
    assert story.account(rules=unread).has_other_rules


def test_metadata_is_proved_by_what_stands() -> None:
    """Of each user and item the latest stands; a message that is not it was overtaken."""
    story = ArchiveStory()
    told = [
        in_queue("m-1", a_profile(occurred_at_ms=NOW_MS - 3000), queue=METADATA_QUEUE),
        in_queue("m-2", a_profile(occurred_at_ms=NOW_MS - 2000), queue=METADATA_QUEUE),
        in_queue("m-3", a_profile(**DENIED), queue=METADATA_QUEUE),
    ]
    story.archive(*told)
    assert story.ends() == {End.UNEXPLAINED: 2, End.NO_INTERACTION: 1}
    assert story.ends(now_ms=NOW_MS)[End.SETTLING] == 2
    for message in told[:2]:
        record = derive_metadata(message, METADATA_RULES)
        assert isinstance(record, MetadataRecord)
        story.metadata.store.decide(record)
    assert story.ends() == {End.RECORDED: 1, End.SUPERSEDED: 1, End.NO_INTERACTION: 1}


def test_metadata_of_which_an_older_record_stands_is_lost() -> None:
    """It should have replaced it."""
    story = ArchiveStory()
    message = in_queue("m-1", a_profile(occurred_at_ms=NOW_MS - 3000), queue=METADATA_QUEUE)
    record = derive_metadata(message, METADATA_RULES)
    assert isinstance(record, MetadataRecord)
    story.metadata.store.decide(replace(record, occurred_at_ms=NOW_MS - 3001))
    story.archive(message)
    assert story.account().unexplained == (f"{METADATA_QUEUE}/m-1",)


def test_broken_metadata_must_have_been_rejected() -> None:
    """As everything else that is broken."""
    story = ArchiveStory()
    story.archive(in_queue("m-1", {"kind": "profile"}, queue=METADATA_QUEUE))
    assert story.ends() == {End.UNEXPLAINED: 1}


def test_what_lies_in_a_dead_letter_queue_has_failed() -> None:
    """It waits to be given back; a comment as well, of which nobody could tell otherwise."""
    story = ArchiveStory()
    story.archive(
        in_queue("f-1", a_reaction()),
        in_queue("f-2", a_comment("redacted", activity_id="a-2")),
        in_queue("f-3", a_reaction(activity_id="a-3")),
        in_queue("m-1", a_profile(), queue=METADATA_QUEUE),
    )
    story.dead_letters.dead = ("f-1", "f-2", "m-1", "of another hour")
    assert story.ends() == {End.FAILED: 3, End.UNEXPLAINED: 1}


def test_nobody_looks_into_dead_letters_for_the_stream() -> None:
    """Nor where nothing is missing: to look hides a message from others for a moment."""
    story = an_hour()
    story.archive(on_stream(9, a_start(playback_id="p-9")))
    assert story.ends()[End.UNEXPLAINED] == 1
    assert story.dead_letters.looks == 0


def test_an_account_that_does_not_add_up_does_not_hold() -> None:
    """The sum is checked, and not assumed."""
    assert HourAccount(HOUR, 2, {End.RECORDED: 2}).holds
    assert not HourAccount(HOUR, 3, {End.RECORDED: 2}).holds
