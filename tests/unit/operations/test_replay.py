"""Replay: what the archive has, once more, in order, whole, and the same however it was cut."""

import json
from collections.abc import Sequence
from copy import replace
from functools import partial
from typing import Any

import pytest
from ingestion.application.deriving import derive_all
from ingestion.application.record_feedback import derive_feedback
from ingestion.application.recording import RecorderPorts
from ingestion.domain.archive import activity_row
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.errors import TransientError
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.ports import ArchiveSection

from local.demo.tellers import segment
from operations.memory import NoRejections
from operations.players import FeedbackPlayer, FunctionPlayer, NoPlayer, PlaybackPlayer, Player
from operations.ports import Redriven
from operations.replay import Period, Replay, Told, archived, told_by
from operations.tally import Tally
from tests.support.builders import (
    FEEDBACK_RULES,
    NOW_MS,
    PLAYBACK_RULES,
    a_comment,
    a_reaction,
    a_start,
)
from tests.support.fakes import FakeArchiveReader, FakeEventTracker, FakeInteractionArchive
from tests.support.metadata import a_profile
from tests.support.operations import (
    FakeClock,
    FakeFrontDoor,
    FakeJournal,
    FakeProgress,
    a_delivery,
    ids_of,
)
from tests.support.performances import PLAY, Performance

HOUR = Hour.of(NOW_MS)
HOUR_MS = 3_600_000
STARTS_MS = HOUR.starts_at_s * 1000
SHARD = "shardId-000000000000"
VIEWING = Performance("V1", 5400, (PLAY, ("watch", 5000)))
ALL = Period(STARTS_MS - 50 * HOUR_MS, STARTS_MS + 50 * HOUR_MS, 0)


def a_message(body: object, number: int, at_ms: int, origin: str = SHARD) -> Message:
    return Message(str(number), origin, json.dumps(body).encode(), at_ms)


class World:
    """An archive, and players whose results can be looked at."""

    def __init__(self, *messages: Message, settle_delay_s: int = 30) -> None:
        partitions: dict[Any, list[Any]] = {}
        for message in messages:
            hour = Hour.of(message.arrived_at_ms)
            partitions.setdefault((ArchiveSection.ACTIVITIES, hour), []).append(
                activity_row(message)
            )
        self.reader = FakeArchiveReader(partitions)
        self.journal = FakeJournal()
        self.tracker = FakeEventTracker()
        self.archive = FakeInteractionArchive()
        self.rules = replace(FEEDBACK_RULES, settle_delay_s=settle_delay_s)

    def players(self) -> dict[Told, Player]:
        recorder = RecorderPorts(self.tracker, self.archive, NoRejections(), 2)
        rules = replace(PLAYBACK_RULES, dialects=DialectRules(segment_visit_field="anonymousId"))
        return {
            Told.PLAYBACK: PlaybackPlayer(rules, recorder, FakeClock()),
            Told.FEEDBACK: FeedbackPlayer(self.rules, self.archive),
            Told.METADATA: NoPlayer(),
        }

    def replay(self, period: Period = ALL, *, again: bool = False, is_dry: bool = False) -> Tally:
        replay = Replay(self.reader, self.journal, self.players(), "mode", again, is_dry)
        tally = replay.run(period, FakeProgress())
        assert tally.found == tally.ends.total()
        return tally

    @property
    def rows(self) -> set[tuple[str, str, int]]:
        """What is in the archive of interactions, each once."""
        interactions = (row.interaction for row in self.archive.rows)
        return {(str(i.event_type), i.event_id, i.version) for i in interactions}

    @property
    def types(self) -> list[str]:
        return sorted(kind for kind, _, _ in self.rows)


