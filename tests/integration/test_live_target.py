"""A switch of the live dataset group on the whole stack, while activities go on coming."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from ingestion.domain.target import tracking_mark

from local.stack import LocalStack
from tests.integration.conftest import REPOSITORY
from tests.support.builders import a_start
from tests.support.personalize import SCHEMA
from tests.support.s3 import rows_in

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def outputs(stack: LocalStack) -> Mapping[str, str]:
    """The template, with recorders that look for the live target every second."""
    return stack.deploy(
        template=REPOSITORY / "template.yaml",
        stack_name="switched",
        parameters={"LiveRefreshSeconds": "1"},
    )


def test_recorders_follow_a_switch_and_lose_nothing(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """Each interaction is with one tracker, and its row says with which."""
    before = outputs["TrackingId"]
    sent = [_start(stack, outputs, 0)]
    _until(lambda: stack.mappings.idle() and stack.personalize.counters(before).recorded == 1)

    after = _another_tracker(stack)
    target = {"tracking_id": after, "users_dataset_arn": "users", "items_dataset_arn": "items"}
    stack.client("ssm").put_parameter(
        Name=outputs["LiveParameterName"], Value=json.dumps(target), Type="String"
    )

    def has_arrived() -> bool:
        sent.append(_start(stack, outputs, len(sent)))
        _until(stack.mappings.idle)
        return stack.personalize.counters(after).recorded > 0

    _until(has_arrived)
    counters = [stack.personalize.counters(each) for each in (before, after)]
    assert sum(each.recorded for each in counters) == len(sent)
    rows = rows_in(stack.client("s3"), "interactions/", outputs["ArchiveBucketName"])
    marks = [row["tracker"] for row in rows]
    assert marks.count(tracking_mark(before)) == counters[0].recorded
    assert marks.count(tracking_mark(after)) == counters[1].recorded


def _start(stack: LocalStack, outputs: Mapping[str, str], number: int) -> str:
    activity = a_start(
        occurred_at_ms=time.time_ns() // 1_000_000 - 2_000,
        user_id="viewer",
        playback_id=f"playback-{number}",
        item_id=f"film-{number}",
    )
    stack.client("kinesis").put_record(
        StreamName=outputs["ActivityStreamName"],
        Data=json.dumps(activity).encode(),
        PartitionKey="viewer",
    )
    return activity["playback_id"]


def _another_tracker(stack: LocalStack) -> str:
    client: Any = stack.client("personalize")
    schema = client.create_schema(name="switched-to", schema=json.dumps(SCHEMA))["schemaArn"]
    group = client.create_dataset_group(name="switched-to")["datasetGroupArn"]
    client.create_dataset(
        name="switched-to", datasetGroupArn=group, datasetType="Interactions", schemaArn=schema
    )
    made = client.create_event_tracker(name="switched-to", datasetGroupArn=group)
    return made["trackingId"]


def _until(holds: Any) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
