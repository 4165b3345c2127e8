"""Users and items through the project's own template in the local stack, as deployed."""

import json
import time
from collections.abc import Callable, Mapping
from itertools import batched
from typing import Any

import pytest

from local.stack import LocalStack
from tests.integration.conftest import REPOSITORY
from tests.support.functions import metadata_of
from tests.support.metadata import a_catalogue_entry, a_profile
from tests.support.s3 import rows_in

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def outputs(stack: LocalStack) -> Mapping[str, str]:
    """What the deployed template gives out."""
    return stack.deploy(template=REPOSITORY / "template.yaml", stack_name="metadata-template")


def test_profiles_and_catalogue_entries_reach_their_datasets(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """Queue, pump, function, table and Personalize; the raw messages are archived."""
    at = {"occurred_at_ms": _now_ms() - 1000}
    _send(stack, outputs, a_profile(user_id="moved", region="ES-CT", **at))
    _send(stack, outputs, *(a_catalogue_entry(item_id=f"film-{n}", **at) for n in range(9)))
    _wait_until(stack.mappings.idle)

    held = _held(stack, outputs)
    assert held["users"]["moved"]["REGION"] == "ES-CT"
    assert {f"film-{n}" for n in range(9)} <= held["items"].keys()
    assert held["items"]["film-0"]["GENRES"] == "Drama|Comedy"
    archived = rows_in(stack.client("s3"), "activities/", outputs["ArchiveBucketName"])
    assert sum('"catalogue"' in row["body"] for row in archived) >= 9


def test_a_catalogue_goes_through_at_the_pace_of_the_quota(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """Personalize takes ten calls a second; three hundred items need more, and none is lost."""
    at = {"occurred_at_ms": _now_ms() - 1000}
    items = [a_catalogue_entry(item_id=f"series-{n}", **at) for n in range(300)]
    for some in batched(items, 10, strict=False):
        _send(stack, outputs, *some)
    _wait_until(stack.mappings.idle)

    held = _held(stack, outputs)["items"].keys()
    assert {f"series-{n}" for n in range(300)} <= held


def test_the_newest_stands_and_poison_is_put_aside(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """An older message that comes later changes nothing, and a bad neighbour harms nobody."""
    now_ms = _now_ms()
    new = a_profile(user_id="steady", subscription="new", occurred_at_ms=now_ms - 1000)
    old = a_profile(user_id="steady", subscription="old", occurred_at_ms=now_ms - 9000)
    _send(stack, outputs, new)
    _wait_until(stack.mappings.idle)
    _send(stack, outputs, old, a_profile(user_id="steady", birthday="1990-01-01"))
    _wait_until(stack.mappings.idle)

    rejected = rows_in(stack.client("s3"), "rejections/", outputs["ArchiveBucketName"])
    assert _held(stack, outputs)["users"]["steady"]["SUBSCRIPTION_MODEL"] == "new"
    assert [row["detail"] for row in rejected] == ["extra_forbidden: profile"]


def test_a_throttled_personalize_loses_no_user(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """What failed is delivered again when it is visible again, and then it is there."""
    url = outputs["MetadataQueueUrl"]
    stack.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
    stack.personalize.faults.throttle()
    try:
        _send(stack, outputs, a_profile(user_id="patient", occurred_at_ms=_now_ms() - 1000))
        _wait_until(lambda: "patient" in _kept(stack, outputs))
        assert "patient" not in _held(stack, outputs).get("users", {})
    finally:
        stack.personalize.faults.clear()
    _wait_until(stack.mappings.idle)

    assert "patient" in _held(stack, outputs)["users"]


def _send(stack: LocalStack, outputs: Mapping[str, str], *bodies: dict[str, Any]) -> None:
    entries = [{"Id": str(n), "MessageBody": json.dumps(body)} for n, body in enumerate(bodies)]
    answer = stack.client("sqs").send_message_batch(
        QueueUrl=outputs["MetadataQueueUrl"], Entries=entries
    )
    assert not answer.get("Failed")


def _held(stack: LocalStack, outputs: Mapping[str, str]) -> dict[str, dict[str, dict[str, Any]]]:
    found = metadata_of(stack.personalize, outputs["DatasetGroupArn"])
    return {name: {row["id"]: row for row in rows} for name, rows in found.items()}


def _kept(stack: LocalStack, outputs: Mapping[str, str]) -> set[str]:
    items = stack.client("dynamodb").scan(TableName=outputs["MetadataTableName"])["Items"]
    return {item["record_id"]["S"] for item in items}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.05)
