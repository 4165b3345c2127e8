"""Personalize over HTTP, asked by clients that check nothing themselves."""

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.connection import REGION
from local.personalize import TrackerCounters
from local.stack import LocalStack

NOW = 1_764_000_000
NOBODYS = f"arn:aws:personalize:{REGION}:123456789012:"
UNCHECKED = Config(parameter_validation=False, retries={"max_attempts": 0})
EVENT = {"eventType": "Watch", "itemId": "i", "sentAt": NOW, "eventValue": 1.0}
COLUMNS = {
    "USER_ID": "string",
    "ITEM_ID": "string",
    "TIMESTAMP": "long",
    "EVENT_TYPE": "string",
    "EVENT_VALUE": ["float", "null"],
}
SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [{"name": name, "type": kind} for name, kind in COLUMNS.items()],
    "version": "1.0",
}


@dataclass(frozen=True)
class Tracker:
    """An event tracker of the stack, and what is known of it."""

    stack: LocalStack
    group: str
    tracking_id: str

    @property
    def counters(self) -> TrackerCounters:
        """What happened at it."""
        return self.stack.personalize.counters(self.tracking_id)

    def put(self, **parameters: Any) -> Any:
        """Put events with a boto3 whose own checks are off."""
        client: Any = boto3.client(
            "personalize-events", REGION, endpoint_url=self.stack.endpoint_url, config=UNCHECKED
        )
        call = {"userId": "u", "sessionId": "s", "eventList": [EVENT], **parameters}
        return client.put_events(trackingId=self.tracking_id, **call)

    def post(self, body: str) -> tuple[int, str, Mapping[str, Any]]:
        """Send a body as it is: the status, the error's type and the decoded answer."""
        request = urllib.request.Request(  # noqa: S310 - the address is our own
            f"{self.stack.endpoint_url}/events",
            data=body.encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"AWS4-HMAC-SHA256 Credential=test/20261124/{REGION}/personalize/"
                "aws4_request, SignedHeaders=host, Signature=none",
            },
        )
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
                return answer.status, "", json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["x-amzn-errortype"], json.loads(error.read())


@pytest.fixture
def tracker(stack: LocalStack) -> Tracker:
    """A tracker in a dataset group of its own, under names of its own."""
    name = f"emulator-{uuid.uuid4().hex[:8]}"
    client: Any = stack.client("personalize")
    schema = client.create_schema(name=name, schema=json.dumps(SCHEMA))["schemaArn"]
    group = client.create_dataset_group(name=name)["datasetGroupArn"]
    client.create_dataset(
        name=name, datasetGroupArn=group, datasetType="Interactions", schemaArn=schema
    )
    made = client.create_event_tracker(name=name, datasetGroupArn=group)
    return Tracker(stack, group, made["trackingId"])


@pytest.fixture(autouse=True)
def _room_for_a_group(tracker: Tracker) -> Any:
    """Remove the dataset group after its test: an account has five."""
    yield
    client: Any = tracker.stack.client("personalize")
    for each in client.list_event_trackers(datasetGroupArn=tracker.group)["eventTrackers"]:
        client.delete_event_tracker(eventTrackerArn=each["eventTrackerArn"])
    for each in client.list_datasets(datasetGroupArn=tracker.group)["datasets"]:
        client.delete_dataset(datasetArn=each["datasetArn"])
    client.delete_dataset_group(datasetGroupArn=tracker.group)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"eventList": [EVENT] * 11}, "model_constraint"),
        ({"eventList": []}, "model_constraint"),
        ({"userId": "u" * 257}, "model_constraint"),
        ({"sessionId": "s" * 257}, "model_constraint"),
        ({"eventList": [{**EVENT, "itemId": "i" * 257}]}, "model_constraint"),
        ({"eventList": [{**EVENT, "eventId": "e" * 257}]}, "model_constraint"),
        ({"eventList": [{**EVENT, "eventValue": float("nan")}]}, "not_finite"),
        ({"eventList": [{**EVENT, "eventValue": float("inf")}]}, "not_finite"),
        ({"eventList": [{**EVENT, "properties": '{"mood": 1}'}]}, "unknown_property"),
    ],
)
def test_boto3_without_its_own_check_is_refused(
    tracker: Tracker, parameters: dict[str, Any], reason: str
) -> None:
    """What AWS refuses is refused by the server and not only by the client."""
    with pytest.raises(ClientError) as caught:
        tracker.put(**parameters)

    response: Any = caught.value.response
    assert response["Error"]["Code"] == "InvalidInputException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert tracker.counters.refused == {reason: 1}
    assert tracker.stack.personalize.interactions(tracker.group) == []


