"""What the points of a foreign player owe is told by their playback, and missed when it is lost."""

from copy import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.application.refolding import Owed, is_lost
from ingestion.domain.conservation import End, FailedBatch
from ingestion.domain.message import Message
from ingestion.domain.moment import Moment
from ingestion.domain.playback import EventType, PlaybackType
from ingestion.domain.playback_state import MAX_PLAYBACKS, Playback, PlaybackState
from ingestion.ports import ArchiveSection

from local.demo.tellers import segment
from tests.support.archive_story import HOUR, LONG_AFTER_MS, RECORDER, RULES, ArchiveStory
from tests.support.builders import NOW_MS, PLAYBACK_RULES, THRESHOLDS, a_message
from tests.support.fakes import FakeArchiveReader
from tests.support.performances import FOREIGN, PLAY, Performance

HOUR_MS = 3_600_000
VIEWING = Performance("V1", 100, (PLAY, ("watch", 60)))
OTHER = Performance("V2", 100, (PLAY, ("watch", 20)))


def points(
    viewing: Performance = VIEWING, *, first: int = 1000, later_ms: int = 0, teller: Any = segment
) -> list[Message]:
    """The messages of a viewing, in order; they arrive at one time."""
    return [
        replace(a_message(body, message_id=str(first + n)), arrived_at_ms=NOW_MS + later_ms)
        for n, body in enumerate(viewing.told(teller))
    ]


def without(story: ArchiveStory, event_type: str) -> FakeArchiveReader:
    """The archive after the rows of a type were lost."""
    reader = story.reader()
    for (section, _), rows in reader.partitions.items():
        if section is ArchiveSection.INTERACTIONS:
            rows[:] = [row for row in rows if row["event_type"] != event_type]
    return reader


def test_a_point_with_a_row_is_recorded_and_the_others_earn_nothing() -> None:
    """As their playback says, and not as they say."""
    story = ArchiveStory()
    story.watch(*points())
    ends = story.ends()
    assert set(ends) == {End.RECORDED, End.NO_INTERACTION}
    assert story.account().holds


@pytest.mark.parametrize("event_type", ["Click", "Watch"])
def test_a_lost_row_of_a_point_is_named(event_type: str) -> None:
    """By the point that brought it."""
    story = ArchiveStory()
    story.watch(*points())
    account = story.account(without(story, event_type))
    assert account.ends[End.UNEXPLAINED] == 1
    assert len(account.unexplained) == 1
    assert account.received == sum(account.ends.values())


def test_points_that_never_came_to_their_playback_are_missed() -> None:
    """Archived, and lost by the recorder: all of them, or the last ones."""
    lost, half = ArchiveStory(), ArchiveStory()
    told = points()
    lost.archive(*told)
    assert lost.ends()[End.UNEXPLAINED] == 2  # where it began, and where it was watched
    half.watch(*told[:3])
    half.archive(*told[3:])
    assert half.ends()[End.UNEXPLAINED] == 1


def test_points_have_time_and_may_be_set_aside() -> None:
    """Then their playback owes nothing yet."""
    story = ArchiveStory()
    story.archive(*points())
    young = story.ends(now_ms=NOW_MS + RULES.settled_after_s * 1000 - 1)
    assert set(young) == {End.SETTLING}
    story.failed.failed = (FailedBatch(RECORDER, "shardId-000000000000", 1000, 2000),)
    assert set(story.ends()) == {End.FAILED}


def test_a_playback_is_folded_over_the_hours_before() -> None:
    """What it reaches in the second hour is owed by the second hour, and by no other."""
    story = ArchiveStory()
    told = points()
    later = [replace(each, arrived_at_ms=each.arrived_at_ms + HOUR_MS) for each in told[3:]]
    story.watch(*told[:3])
    story.watch(*later)
    lost = without(story, "Watch")
    now_ms = LONG_AFTER_MS + 2 * HOUR_MS
    assert story.account(lost, now_ms=now_ms).holds
    second = story.account(lost, hour=HOUR.plus(1), now_ms=now_ms)
    assert second.ends[End.UNEXPLAINED] == 1
    assert story.account(hour=HOUR.plus(1), now_ms=now_ms).holds


