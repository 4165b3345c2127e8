"""F32, F35 to F47: deliveries that repeat, overlap, pause or end, and what stands around them."""

import base64
import itertools
import json
import time
from collections.abc import Callable
from copy import replace
from functools import partial
from typing import Any, cast

import pytest
from ingestion.domain.rejection import RejectionReason

from local.event_source_mappings.destinations import Destination
from local.event_source_mappings.envelopes import event
from local.event_source_mappings.responses import Verdict, read_response
from local.http_faults import Fault, Kind, error_reply
from operations.tally import End
from tests.faults.conftest import Metrics
from tests.faults.pumped import Pumped, told_by
from tests.faults.redriving import FAILED_BATCHES, redrive
from tests.faults.shard import (
    Shard,
    once_there_were,
    starts,
    template,
    viewers,
)
from tests.faults.world import REPOSITORY, World
from tests.support.builders import NOW_MS, a_message, a_reaction
from tests.support.functions import trained_on
from tests.support.playback_story import PlaybackStory
from tests.support.s3 import keys_in
from tests.support.variables import FEEDBACK, PLAYBACK


def test_f32_a_fault_of_ours_on_one_record() -> None:
    """It is stored as an internal error, to be replayed, and its neighbours are sent."""
    story = PlaybackStory()
    good = [a_message(body, message_id=body["user_id"]) for body in starts(2)]
    broken = replace(a_message({}, message_id="broken"), body=cast("bytes", None))
    outcome = story.record(good[0], broken, good[1])
    (rejection,) = story.rejections.rejections.values()
    assert outcome.failed == []
    assert rejection.reason is RejectionReason.INTERNAL_ERROR
    assert rejection.message == broken
    assert {each.user_id for each in story.tracker.trained_on.values()} == set(viewers(2))


def test_f35_rejections_cannot_be_stored(world: World, recorder: Shard) -> None:
    """The poison is neither dropped nor called done: it comes again until it is stored."""
    no_rejections = Fault(
        Kind.ANSWER,
        reply=error_reply(503, "SlowDown", xml=True),
        hits=lambda request: b"/rejections/" in request.split(b"\r\n", 1)[0],
    )
    world.s3.fail_always(no_rejections)
    recorder.before = once_there_were(3, world.s3.clear)
    recorder.deliver([*starts(3), b"poison", *starts(3, prefix="later")])
    (rejected,) = world.rows("rejections/")
    assert [each.is_total for each in recorder.deliveries[:3]].count(True) >= 2
    assert (rejected["reason"], rejected["body"]) == ("json", "poison")
    assert world.users() == sorted(viewers(3) + viewers(3, prefix="later"))


SIX_DAYS_S = 518_400
IDENTIFIERS = ("1", "2", "3")
RIGHT = Verdict(frozenset({"2"}))
EVERYTHING_DONE = Verdict()
NOTHING_DONE = Verdict.total(IDENTIFIERS)


SHAPES: tuple[tuple[object, Verdict], ...] = (
    ({"batchItemFailures": [{"itemIdentifier": "2"}]}, RIGHT),
    (None, EVERYTHING_DONE),
    ({}, EVERYTHING_DONE),
    ({"batchitemfailures": [{"itemIdentifier": "2"}]}, EVERYTHING_DONE),
    ({"batchItemFailures": [{"itemidentifier": "2"}]}, NOTHING_DONE),
    ({"batchItemFailures": [{"itemIdentifier": "of another batch"}]}, NOTHING_DONE),
    ({"batchItemFailures": [{"itemIdentifier": 2}]}, NOTHING_DONE),
    ({"batchItemFailures": [{"itemIdentifier": ""}]}, NOTHING_DONE),
)


def test_f36_shapes_of_an_answer(world: World, recorder: Shard) -> None:
    """Ours is the only one that says what it means; each other loses records or repeats them."""
    read = [read_response(json.dumps(answer).encode(), IDENTIFIERS) for answer, _ in SHAPES]
    assert read == [verdict for _, verdict in SHAPES]

    world.stack.personalize.faults.throttle(user_ids=["viewer-001"])
    elements = recorder.elements(starts(3))
    given: dict[str, Any] = json.loads(recorder.invoke(event(elements)).payload)
    assert given == {"batchItemFailures": [{"itemIdentifier": elements[1].identifier}]}


def test_f37_whole_batch_delivered_twice(world: World, recorder: Shard, archiver: Shard) -> None:
    """The second time changes nothing: same event ids, same objects, nothing trained twice."""
    batch = recorder.elements(starts(20))
    for shard in (archiver, recorder):
        shard.deliver_elements(batch)
    before = (world.objects(), world.trained_on())
    for shard in (archiver, recorder):
        shard.deliver_elements(batch)
    assert (world.objects(), world.trained_on()) == before
    assert world.counters().repeated == 20
    assert len({row["event_id"] for row in world.rows("interactions/")}) == 20