def body_with(tracker: Tracker, value: str) -> str:
    """Write a call by hand, with any text where the value of its event belongs."""
    return (
        f'{{"trackingId": "{tracker.tracking_id}", "userId": "u", "sessionId": "s", "eventList": '
        f'[{{"eventType": "Watch", "itemId": "i", "sentAt": {NOW}, "eventValue": {value}}}]}}'
    )


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", '"NaN"', "1e999", "9" * 400])
def test_a_number_that_is_none_is_refused_over_the_wire(tracker: Tracker, value: str) -> None:
    """Whether it is written as JSON does not allow, as a word, or too large for a double."""
    status, code, answer = tracker.post(body_with(tracker, value))

    assert (status, code) == (400, "InvalidInputException")
    assert "Member must be a finite number" in answer["message"]
    assert tracker.counters.refused == {"not_finite": 1}


def test_a_body_that_is_no_json_is_refused_over_the_wire(tracker: Tracker) -> None:
    """The connection survives it, and the next call is taken."""
    assert tracker.post("{")[:2] == (400, "SerializationException")
    assert tracker.post("[" * 100_000)[:2] == (400, "SerializationException")
    assert tracker.post("[]")[:2] == (400, "InvalidInputException")
    assert tracker.post(body_with(tracker, "1"))[0] == 200


def test_what_is_right_is_recorded(tracker: Tracker) -> None:
    """Ten events and ids of 256 characters pass."""
    events = [{**EVENT, "itemId": f"{n}".ljust(256, "i"), "sentAt": NOW + n} for n in range(10)]
    tracker.put(eventList=events, userId="u" * 256, sessionId="s" * 256)

    assert len(tracker.stack.personalize.interactions(tracker.group)) == 10
    assert (tracker.counters.recorded, dict(tracker.counters.refused)) == (10, {})


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("personalize", "describe_campaign", {"campaignArn": NOBODYS + "campaign/c"}),
        (
            "personalize-events",
            "put_items",
            {"datasetArn": NOBODYS + "dataset/d/ITEMS", "items": [{"itemId": "i"}]},
        ),
        (
            "personalize-runtime",
            "get_recommendations",
            {"campaignArn": NOBODYS + "campaign/c", "userId": "u"},
        ),
        (
            "personalize-runtime",
            "get_personalized_ranking",
            {"campaignArn": NOBODYS + "campaign/c", "userId": "u", "inputList": ["i"]},
        ),
    ],
)
def test_three_services_share_one_port(
    stack: LocalStack, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    """Their signatures name one service, so it is the path that leads to the right one."""
    client = stack.client(service)
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="does not exist"):
        getattr(client, operation)(**parameters)


def test_a_throttle_ends_when_it_is_taken_back(tracker: Tracker) -> None:
    """Tests of a whole stack inject faults through its emulator."""
    tracker.stack.personalize.faults.throttle(user_ids={"u"})
    with pytest.raises(ClientError, match="ThrottlingException"):
        tracker.put()
    tracker.put(userId="somebody else")
    tracker.stack.personalize.faults.clear()
    tracker.put()

    assert tracker.counters.failed == {"ThrottlingException": 1}
    assert tracker.counters.recorded == 2
