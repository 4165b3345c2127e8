"""The emulator answers alike, whether it is called directly or by boto3 through moto."""

import json
from typing import Any

import boto3
import pytest

from local.personalize.errors import HTTP_STATUS
from tests.contract.personalize_emulator.conftest import REGION, Door, RefusedError

ARN = f"arn:aws:personalize:{REGION}:123456789012:"
ROLE = "arn:aws:iam::123456789012:role/Import"
RECIPE = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
NOW = 1_764_000_000
COLUMNS = {
    "USER_ID": "string",
    "ITEM_ID": "string",
    "TIMESTAMP": "long",
    "EVENT_TYPE": "string",
    "EVENT_VALUE": ["float", "null"],
}
SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Interactions",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [{"name": name, "type": kind} for name, kind in COLUMNS.items()],
        "version": "1.0",
    }
)


def prepare(door: Door) -> tuple[str, str, str]:
    """Creates a group that takes events; gives the group, the dataset and the tracking id."""
    schema = door("personalize", "CreateSchema", name="s", schema=SCHEMA)["schemaArn"]
    group = door("personalize", "CreateDatasetGroup", name="g")["datasetGroupArn"]
    dataset = door(
        "personalize",
        "CreateDataset",
        name="d",
        datasetGroupArn=group,
        schemaArn=schema,
        datasetType="Interactions",
    )["datasetArn"]
    made = door("personalize", "CreateEventTracker", name="t", datasetGroupArn=group)
    return group, dataset, made["trackingId"]


def put(door: Door, tracking_id: str, *events: dict[str, Any], **parameters: Any) -> Any:
    """Puts events of one user."""
    call = {"trackingId": tracking_id, "userId": "u", "sessionId": "s", "eventList": list(events)}
    return door("personalize-events", "PutEvents", **{**call, **parameters})


def an_event(item_id: str = "i", **members: Any) -> dict[str, Any]:
    """Builds an event."""
    return {"eventType": "Watch", "itemId": item_id, "sentAt": NOW, **members}


def upload_interactions() -> str:
    """Puts a CSV of a thousand interactions into S3 and gives its location."""
    rows = [f"u{n % 50},i{n % 7 + n % 50 % 2 * 20},{NOW - n},Watch,0.9" for n in range(1_000)]
    body = "\n".join([",".join(COLUMNS), *rows])
    s3 = boto3.client("s3", region_name=REGION)
    location = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration=location)  # type: ignore[arg-type]
    s3.put_object(Bucket="bucket", Key="in/1.csv", Body=body.encode())
    s3.put_object(Bucket="bucket", Key="in/deeper/manifest.json", Body=b"{}")
    return "s3://bucket/in/"


def import_from(door: Door, dataset: str, location: str) -> dict[str, Any]:
    """Imports what is at a location and describes the job."""
    job = door(
        "personalize",
        "CreateDatasetImportJob",
        jobName="job",
        datasetArn=dataset,
        dataSource={"dataLocation": location},
        roleArn=ROLE,
        importMode="FULL",
    )
    shown = door("personalize", "DescribeDatasetImportJob", **job)
    return shown["datasetImportJob"]


def test_from_a_file_in_s3_to_recommendations(door: Door) -> None:
    """The whole way, through all three services."""
    group, dataset, tracking_id = prepare(door)
    assert import_from(door, dataset, upload_interactions())["status"] == "ACTIVE"
    solution = door(
        "personalize", "CreateSolution", name="so", datasetGroupArn=group, recipeArn=RECIPE
    )["solutionArn"]
    version = door("personalize", "CreateSolutionVersion", solutionArn=solution)
    shown = door("personalize", "DescribeSolutionVersion", **version)["solutionVersion"]
    assert shown["status"] == "ACTIVE"
    metrics = door("personalize", "GetSolutionMetrics", **version)["metrics"]
    assert metrics["precision_at_25"] > 0
    campaign = door("personalize", "CreateCampaign", name="c", **version)["campaignArn"]

    assert put(door, tracking_id, an_event("i21"), userId="new") == {}

    answer = door(
        "personalize-runtime",
        "GetRecommendations",
        campaignArn=campaign,
        userId="new",
        numResults=5,
    )
    items = [item["itemId"] for item in answer["itemList"]]
    assert set(items) <= {f"i{n}" for n in range(20, 27)}
    assert answer["recommendationId"].startswith("RID-")