def test_f38_duplicate_inside_a_batch(world: World, recorder: Shard, metrics: Metrics) -> None:
    """It is sent once, and counted as told before."""
    first, second = starts(2)
    recorder.deliver([first, second, first, first])
    assert world.counters().received == 2
    assert world.users() == viewers(2)
    assert metrics()["Superseded"] == 2


def test_f39_shards_split_and_merged(pumped: Pumped) -> None:
    """Parents are read to their end before children, so each viewer's order holds."""
    pumped.put(told_by(8, range(10)))
    pumped.split()
    pumped.put(told_by(8, range(10, 20)))
    pumped.merge()
    pumped.put(told_by(8, range(20, 30)))
    pumped.settle()
    assert pumped.first_sends() == {f"viewer-{n}": list(range(30)) for n in range(8)}


def test_f40_two_batches_of_a_shard_at_once(pumped: Pumped) -> None:
    """Two lanes with faults in both; what one viewer did goes through one of them, in order."""
    pumped.world.events.fail_next(Fault(Kind.LATENCY, 0.1), 30)
    pumped.world.stack.personalize.faults.fail_next(20, "ThrottlingException")
    pumped.put(told_by(8, range(25)))
    pumped.settle()
    assert pumped.first_sends() == {f"viewer-{n}": list(range(25)) for n in range(8)}
    assert pumped.at_once > 1


def test_f41_outage_longer_than_the_age_of_records(world: World, recorder: Shard) -> None:
    """The whole batch lies in the bucket, and what it holds can be delivered from there."""
    record = failed_batch(world, recorder)
    assert record["requestContext"]["condition"] == "RecordAgeExceeded"
    assert record["KinesisBatchInfo"]["batchSize"] == 12
    assert world.trained_on() == []
    assert redrive(world.client, recorder).ends == {End.REDRIVEN: 12, End.FAILED: 0}
    assert world.users() == viewers(12)
    assert redrive(world.client, recorder).ends == {End.SKIPPED: 12}


@pytest.mark.parametrize("function", ["ArchiveActivity", "RecordPlayback"])
def test_somebody_hears_of_an_outage_at_half_of_the_age(function: str) -> None:
    """There is time to act before anything is put aside."""
    properties = template()["Resources"][f"{function}CriticalAlarm"]["Properties"]
    assert properties["MetricName"] == "IteratorAge"
    assert properties["Threshold"] <= 1000 * SIX_DAYS_S / 2


def failed_batch(world: World, recorder: Shard) -> dict[str, Any]:
    """Let a batch grow too old while Personalize is down; give what lies in the bucket then."""
    s3 = world.client("s3")
    s3.create_bucket(Bucket=FAILED_BATCHES)
    world.stack.personalize.faults.fail_always("ServiceUnavailable")
    now_s = itertools.count(NOW_MS // 1000, SIX_DAYS_S + 1)
    recorder.clock = lambda: next(now_s)
    recorder.deliver(starts(12))
    world.stack.personalize.faults.clear()
    mapping = replace(recorder.mapping, destination=f"arn:aws:s3:::{FAILED_BATCHES}")
    for discard in recorder.given_up:
        Destination(mapping, recorder.shard_id, world.client).deliver(discard, next(now_s))
    (key,) = keys_in(s3, bucket=FAILED_BATCHES)
    return json.loads(s3.get_object(Bucket=FAILED_BATCHES, Key=key)["Body"].read())


def test_f42_mapping_disabled_for_a_while(pumped: Pumped) -> None:
    """The stream keeps what comes meanwhile, and it is caught up with from where it stopped."""
    pumped.put(told_by(4, range(5)))
    pumped.settle()
    pumped.disable()
    pumped.put(told_by(4, range(5, 60)))
    before = len(pumped.world.trained_on())
    began_s = time.monotonic()
    pumped.enable()
    pumped.settle()
    caught_up = len(pumped.world.trained_on()) - before
    print(f"caught up with {caught_up / (time.monotonic() - began_s):.0f} records a second")  # noqa: T201  -- to be read with -s
    assert (before, caught_up) == (20, 220)
    assert pumped.first_sends() == {f"viewer-{n}": list(range(60)) for n in range(4)}


def test_f43_a_version_that_this_code_does_not_know(world: World, recorder: Shard) -> None:
    """It is rejected as such with its bytes; once they are understood their replay succeeds."""
    (told,) = starts(1)
    recorder.deliver([told | {"schema_version": "2.0", "novelty": 1}])
    (rejected,) = world.rows("rejections/")
    assert rejected["reason"] == "schema_version"

    kept = json.loads(rejected["body"])
    assert kept == told | {"schema_version": "2.0", "novelty": 1}
    understood = {name: kept[name] for name in told} | {"schema_version": "1.0"}
    recorder.deliver([understood])
    assert world.users() == viewers(1)


def test_f44_messages_come_again_while_they_are_worked_on(world: World) -> None:
    """The same message twice is one verdict and one like; in vain too often, it is put aside."""
    invoke = world.in_process("record_feedback")
    sqs, queue, dead = feedback_queues(world)
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(a_reaction()))
    first, again = received(world, queue), received(world, queue)
    assert first["messageId"] == again["messageId"]
    for record in (first, again):
        assert answered(invoke, record) == {"batchItemFailures": []}
    assert world.users() == ["user-1"]
    assert len(world.objects("activities/")) == 1
    assert len(verdicts(world)) == 1
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=again["receiptHandle"])

    world.events.fail_always(Fault(Kind.ANSWER, reply=error_reply(503, "ServiceUnavailable")))
    body = json.dumps(a_reaction(user_id="user-2", activity_id="a-2"))
    sqs.send_message(QueueUrl=queue, MessageBody=body)
    for _ in range(2):
        record = received(world, queue)
        failures = answered(invoke, record)["batchItemFailures"]
        assert failures == [{"itemIdentifier": record["messageId"]}]
    assert sqs.receive_message(QueueUrl=queue).get("Messages", []) == []
    (put_aside,) = sqs.receive_message(QueueUrl=dead)["Messages"]
    assert put_aside["Body"] == body


