"""The project's own template in the local stack: everything in it, and one activity through it."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.stack import LocalStack
from tests.integration.conftest import REPOSITORY
from tests.support.builders import a_comment, a_reaction, a_start
from tests.support.s3 import rows_in

STACK_NAME = "real-template"
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def outputs(stack: LocalStack) -> Mapping[str, str]:
    """What the deployed template gives out."""
    return stack.deploy(
        template=REPOSITORY / "template.yaml",
        stack_name=STACK_NAME,
        parameters={"SettleDelaySeconds": "1", "CommentSentiment": "true"},
    )


def test_every_resource_of_the_template_is_there(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """Nothing is skipped: each resource has a physical id, and the stack its outputs."""
    pages = stack.client("cloudformation").get_paginator("list_stack_resources")
    resources = [
        resource
        for page in pages.paginate(StackName=STACK_NAME)
        for resource in page["StackResourceSummaries"]
        # Moto lists what a condition leaves out as well, without a name, and gives permissions none.
        if resource["LogicalResourceId"] and resource["ResourceType"] != "AWS::Lambda::Permission"
    ]

    assert [each["LogicalResourceId"] for each in resources if not each["PhysicalResourceId"]] == []
    assert {"ActivityStreamName", "FeedbackQueueUrl", "TrackingId"} <= outputs.keys()
    assert {resource["ResourceType"] for resource in resources} >= {
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
        "AWS::IAM::Role",
        "AWS::KMS::Key",
        "AWS::Kinesis::Stream",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Logs::LogGroup",
        "AWS::Personalize::Dataset",
        "AWS::Personalize::DatasetGroup",
        "AWS::Personalize::EventTracker",
        "AWS::Personalize::Schema",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    }


def test_the_template_can_be_deployed_again(stack: LocalStack, outputs: Mapping[str, str]) -> None:
    """An update with another parameter keeps everything and reaches the functions."""
    updated = stack.deploy(
        template=REPOSITORY / "template.yaml",
        stack_name=STACK_NAME,
        parameters={"LogLevel": "WARNING", "SettleDelaySeconds": "1", "CommentSentiment": "true"},
    )

    function = stack.client("lambda").get_function_configuration(
        FunctionName=outputs["RecordPlaybackFunctionName"]
    )
    assert updated == outputs
    assert function["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == "WARNING"


def test_an_activity_is_archived_and_reaches_personalize(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """Stream, pump, both consumers, archive and PutEvents, as deployed."""
    activity = a_start(occurred_at_ms=_now_ms() - 2_000, user_id="viewer-of-the-stream")

    stack.client("kinesis").put_record(
        StreamName=outputs["ActivityStreamName"],
        Data=json.dumps(activity).encode(),
        PartitionKey=activity["user_id"],
    )
    _wait_until(stack.mappings.idle)

    assert _sent(stack, outputs, "viewer-of-the-stream") == ["Click"]
    assert _archived(stack, outputs, "activities/")
    assert _archived(stack, outputs, "interactions/")


def test_feedback_is_recorded_and_kept_as_a_verdict(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """Queue, pump, PutEvents and the table of verdicts, as deployed."""
    reaction = a_reaction(occurred_at_ms=_now_ms() - 2_000, user_id="viewer-of-the-queue")

    stack.client("sqs").send_message(
        QueueUrl=outputs["FeedbackQueueUrl"], MessageBody=json.dumps(reaction)
    )
    _wait_until(stack.mappings.idle)

    verdicts = stack.client("dynamodb").scan(TableName=outputs["VerdictsTableName"])["Items"]
    assert _sent(stack, outputs, "viewer-of-the-queue") == ["Like"]
    assert len(verdicts) == 1


def test_a_like_taken_back_within_the_settle_delay_never_reaches_personalize(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """Both queues, the delay and both receptions, as deployed."""
    who = {"user_id": "viewer-who-hesitates"}
    told = [
        a_reaction("like", occurred_at_ms=_now_ms() - 2_000, activity_id="h-1", **who),
        a_reaction("unlike", occurred_at_ms=_now_ms() - 1_000, activity_id="h-2", **who),
        a_reaction("like", occurred_at_ms=_now_ms() - 1_000, item_id="kept", **who),
    ]

    stack.client("sqs").send_message_batch(
        QueueUrl=outputs["FeedbackQueueUrl"],
        Entries=[{"Id": str(n), "MessageBody": json.dumps(body)} for n, body in enumerate(told)],
    )
    _wait_until(stack.mappings.idle)

    interactions = stack.personalize.interactions(outputs["DatasetGroupArn"])
    assert [i.item_id for i in interactions if i.user_id == who["user_id"]] == ["kept"]


def test_comments_are_read_and_their_words_left_behind(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """Praise in a language that is told, blame in one that is found; both queues, no words kept."""
    who = {"user_id": "viewer-who-writes", "occurred_at_ms": _now_ms() - 1_000}
    praise = "A wonderful film, I loved every minute of it. Excellent acting!"
    blame = "Una película horrible, aburrida y muy mala. La odio, qué pérdida de tiempo."
    told = [
        a_comment(praise, activity_id="w-1", item_id="praised", language="en", **who),
        a_comment(blame, activity_id="w-2", item_id="blamed", **who),
    ]

    stack.client("sqs").send_message_batch(
        QueueUrl=outputs["FeedbackQueueUrl"],
        Entries=[{"Id": str(n), "MessageBody": json.dumps(body)} for n, body in enumerate(told)],
    )
    _wait_until(stack.mappings.idle)

    items = stack.client("dynamodb").scan(TableName=outputs["VerdictsTableName"])["Items"]
    opinions = {each["item_id"]["S"]: each["opinion"]["S"] for each in items}
    interactions = stack.personalize.interactions(outputs["DatasetGroupArn"])
    kept = json.dumps(rows_in(stack.client("s3"), "activities/", outputs["ArchiveBucketName"]))
    assert (opinions["praised"], opinions["blamed"]) == ("liked", "disliked")
    assert [i.item_id for i in interactions if i.user_id == who["user_id"]] == ["praised"]
    assert "wonderful" not in kept
    assert "horrible" not in kept


def test_one_poison_among_five_hundred_harms_no_neighbour(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """All others reach Personalize, and it lies among the rejections with its bytes."""
    bodies = [_start_of(f"neighbour-{number}") for number in range(499)]
    bodies.insert(250, b"\xff poison")

    _put(stack, outputs, bodies)
    _wait_until(stack.mappings.idle)

    rejected = rows_in(stack.client("s3"), "rejections/", outputs["ArchiveBucketName"])
    poison = [row for row in rejected if row.get("body_base64") == "/yBwb2lzb24="]
    assert _users(stack, outputs) >= {f"neighbour-{number}" for number in range(499)}
    assert [row["reason"] for row in poison] == ["encoding"]


def test_a_throttled_personalize_loses_nothing(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """While it throttles the stream waits; once it recovers all is there, once."""
    users = {f"patient-{number}" for number in range(60)}
    stack.personalize.faults.throttle()
    try:
        _put(stack, outputs, [_start_of(user) for user in sorted(users)])
        _wait_until(lambda: bool(stack.personalize.counters(outputs["TrackingId"]).failed))
        assert not users & _users(stack, outputs)
    finally:
        stack.personalize.faults.clear()
    _wait_until(stack.mappings.idle)

    assert users <= _users(stack, outputs)
    assert all(_sent(stack, outputs, user) == ["Click"] for user in users)


def _start_of(user_id: str) -> bytes:
    activity = a_start(
        user_id=user_id, playback_id=user_id, visit_id=user_id, occurred_at_ms=_now_ms() - 2_000
    )
    return json.dumps(activity).encode()


def _put(stack: LocalStack, outputs: Mapping[str, str], bodies: list[bytes]) -> None:
    answer = stack.client("kinesis").put_records(
        StreamName=outputs["ActivityStreamName"],
        Records=[{"Data": body, "PartitionKey": str(n)} for n, body in enumerate(bodies)],
    )
    assert answer["FailedRecordCount"] == 0


def _users(stack: LocalStack, outputs: Mapping[str, str]) -> set[str]:
    interactions = stack.personalize.interactions(outputs["DatasetGroupArn"])
    return {str(each.user_id) for each in interactions}


def _sent(stack: LocalStack, outputs: Mapping[str, str], user_id: str) -> list[str]:
    """List the event types Personalize has of a user."""
    interactions = stack.personalize.interactions(outputs["DatasetGroupArn"])
    return [str(each.event_type) for each in interactions if each.user_id == user_id]


def _archived(stack: LocalStack, outputs: Mapping[str, str], prefix: str) -> list[Any]:
    listed = stack.client("s3").list_objects_v2(Bucket=outputs["ArchiveBucketName"], Prefix=prefix)
    return listed.get("Contents", [])


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.05)
