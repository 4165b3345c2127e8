"""The project's own template in the local stack: everything in it, and one activity through it."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.stack import LocalStack
from tests.integration.conftest import REPOSITORY
from tests.support.builders import a_reaction, a_start

STACK_NAME = "real-template"
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def outputs(stack: LocalStack) -> Mapping[str, str]:
    """What the deployed template gives out."""
    return stack.deploy(template=REPOSITORY / "template.yaml", stack_name=STACK_NAME)


def test_every_resource_of_the_template_is_there(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """Nothing is skipped: each resource has a physical id, and the stack its outputs."""
    pages = stack.client("cloudformation").get_paginator("list_stack_resources")
    resources = [
        resource
        for page in pages.paginate(StackName=STACK_NAME)
        for resource in page["StackResourceSummaries"]
    ]

    assert all(resource["PhysicalResourceId"] for resource in resources)
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
        parameters={"LogLevel": "WARNING"},
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