def feedback_queues(world: World) -> tuple[Any, str, str]:
    """A queue whose messages are visible again at once, twice, and where they go then."""
    sqs = world.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    redrive = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 2}
    attributes = {"VisibilityTimeout": "0", "RedrivePolicy": json.dumps(redrive)}
    queue = sqs.create_queue(QueueName="feedback", Attributes=attributes)["QueueUrl"]
    return sqs, queue, dead


def received(world: World, queue: str) -> dict[str, Any]:
    """Receive a message, as the record that Lambda makes of it."""
    answer = world.client("sqs").receive_message(
        QueueUrl=queue, MessageSystemAttributeNames=["All"], MaxNumberOfMessages=1
    )
    (message,) = answer["Messages"]
    sent_at = {"SentTimestamp": str(NOW_MS)}
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"] | sent_at,
        "messageAttributes": {},
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:feedback",
    }


def answered(invoke: Callable[[bytes], Any], record: dict[str, Any]) -> dict[str, Any]:
    return json.loads(invoke(json.dumps({"Records": [record]}).encode()).payload)


def verdicts(world: World) -> list[Any]:
    return world.client("dynamodb").scan(TableName=FEEDBACK["VERDICTS_TABLE"])["Items"]


@pytest.mark.parametrize("fault", ["gone", "unreachable"])
def test_f45_states_of_playbacks_gone(world: World, recorder: Shard, fault: str) -> None:
    """What needs the memory of a playback waits for it, and then earns what it would have."""
    sample = json.loads((REPOSITORY / "events/record_playback/dialects.json").read_text())
    expected = json.loads((REPOSITORY / "tests/golden/record_playback/dialects.json").read_text())
    told = [base64.b64decode(record["kinesis"]["data"]) for record in sample["Records"]]
    if fault == "gone":
        table = PLAYBACK["PLAYBACK_STATES_TABLE"]
        world.client("dynamodb").delete_table(TableName=table)
        heal: Callable[[], object] = world.make_states_table
    else:
        world.dynamodb.fail_always(Fault(Kind.RESET))
        heal = world.dynamodb.clear
    recorder.before = once_there_were(2, heal)
    recorder.deliver(told)
    assert [each.is_total for each in recorder.deliveries[:2]] == [True, True]
    assert trained_on(world.stack.personalize, world.group) == expected["interactions"]
    assert len(world.rows("rejections/")) == len(expected["rejections"])


def test_f46_redrive_killed_halfway_and_run_twice(world: World, recorder: Shard) -> None:
    """However often a failed batch is delivered, nothing is trained on twice."""
    failed_batch(world, recorder)
    service = world.service()
    service.register(world.function("record_playback"))
    real = replace(recorder, invoke=partial(service.invoke, "record_playback"))
    sent = itertools.count()
    world.events.fail_next(
        Fault(Kind.LOST_REPLY, hits=lambda _call: next(sent) >= 6, then=service.kill_all)
    )
    assert redrive(world.client, real).left_behind == 0
    assert world.events.struck == 1
    assert redrive(world.client, real, again=True).left_behind == 0
    assert world.users() == viewers(12)
    assert world.counters().repeated >= 12


def test_f47_clock_of_the_machine_an_hour_off(
    world: World, recorder: Shard, archiver: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that is kept or sent depends on it: the second time makes the same objects."""
    batch = recorder.elements(starts(5))
    for shard in (archiver, recorder):
        shard.deliver_elements(batch)
    before = (world.objects(), world.rows("interactions/"), world.trained_on())
    real, real_ns = time.time, time.time_ns
    for hours in (-1, 1):
        monkeypatch.setattr(time, "time", lambda hours=hours: real() + 3600 * hours)
        monkeypatch.setattr(time, "time_ns", lambda hours=hours: real_ns() + 3600 * hours * 10**9)
        for shard in (archiver, recorder):
            shard.deliver_elements(batch)
    assert (world.objects(), world.rows("interactions/"), world.trained_on()) == before
    arrived = {row["arrived_at_ms"] for row in world.rows("activities/")}
    assert arrived == {NOW_MS}