def test_what_began_long_before_was_earned_there() -> None:
    """A tab that was left open: its first rows lie in hours that nobody reads for this one."""
    story = ArchiveStory()
    told = points()
    later = [replace(each, arrived_at_ms=each.arrived_at_ms + 9 * HOUR_MS) for each in told[4:]]
    story.watch(*told[:4])
    story.watch(*later)
    now_ms = LONG_AFTER_MS + 10 * HOUR_MS
    account = story.account(hour=HOUR.plus(9), now_ms=now_ms)
    assert account.holds
    assert not account.ends.get(End.UNPROVEN, 0)


def test_a_lowered_threshold_accuses_no_playback() -> None:
    """The recorder had all points, and by the rules of its day they earned nothing."""
    story = ArchiveStory()
    story.watch(*points(OTHER))
    lower = replace(PLAYBACK_RULES, thresholds=replace(THRESHOLDS, watch_ratio=0.1))
    account = story.account(rules=replace(RULES, playback=lower))
    assert account.holds
    assert account.ends[End.UNPROVEN] == 1


def test_a_state_without_room_proves_nothing() -> None:
    """It remembers the newest playbacks of a visit: this one may have had to go."""
    seen = Playback((Moment("m-1", PlaybackType.PLAY, 0, 0),))
    owed = Owed(points()[0], 1, "key", "p-1", EventType.CLICK, 1, seen)
    full = PlaybackState("key", playbacks={str(n): seen for n in range(MAX_PLAYBACKS)})
    assert is_lost(owed, full) is None
    empty = PlaybackState("key", playbacks={"p-2": seen})
    assert is_lost(owed, empty) is True


def test_several_losses_of_a_point_count_once() -> None:
    """At the end of a film xAPI tells all that was played: watched, and complete."""
    story = ArchiveStory()
    seen = Performance("V3", 100, (PLAY, ("watch", 95), ("end",)))
    story.archive(points(seen, teller=FOREIGN["xapi"])[-1])
    account = story.account()
    assert account.ends == {End.UNEXPLAINED: 1}
    assert len(account.unexplained) == 1


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[Message]]:
    """Two viewings, told by one dialect, in batches; some come twice and some out of order."""
    teller = FOREIGN[draw(st.sampled_from(sorted(FOREIGN)))]
    seconds = draw(st.sampled_from([5, 30, 60, 95]))
    steps = (PLAY, ("watch", seconds), ("pause", 3), PLAY, ("watch", 4), ("end",))
    told = [
        *points(Performance("A", 100, steps), teller=teller),
        *points(Performance("B", None, steps), first=2000, teller=teller),
    ]
    batches: list[list[Message]] = []
    while told:
        size = draw(st.integers(min_value=1, max_value=8))
        batches.append(told[:size])
        told = told[size:]
    return draw(st.permutations(batches))


@given(deliveries())
def test_whatever_the_batches_nothing_is_unexplained(batches: list[list[Message]]) -> None:
    """The account folds an hour in its own batches, and finds what the recorder left."""
    story = ArchiveStory()
    for batch in batches:
        story.watch(*batch)
    account = story.account()
    assert account.holds
    assert not account.ends.get(End.UNPROVEN, 0)


@given(deliveries(), st.data())
def test_whatever_is_lost_of_playbacks_is_seen(
    batches: list[list[Message]], data: st.DataObject
) -> None:
    """All rows of one interaction go: its playback misses it."""
    story = ArchiveStory()
    for batch in batches:
        story.watch(*batch)
    reader = story.reader()
    rows = reader.partitions.get((ArchiveSection.INTERACTIONS, HOUR), [])
    sent = sorted({row["event_id"] for row in rows if row["to_send"]})
    if sent:
        lost = data.draw(st.sampled_from(sent))
        rows[:] = [row for row in rows if row["event_id"] != lost]
        assert not story.account(reader).holds
