"""Guests, sign-ins and columns on the whole stack: from the stream to what a training would see."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.deployment.errors import DeploymentError
from local.personalize.interactions import Interaction
from local.stack import LocalStack
from tests.integration.conftest import REPOSITORY
from tests.support.builders import a_reaction, a_start
from tests.support.s3 import rows_in

PATIENCE_S = 60.0
CONTEXT = {"device_type": "tv", "app_version": "4.2"}
DECLARED: dict[str, Any] = {
    "recommendation_id": "RID-1",
    "impressions": ["item-1", "item-2"],
    "event_source": "home-page",
    "context": CONTEXT,
}

TRAINED = {
    "TrainGuests": "true",
    "ContextColumns": "DEVICE_TYPE,DAYPART",
    "MeasureRecommendations": "true",
}


@pytest.fixture(scope="module")
def guests_left_out(stack: LocalStack) -> Mapping[str, str]:
    """The template with its defaults, except how long likes settle: guests are left out."""
    return stack.deploy(
        template=REPOSITORY / "template.yaml",
        stack_name="guests-left-out",
        parameters={"SettleDelaySeconds": "1"},
    )


@pytest.fixture(scope="module")
def guests_trained(stack: LocalStack) -> Mapping[str, str]:
    """The template with guests as users, context columns and a metric attribution."""
    return stack.deploy(
        template=REPOSITORY / "template.yaml",
        stack_name="guests-trained",
        parameters=TRAINED,
    )


def test_a_sign_in_links_what_the_guest_watched_in_the_visit(
    stack: LocalStack, guests_left_out: Mapping[str, str]
) -> None:
    """The first interaction with a user id brings those before it in the same visit."""
    visit = {"visit_id": "visit-of-a-sign-in", "guest_id": "guest-1"}
    _tell(stack, guests_left_out, *(_start(n, **visit, user_id=None) for n in (1, 2)))
    _wait_until(stack.mappings.idle)
    assert _items(stack, guests_left_out, "user-who-signed-in") == []

    _tell(stack, guests_left_out, _start(3, **visit, user_id="user-who-signed-in"))
    _wait_until(stack.mappings.idle)
    assert _items(stack, guests_left_out, "user-who-signed-in") == ["film-1", "film-2", "film-3"]


def test_a_like_after_the_sign_in_links_as_well(
    stack: LocalStack, guests_left_out: Mapping[str, str]
) -> None:
    """Visit and user say it, whichever way the interaction came."""
    visit = {"visit_id": "visit-of-a-like"}
    _tell(stack, guests_left_out, _start(1, **visit, user_id=None, guest_id="guest-2"))
    liked = a_reaction(
        occurred_at_ms=_now_ms() - 1_000, user_id="user-who-liked", item_id="film-2", **visit
    )
    stack.client("sqs").send_message(
        QueueUrl=guests_left_out["FeedbackQueueUrl"], MessageBody=json.dumps(liked)
    )
    _wait_until(stack.mappings.idle)

    assert _items(stack, guests_left_out, "user-who-liked") == ["film-1", "film-2"]


def test_a_guest_who_never_signs_in_is_not_trained_on(
    stack: LocalStack, guests_left_out: Mapping[str, str]
) -> None:
    """Personalize has it, the archive has it, no training sees it."""
    guest = {"visit_id": "visit-of-a-guest", "guest_id": "guest-3", "user_id": None}
    before = stack.personalize.counters(guests_left_out["TrackingId"]).recorded
    _tell(stack, guests_left_out, _start(7, **guest))
    _wait_until(stack.mappings.idle)

    assert stack.personalize.counters(guests_left_out["TrackingId"]).recorded == before + 1
    assert "film-7" not in {each.item_id for each in _trained_on(stack, guests_left_out)}
    archived = rows_in(stack.client("s3"), "interactions/", guests_left_out["ArchiveBucketName"])
    assert [row["user_id"] for row in archived if row["guest_id"] == "guest-3"] == [None]


def test_a_guest_is_trained_on_where_the_setting_says_so(
    stack: LocalStack, guests_trained: Mapping[str, str]
) -> None:
    """Over all visits, as one user; and a sign-in does not move that history."""
    guest = {"guest_id": "guest-4", "user_id": None}
    _tell(
        stack,
        guests_trained,
        _start(1, **guest, visit_id="first-visit"),
        _start(2, **guest, visit_id="second-visit"),
        _start(3, guest_id="guest-4", user_id="user-4", visit_id="second-visit"),
    )
    _wait_until(stack.mappings.idle)

    assert _items(stack, guests_trained, "guest-4") == ["film-1", "film-2"]
    assert _items(stack, guests_trained, "user-4") == ["film-3"]


def test_declared_columns_arrive_and_others_stay_in_the_archive(
    stack: LocalStack, guests_trained: Mapping[str, str]
) -> None:
    """What led to it and the context, by the names of the schema that the parameter made."""
    _tell(stack, guests_trained, _start(5, user_id="user-5", visit_id="visit-5", **DECLARED))
    _wait_until(stack.mappings.idle)

    (row,) = [each for each in _trained_on(stack, guests_trained) if each.user_id == "user-5"]
    assert dict(row.other) == {
        "RECOMMENDATION_ID": "RID-1",
        "IMPRESSION": "item-1|item-2",
        "EVENT_ATTRIBUTION_SOURCE": "home-page",
        "DEVICE_TYPE": "tv",
    }
    archived = rows_in(stack.client("s3"), "interactions/", guests_trained["ArchiveBucketName"])
    assert [each["context"] for each in archived if each["user_id"] == "user-5"] == [CONTEXT]


def test_the_event_source_is_credited_in_the_metric_attribution(
    stack: LocalStack, guests_trained: Mapping[str, str]
) -> None:
    """From the activity to the report that CloudWatch would show."""
    source = {"event_source": "newsletter"}
    _tell(stack, guests_trained, _start(8, user_id="user-8", visit_id="visit-8", **source))
    _wait_until(stack.mappings.idle)

    (attribution,) = stack.client("personalize").list_metric_attributions(
        datasetGroupArn=guests_trained["DatasetGroupArn"]
    )["metricAttributions"]
    report = stack.personalize.metric_report(attribution["metricAttributionArn"])
    assert report["Clicks", "newsletter"] == 1


def test_without_context_columns_no_context_is_sent(
    stack: LocalStack, guests_left_out: Mapping[str, str]
) -> None:
    """A schema without them would refuse the call."""
    _tell(stack, guests_left_out, _start(6, user_id="user-6", visit_id="visit-6", **DECLARED))
    _wait_until(stack.mappings.idle)

    (row,) = [each for each in _trained_on(stack, guests_left_out) if each.user_id == "user-6"]
    assert "DEVICE_TYPE" not in dict(row.other)
    assert stack.personalize.counters(guests_left_out["TrackingId"]).refused == {}


def test_other_context_columns_cannot_be_deployed_over_a_schema(
    stack: LocalStack, guests_trained: Mapping[str, str]
) -> None:
    """A schema is fixed for life. The update fails; moto does not roll back, hence the second."""
    template = REPOSITORY / "template.yaml"
    with pytest.raises(DeploymentError, match="Schema can only change by a replacement"):
        stack.deploy(
            template=template,
            stack_name="guests-trained",
            parameters={**TRAINED, "ContextColumns": "DEVICE_TYPE"},
        )
    again = stack.deploy(template=template, stack_name="guests-trained", parameters=TRAINED)

    assert again == guests_trained


def _start(number: int, **fields: Any) -> dict[str, Any]:
    """The start of a playback of film N, a minute after that of the film before."""
    fields |= {"item_id": f"film-{number}", "playback_id": f"{fields['visit_id']}-{number}"}
    return a_start(occurred_at_ms=_now_ms() - 600_000 + number * 60_000, **fields)


def _tell(stack: LocalStack, outputs: Mapping[str, str], *activities: dict[str, Any]) -> None:
    answer = stack.client("kinesis").put_records(
        StreamName=outputs["ActivityStreamName"],
        Records=[
            {"Data": json.dumps(each).encode(), "PartitionKey": each["visit_id"]}
            for each in activities
        ],
    )
    assert answer["FailedRecordCount"] == 0


def _trained_on(stack: LocalStack, outputs: Mapping[str, str]) -> list[Interaction]:
    return stack.personalize.interactions(outputs["DatasetGroupArn"])


def _items(stack: LocalStack, outputs: Mapping[str, str], user_id: str) -> list[str]:
    """What a training would take for the history of a user."""
    return sorted(e.item_id for e in _trained_on(stack, outputs) if e.user_id == user_id)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.05)
