"""Redriving rejections, failed batches and dead letters: once each, and the account adds up."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ingestion.adapters.kinesis import messages_in
from ingestion.domain.dialects.detection import understand
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.domain.parsing import ReceivedActivity
from ingestion.domain.redacting import without_words
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.ports import ArchiveSection

from operations.dead_letters import DeadLetter, DeadLetterQueue, DeadLetterRedrive
from operations.envelopes import record_of
from operations.failed_batches import FailedBatchRedrive
from operations.fixes import Fix, fixes_in
from operations.foresight import foresight
from operations.rejections import Redrive, Selection, hours_of_rejections
from operations.rows import StoredRejection, is_redacted, message_of, whole_body
from operations.tally import End, Tally
from tests.support.builders import NOW_MS, WINDOW, a_comment, a_playback, a_reaction, a_start
from tests.support.fakes import FakeArchiveReader
from tests.support.operations import (
    FakeDeadLetters,
    FakeFailedBatches,
    FakeFrontDoor,
    FakeJournal,
    FakeProgress,
    a_delivery,
    rejection_row,
)
from tests.support.playback_story import PlaybackStory
from tests.support.variables import FEEDBACK, METADATA, PLAYBACK, RECORDER

HOUR = Hour.of(NOW_MS)
SHARD = "shardId-000000000000"
ENVIRONMENT = {
    **RECORDER,
    **PLAYBACK,
    **FEEDBACK,
    **METADATA,
    "USERS_DATASET_ARN": "arn:aws:personalize:::dataset/group/USERS",
    "ITEMS_DATASET_ARN": "arn:aws:personalize:::dataset/group/ITEMS",
}
DEBUG = fixes_in(b'{"when": {}, "then": [{"op": "remove", "path": "/debug"}]}')


def a_rejected(body: object, message_id: str = "1", *, origin: str = SHARD) -> Rejection:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    message = Message(message_id, origin, content, NOW_MS)
    return Rejection(message, RejectionReason.SCHEMA, "extra_forbidden: playback")


class World:
    """An archive of rejections, and who may be given what."""

    def __init__(self, *rows: Mapping[str, Any]) -> None:
        self.reader = FakeArchiveReader({(ArchiveSection.REJECTIONS, HOUR): list(map(dict, rows))})
        self.journal = FakeJournal()
        self.door = FakeFrontDoor()

    def redrive(
        self,
        fixes: Sequence[Fix] = (),
        *,
        again: bool = False,
        is_dry: bool = False,
        **selected: Any,
    ) -> Tally:
        delivery = None if is_dry else a_delivery(self.door)
        redrive = Redrive(
            self.journal, lambda case: foresight(case, ENVIRONMENT), delivery, fixes, again
        )
        hours = hours_of_rejections(self.reader, self.journal, Selection(**selected))
        tally = redrive.run(list(hours), FakeProgress())
        assert tally.found == tally.ends.total()
        return tally


def counted(tally: Tally) -> dict[str, int]:
    return {str(end): number for end, number in tally.ends.items() if number}


def test_what_is_mended_is_given_back_once() -> None:
    """The second run finds it in the journal."""
    world = World(rejection_row(a_rejected(a_playback(debug=True))))
    assert counted(world.redrive(DEBUG)) == {"redriven": 1}
    assert counted(world.redrive(DEBUG)) == {"skipped": 1}
    assert counted(world.redrive()) == {"skipped": 1}
    assert counted(world.redrive(DEBUG, again=True)) == {"redriven": 1}
    assert world.door.taken == [("record_playback", "1")] * 2


def test_it_is_given_back_as_it_arrived() -> None:
    """Shard, sequence number and arrival of then; so it is dated as of then."""
    body = a_playback(sent_at_ms=NOW_MS)
    world = World(rejection_row(a_rejected(body)))
    world.redrive()
    ((record,),) = world.door.deliveries
    assert record["eventID"] == f"{SHARD}:1"
    assert record["kinesis"]["approximateArrivalTimestamp"] == NOW_MS / 1000


def test_what_would_be_rejected_again_is_not_sent() -> None:
    """The rules foretell it; the reason is told, no value of it."""
    world = World(rejection_row(a_rejected(a_playback(debug=True))))
    tally = world.redrive()
    assert counted(tally) == {"unfixable": 1}
    assert tally.details == {"unfixable: schema: extra_forbidden: playback": 1}
    assert not world.door.deliveries


def test_a_dry_run_touches_nothing() -> None:
    """And tells what would be."""
    world = World(
        rejection_row(a_rejected(a_playback(debug=True))), rejection_row(a_rejected(b"{", "2"))
    )
    assert counted(world.redrive(DEBUG, is_dry=True)) == {"redriven": 1, "unfixable": 1}
    assert not world.door.deliveries
    assert not world.journal.count


def test_words_that_were_left_behind_are_counted() -> None:
    """Nobody can bring them back."""
    queue = "feedback"
    comment = json.dumps(a_comment("so good", debug=True)).encode()
    redacted = without_words(Message("1", queue, comment, NOW_MS)).body
    broken = without_words(Message("2", queue, b'{"text": "so', NOW_MS)).body
    rows = (
        rejection_row(a_rejected(body, str(number), origin=queue), "record_feedback")
        for number, body in enumerate((redacted, broken))
    )
    tally = World(*rows).redrive(DEBUG)
    assert tally.details == {"unfixable: the words were left behind": 2}


def test_a_message_of_a_queue_goes_back_to_its_function() -> None:
    """With the id and the time of sending that it had."""
    row = rejection_row(a_rejected(a_reaction(), "m-7", origin="feedback"), "record_feedback")
    world = World(row)
    assert counted(world.redrive()) == {"redriven": 1}
    ((record,),) = world.door.deliveries
    assert world.door.taken == [("record_feedback", "m-7")]
    assert record["attributes"] == {"SentTimestamp": str(NOW_MS)}
    assert record["eventSourceARN"].endswith(":feedback")


@pytest.mark.parametrize(
    "selected",
    [
        {"reasons": ["clock"]},
        {"details": ["missing"]},
        {"recorded_by": "record_feedback"},
        {"from_ms": NOW_MS + 1},
        {"to_ms": NOW_MS},
    ],
)
def test_only_what_is_selected_is_found(selected: dict[str, Any]) -> None:
    """Everything else is not even counted."""
    world = World(rejection_row(a_rejected(a_start())))
    assert world.redrive(**selected).found == 0


def test_a_repeated_rejection_is_one() -> None:
    """A second delivery was rejected again, in another object."""
    row = rejection_row(a_rejected(a_start()))
    assert World(row, row).redrive().found == 1


def test_the_mended_body_is_kept_for_a_replay() -> None:
    """The archive of the stream has only the one that came."""
    world = World(rejection_row(a_rejected(a_playback(debug=True))))
    world.redrive(DEBUG)
    (note,) = world.journal.done(HOUR)
    assert json.loads(message_of(note.row).body) == a_playback()


def test_what_fails_is_for_the_next_run() -> None:
    """Its neighbours are noted, it is not."""
    world = World(*(rejection_row(a_rejected(a_start(), str(n))) for n in range(3)))
    world.door.wants_again = lambda each: each == "1"
    assert counted(world.redrive()) == {"redriven": 2, "failed": 1}
    world.door.wants_again = lambda _: False
    assert counted(world.redrive()) == {"redriven": 1, "skipped": 2}


def test_an_element_brings_the_time_of_its_batch_along() -> None:
    """By itself it would be dated by the client's clock."""
    call = {"type": "track", "event": "Video Content Started", "context": {"own": 1}}
    common = b'{"sentAt": "2026-11-24T06:40:00Z", "context": {"own": 2, "shared": 3}}'
    message = Message("1.0", SHARD, json.dumps(call).encode(), NOW_MS, common=common)
    whole = json.loads(whole_body(message))
    assert whole == {**call, "sentAt": "2026-11-24T06:40:00Z", "context": {"own": 1, "shared": 3}}
    assert whole_body(Message("1.0", SHARD, b"{", NOW_MS, common=common)) == b"{"