def a_viewing() -> list[Message]:
    """Moments of one playback, over more than an hour."""
    told = VIEWING.told(segment)
    began_ms = STARTS_MS - 5_100_000
    return [
        a_message(body, number, began_ms + number * 5_100_000 // len(told))
        for number, body in enumerate(told)
    ]


def counted(tally: Tally) -> dict[str, int]:
    return {str(end): number for end, number in tally.ends.items() if number}


def read(world: World, period: Period = ALL) -> dict[Hour, Sequence[Message]]:
    return dict(archived(world.reader, world.journal, period))


def test_what_was_archived_early_is_read_in_its_hour() -> None:
    """A batch lies in the hour of its first message."""
    world = World(a_message({}, 1, STARTS_MS - 1), a_message({}, 3, STARTS_MS + 5))
    late = a_message({}, 2, STARTS_MS + 1)
    world.reader.partitions[ArchiveSection.ACTIVITIES, HOUR.plus(-1)].append(activity_row(late))
    assert {hour: ids_of(found) for hour, found in read(world).items()} == {
        HOUR.plus(-1): ["1"],
        HOUR: ["2", "3"],
    }


def test_messages_come_in_the_order_of_their_shard() -> None:
    """Sequence numbers are numbers; what is stored twice comes once."""
    at_ms = STARTS_MS + 1
    world = World(*(a_message({}, n, at_ms) for n in (10, 9, 9, 100)))
    assert ids_of(read(world)[HOUR]) == ["9", "10", "100"]


def test_what_was_mended_comes_too() -> None:
    """The archive has it only as it came."""
    bad = a_message(a_start(debug=True), 1, NOW_MS)
    good = a_message(a_start(), 1, NOW_MS)
    world = World(bad)
    world.journal.note(HOUR, [Redriven("rejection", "r-1", good.digest, activity_row(good))])
    world.journal.note(HOUR, [Redriven("rejection", "r-2", "", {"id": "2"})])
    assert [message.body for message in read(world)[HOUR]] == [good.body]
    assert counted(world.replay()) == {"recorded": 1}


def test_a_mended_element_is_played_beside_its_carrier() -> None:
    """Which still has it as it came, under the same id."""
    carrier = a_message([a_start(activity_id="a-2"), a_start(debug=True)], 1, NOW_MS)
    good = replace(a_message(a_start(playback_id="p-2"), 1, NOW_MS), id="1.1")
    world = World(carrier)
    world.journal.note(HOUR, [Redriven("rejection", "r-1", good.digest, activity_row(good))])
    assert counted(world.replay()) == {"recorded": 2, "rejected": 1}
    assert world.types == ["Click", "Click"]


@pytest.mark.parametrize(
    ("body", "origin", "told"),
    [
        ({}, SHARD, Told.PLAYBACK),
        (a_reaction(), "feedback", Told.FEEDBACK),
        (a_profile(), "metadata", Told.METADATA),
        ([], "feedback", Told.FEEDBACK),
    ],
)
def test_who_plays_a_message_is_told_by_it(body: object, origin: str, told: Told) -> None:
    """Queues may have had other names."""
    assert told_by(a_message(body, 1, NOW_MS, origin)) is told


def test_a_foreign_playback_is_folded_anew() -> None:
    """Over hours, from the beginning, whatever is remembered elsewhere."""
    world = World(*a_viewing())
    tally = world.replay()
    assert world.types[:3] == ["Click", "Complete", "Watch"]
    assert set(world.tracker.trained_on) == {event_id for _, event_id, _ in world.rows}
    assert tally.found == len(a_viewing())


def test_a_replay_that_broke_off_ends_as_one_that_did_not() -> None:
    """The hours that are done are rehearsed, so their moments are not missing."""
    whole, broken = World(*a_viewing()), World(*a_viewing())
    whole.replay()
    broken.journal.dies_after = 1
    with pytest.raises(KeyboardInterrupt):
        broken.replay()
    broken.journal.dies_after = None
    tally = broken.replay()
    assert broken.rows == whole.rows
    assert broken.tracker.trained_on.keys() == whole.tracker.trained_on.keys()
    assert tally.found == len(a_viewing())
    assert counted(broken.replay()) == {"skipped": len(a_viewing())}


def test_a_playback_that_began_before_is_folded_whole() -> None:
    """The lead-in is rehearsed and neither counted nor sent."""
    whole, later = World(*a_viewing()), World(*a_viewing())
    whole.replay()
    tally = later.replay(Period(STARTS_MS - HOUR_MS // 2, STARTS_MS + HOUR_MS, 3 * HOUR_MS))
    assert 0 < tally.found < len(a_viewing())
    assert later.rows < whole.rows
    assert "Complete" in later.types


def test_again_is_again() -> None:
    """With the same rows and no other event."""
    world = World(*a_viewing())
    world.replay()
    before = world.rows
    assert "skipped" not in counted(world.replay(again=True))
    assert world.rows == before


def test_a_dry_run_leaves_no_note() -> None:
    """The next run plays everything."""
    world = World(*a_viewing())
    world.replay(is_dry=True)
    assert not world.journal.count


def test_what_fails_for_a_while_is_played_in_the_end() -> None:
    """Personalize may be throttled in between."""
    world = World(a_message(a_start(), 1, NOW_MS))
    world.tracker.fails = lambda _: len(world.tracker.calls) < 3
    assert counted(world.replay()) == {"recorded": 1}


def test_what_fails_ends_the_run_and_its_hour_is_not_done() -> None:
    """So the next run begins with it."""
    world = World(a_message(a_start(), 1, NOW_MS), a_message(a_start(), 2, NOW_MS + HOUR_MS))
    world.tracker.fails = lambda _: True
    assert counted(world.replay()) == {"failed": 1}
    assert not world.journal.count


def feedback(*told: tuple[int, dict[str, Any]]) -> list[Message]:
    """Feedback by the second in which it came."""
    return [
        a_message(
            body | {"activity_id": f"a-{n}", "occurred_at_ms": STARTS_MS + at_s * 1000},
            n,
            STARTS_MS + at_s * 1000,
            "feedback",
        )
        for n, (at_s, body) in enumerate(told)
    ]


@pytest.mark.parametrize(
    ("taken_back_at_s", "likes"), [(10, []), (29, []), (31, ["Like"]), (4000, ["Like"])]
)
def test_a_like_settles_on_the_clock_of_the_archive(taken_back_at_s: int, likes: list[str]) -> None:
    """Taken back within the settle delay it is nothing, later it was sent already."""
    world = World(*feedback((0, a_reaction()), (taken_back_at_s, a_reaction("unlike"))))
    tally = world.replay()
    assert world.types == likes
    assert tally.found == 2


def test_likes_that_settle_over_a_break_are_counted_once() -> None:
    """The hour of the like is done when the hour in which it settles is not."""
    told = feedback((3595, a_reaction()), (3700, a_reaction("dislike", item_id="other")))
    world = World(*told)
    world.journal.dies_after = 1
    with pytest.raises(KeyboardInterrupt):
        world.replay()
    world.journal.dies_after = None
    world.archive.rows.clear()
    assert counted(world.replay()) == {"skipped": 1, "no_interaction": 1}
    assert world.types == ["Like"]


def test_words_that_are_gone_are_counted_and_metadata_makes_no_row() -> None:
    """Neither is lost in silence."""
    redacted = a_comment({"redacted_bytes": 3})
    world = World(
        a_message(redacted, 1, NOW_MS, "feedback"), a_message(a_profile(), 2, NOW_MS, "metadata")
    )
    assert counted(world.replay()) == {"unfixable": 1, "no_interaction": 1}


def test_an_outage_of_the_archive_ends_the_run() -> None:
    """Nothing is noted as done."""
    world = World(a_message(a_start(), 1, NOW_MS))
    world.archive.is_down = True
    with pytest.raises(TransientError):
        world.replay()
    assert not world.journal.count


def test_feedback_goes_through_its_function_when_events_are_sent() -> None:
    """What it would reject again, or cannot read any more, is not handed over."""
    messages = [
        *feedback((0, a_reaction())),
        a_message(a_reaction(debug=True), 7, NOW_MS, "feedback"),
        a_message(a_comment({"redacted_bytes": 3}), 8, NOW_MS, "feedback"),
    ]
    door, tally = FakeFrontDoor(), Tally()
    player = FunctionPlayer("record_feedback", _foresee, a_delivery(door))
    player.play(messages, tally)
    player.finish(tally)
    assert door.taken == [("record_feedback", "0")]
    assert counted(tally) == {"redriven": 1, "rejected": 1, "unfixable": 1}
    dry = Tally()
    FunctionPlayer("record_feedback", _foresee, None).play(messages, dry)
    assert counted(dry) == counted(tally)


def _foresee(message: Message) -> Any:
    batch = derive_all([message], partial(derive_feedback, rules=FEEDBACK_RULES))
    return next(iter(batch.rejections), None)