def test_a_location_without_objects_fails_the_job(door: Door) -> None:
    """Neither a bucket nor a key that is not there is an error of the call."""
    _, dataset, _ = prepare(door)

    job = import_from(door, dataset, "s3://nobodys/file.csv")
    assert job["failureReason"] == "No object could be read at s3://nobodys/file.csv."


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("personalize", "CreateDatasetGroup", {}, "InvalidInputException"),
        ("personalize", "CreateDatasetGroup", {"name": "g"}, "ResourceAlreadyExistsException"),
        ("personalize", "CreateDatasetGroup", {"name": "g!"}, "InvalidInputException"),
        (
            "personalize",
            "DescribeCampaign",
            {"campaignArn": ARN + "campaign/x"},
            "ResourceNotFoundException",
        ),
        (
            "personalize",
            "DeleteDatasetGroup",
            {"datasetGroupArn": ARN + "dataset-group/g"},
            "ResourceInUseException",
        ),
        ("personalize", "ListSchemas", {"nextToken": "x"}, "InvalidNextTokenException"),
        ("personalize", "ListDataDeletionJobs", {}, "UnknownOperationException"),
        (
            "personalize-events",
            "PutItems",
            {"datasetArn": ARN + "dataset/g/ITEMS", "items": [{"itemId": "i"}]},
            "ResourceNotFoundException",
        ),
        (
            "personalize-events",
            "PutEvents",
            {"trackingId": "t", "sessionId": "s", "eventList": [an_event()] * 11},
            "InvalidInputException",
        ),
        (
            "personalize-runtime",
            "GetRecommendations",
            {"campaignArn": ARN + "campaign/x", "userId": "u"},
            "ResourceNotFoundException",
        ),
        (
            "personalize-runtime",
            "GetPersonalizedRanking",
            {"campaignArn": ARN + "campaign/x", "userId": "u" * 257, "inputList": ["i"]},
            "InvalidInputException",
        ),
    ],
)
def test_errors_have_the_same_code_and_status(
    door: Door, service: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    """And a message that says something."""
    prepare(door)
    with pytest.raises(RefusedError) as caught:
        door(service, operation, **parameters)

    assert (caught.value.code, caught.value.status) == (code, HTTP_STATUS[code])
    assert caught.value.message


@pytest.mark.parametrize(
    "event",
    [
        an_event("i" * 257),
        an_event("\ud83d"),
        an_event(eventValue=float("nan")),
        an_event(properties="[]"),
        an_event(properties='{"userId": "u"}'),
        an_event(recommendationId="r"),
    ],
)
def test_a_bad_event_is_refused_with_its_call(door: Door, event: dict[str, Any]) -> None:
    """Whatever boto3 lets through on the wire."""
    group, _, tracking_id = prepare(door)
    with pytest.raises(RefusedError) as caught:
        put(door, tracking_id, an_event(), event)

    assert (caught.value.code, caught.value.status) == ("InvalidInputException", 400)
    assert door.emulator.interactions(group) == []


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "AccessDeniedException", "InternalFailure", "ServiceUnavailable"],
)
def test_injected_faults_arrive_as_aws_sends_them(door: Door, code: str) -> None:
    """Code and status; afterwards all is well."""
    _, _, tracking_id = prepare(door)
    door.emulator.faults.fail_next(1, code)
    with pytest.raises(RefusedError) as caught:
        put(door, tracking_id, an_event())

    assert (caught.value.code, caught.value.status) == (code, HTTP_STATUS[code])
    assert put(door, tracking_id, an_event()) == {}
    assert door.emulator.counters(tracking_id).failed == {code: 1}


def test_times_travel_as_seconds(door: Door) -> None:
    """A fraction of a second is cut off, and a creation has a time."""
    group, _, tracking_id = prepare(door)
    put(door, tracking_id, an_event(sentAt=NOW + 0.75))

    assert [each.timestamp for each in door.emulator.interactions(group)] == [NOW]
    shown = door("personalize", "DescribeDatasetGroup", datasetGroupArn=group)["datasetGroup"]
    assert shown["creationDateTime"] > NOW