def test_an_element_is_dated_by_the_time_of_its_batch() -> None:
    """From its rejection to what the recorder understands of it when it is given back."""
    call = {
        "type": "track",
        "event": "Video Content Started",
        "messageId": "s-1",
        "anonymousId": "visit-1",
        "userId": "undefined",
        "timestamp": "2026-11-24T05:00:00Z",
        "properties": {"session_id": "p-1", "asset_id": "film-1", "position": 0},
    }
    # The client's clock is an hour slow; that it sent this ten seconds later is true all the same.
    batch = {"batch": [call], "sentAt": "2026-11-24T05:00:10Z"}
    story = PlaybackStory()
    story.record(Message("1", SHARD, json.dumps(batch).encode(), NOW_MS))
    (rejection,) = story.rejections.rejections.values()
    row = rejection_row(rejection) | {"common": rejection.message.common.decode()}
    world = World(row)
    world.redrive(
        fixes_in(b'{"when": {}, "then": [{"op": "set", "path": "/userId", "value": "u"}]}')
    )
    ((record,),) = world.door.deliveries
    (message,) = messages_in({"Records": [record]})
    received = understand(message, WINDOW, DialectRules(segment_visit_field="anonymousId"))
    assert isinstance(received, ReceivedActivity)
    assert received.occurred_at_ms == NOW_MS - 10_000


@pytest.mark.parametrize(
    ("body", "redacted"),
    [
        (b'{"text": {"redacted_bytes": 3}}', True),
        (b'{"redacted_bytes": 3}', True),
        (b'[{"a": {"text": {"redacted_bytes": 3}}}]', True),
        (b'{"ext": {"text": {"redacted_bytes": 3}}}', False),
        (b'{"text": "redacted_bytes"}', False),
        (b'"redacted_bytes', False),
    ],
)
def test_a_gap_is_told_from_what_is_there(body: bytes, *, redacted: bool) -> None:
    """`ext` is the producer's own."""
    assert is_redacted(body) is redacted


def test_a_row_becomes_the_message_that_it_was() -> None:
    """Bytes that are no text too."""
    rejection = a_rejected(b"\xff\x00")
    stored = StoredRejection.of(rejection_row(rejection))
    assert stored.message == rejection.message
    assert stored.id == rejection.id


def an_invocation(function: str, *ids: str, as_text: bool = False) -> bytes:
    records = [record_of(Message(each, SHARD, b"{}", NOW_MS)) for each in ids]
    event: Any = {"Records": records}
    context = {"functionArn": f"arn:aws:lambda:::function:{function}", "condition": "Age"}
    payload = json.dumps(event) if as_text else event
    return json.dumps({"requestContext": context, "payload": payload}).encode()


class FailedWorld:
    """Failed batches, in one hour."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = objects
        self.journal = FakeJournal()
        self.door = FakeFrontDoor()

    def redrive(self, *, is_dry: bool = False, again: bool = False) -> Tally:
        known = {"playback": "record_playback", "archive": "archive_activity"}
        redrive = FailedBatchRedrive(
            FakeFailedBatches(self.objects, HOUR),
            self.journal,
            lambda arn: known.get(arn.rpartition(":")[2]),
            None if is_dry else a_delivery(self.door),
            again,
        )
        tally = redrive.run(FakeProgress())
        assert tally.found == tally.ends.total()
        return tally


@pytest.mark.parametrize("as_text", [False, True])
def test_a_failed_batch_goes_back_once(*, as_text: bool) -> None:
    """Whether its event is stored as JSON or as text."""
    world = FailedWorld(a=an_invocation("playback", "1", "2", as_text=as_text))
    assert counted(world.redrive(is_dry=True)) == {"redriven": 2}
    assert not world.door.deliveries
    assert counted(world.redrive()) == {"redriven": 2}
    assert counted(world.redrive()) == {"skipped": 2}
    assert counted(world.redrive(again=True)) == {"redriven": 2}


def test_a_batch_of_the_archiver_stays_whole() -> None:
    """A hundred and one records would be two events for anybody else."""
    ids = [str(n) for n in range(101)]
    world = FailedWorld(a=an_invocation("archive", *ids), b=an_invocation("playback", *ids))
    assert counted(world.redrive()) == {"redriven": 202}
    assert [len(records) for records in world.door.deliveries] == [101, 100, 1]


def test_a_batch_that_fails_in_part_comes_again() -> None:
    """All of it, which does no harm; it is noted when it was taken whole."""
    world = FailedWorld(a=an_invocation("playback", "1", "2"))
    world.door.wants_again = lambda each: each == "2"
    assert counted(world.redrive()) == {"redriven": 1, "failed": 1}
    world.door.wants_again = lambda _: False
    assert counted(world.redrive()) == {"redriven": 2}


def test_only_functions_of_the_stack_are_invoked() -> None:
    """What lies in a bucket chooses no function."""
    world = FailedWorld(a=an_invocation("stranger", "1"), b=b"{}", c=b"[]", d=b"{")
    tally = world.redrive()
    assert counted(tally) == {"unfixable": 4}
    assert not world.door.deliveries


def letters(*ids: str, source: str = "feedback") -> list[DeadLetter]:
    return [
        DeadLetter(f"receipt-{each}", record_of(Message(each, source, b"{}", NOW_MS)))
        for each in ids
    ]


def test_dead_letters_are_deleted_when_they_were_taken() -> None:
    """What was not taken is there again for the next run."""
    queue = DeadLetterQueue("https://sqs/dead", "record_feedback", "arn:feedback")
    waiting = [*letters(*map(str, range(12))), *letters("s", source="settling")]
    fake = FakeDeadLetters(waiting)
    door = FakeFrontDoor(wants_again=lambda each: each == "3")
    dry = DeadLetterRedrive(fake, None).run([queue], FakeProgress())
    assert counted(dry) == {"redriven": 13}
    assert len(fake.waiting) == 13

    tally = DeadLetterRedrive(fake, a_delivery(door)).run([queue], FakeProgress())
    assert counted(tally) == {"redriven": 12, "failed": 1}
    assert [each.receipt for each in fake.waiting] == ["receipt-3"]
    assert not fake.in_flight
    sources = [{record["eventSourceARN"] for record in records} for records in door.deliveries]
    assert all(len(found) == 1 for found in sources)


def test_the_account_says_what_is_left_behind() -> None:
    """That is the exit status."""
    tally = Tally()
    tally.count(End.REDRIVEN, 3)
    assert not tally.left_behind
    tally.count(End.FAILED)
    tally.count(End.UNFIXABLE, 2, detail="why")
    assert (tally.found, tally.left_behind) == (6, 3)
