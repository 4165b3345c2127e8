"""The AWS::Personalize types in stacks of moto's CloudFormation."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.moto_extensions import personalize
from local.personalize import PersonalizeEmulator, Progress
from tests.contract.personalize_emulator.conftest import ACCOUNT, REGION
from tests.contract.personalize_emulator.test_both_doors import SCHEMA, upload_interactions

ROLE = "arn:aws:iam::123456789012:role/Import"
EXPRESSION = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Watch")'
DATA: dict[str, Any] = {
    "InteractionsSchema": {
        "Type": "AWS::Personalize::Schema",
        "Properties": {"Name": "s", "Schema": SCHEMA, "Tags": [{"Key": "k", "Value": "v"}]},
    },
    "DatasetGroup": {
        "Type": "AWS::Personalize::DatasetGroup",
        "Properties": {"Name": "g", "Tags": [{"Key": "team", "Value": "video"}]},
    },
    "InteractionsDataset": {
        "Type": "AWS::Personalize::Dataset",
        "Properties": {
            "Name": "d",
            "DatasetType": "Interactions",
            "DatasetGroupArn": {"Ref": "DatasetGroup"},
            "SchemaArn": {"Fn::GetAtt": ["InteractionsSchema", "SchemaArn"]},
        },
    },
    "EventTracker": {
        "Type": "AWS::Personalize::EventTracker",
        "Properties": {"Name": "t", "DatasetGroupArn": {"Ref": "DatasetGroup"}},
    },
}
SOLUTION: dict[str, Any] = {
    "Solution": {
        "Type": "AWS::Personalize::Solution",
        "Properties": {
            "Name": "so",
            "DatasetGroupArn": {"Ref": "DatasetGroup"},
            "RecipeArn": "arn:aws:personalize:::recipe/aws-user-personalization",
            "EventType": "Watch",
            "PerformHPO": "false",
            "SolutionConfig": {"EventValueThreshold": "0.5"},
        },
    },
    "Unseen": {
        "Type": "AWS::Personalize::Filter",
        "Properties": {
            "Name": "f",
            "DatasetGroupArn": {"Ref": "DatasetGroup"},
            "FilterExpression": EXPRESSION,
        },
    },
}
OUTPUTS = {
    "Schema": {"Ref": "InteractionsSchema"},
    "Group": {"Fn::GetAtt": ["DatasetGroup", "DatasetGroupArn"]},
    "Dataset": {"Fn::GetAtt": ["InteractionsDataset", "DatasetArn"]},
    "Tracker": {"Ref": "EventTracker"},
    "TrackingId": {"Fn::GetAtt": ["EventTracker", "TrackingId"]},
}


def template(*resources: dict[str, Any], outputs: dict[str, Any] = OUTPUTS) -> str:
    """Writes a template of resources."""
    merged = {name: each for part in resources for name, each in part.items()}
    values = {name: {"Value": value} for name, value in outputs.items()}
    return json.dumps({"Resources": merged, "Outputs": values})


def deploy(operation: str, body: str) -> dict[str, str]:
    """Creates or updates the stack and gives its outputs."""
    client: Any = boto3.client("cloudformation", region_name=REGION)
    getattr(client, operation)(StackName="stack", TemplateBody=body)
    [stack] = client.describe_stacks(StackName="stack")["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def called(operation: str, **parameters: Any) -> Any:
    """Calls the control plane."""
    return personalize.emulator(ACCOUNT, REGION).handle("personalize", operation, parameters)


@pytest.mark.usefixtures("aws")
def test_a_stack_has_what_its_template_says() -> None:
    """Ref is the ARN, attributes are the service's, and the tracker takes events."""
    outputs = deploy("create_stack", template(DATA, SOLUTION))

    arn = f"arn:aws:personalize:{REGION}:{ACCOUNT}:"
    assert outputs["Schema"] == f"{arn}schema/s"
    assert outputs["Group"] == f"{arn}dataset-group/g"
    assert outputs["Dataset"] == f"{arn}dataset/g/INTERACTIONS"
    tracker = called("DescribeEventTracker", eventTrackerArn=outputs["Tracker"])["eventTracker"]
    assert tracker["trackingId"] == outputs["TrackingId"]
    tags = called("ListTagsForResource", resourceArn=outputs["Group"])["tags"]
    assert tags == [{"tagKey": "team", "tagValue": "video"}]
    [summary] = called("ListSolutions")["solutions"]
    solution = called("DescribeSolution", solutionArn=summary["solutionArn"])["solution"]
    assert solution["performHPO"] is False
    assert solution["solutionConfig"] == {"eventValueThreshold": "0.5"}
    event = {"eventType": "Watch", "itemId": "i", "sentAt": 1_764_000_000}
    call = {"trackingId": outputs["TrackingId"], "sessionId": "s", "eventList": [event]}
    emulator = personalize.emulator(ACCOUNT, REGION)
    assert emulator.handle("personalize-events", "PutEvents", call) == {}


@pytest.mark.usefixtures("aws")
def test_a_dataset_can_bring_its_first_import() -> None:
    """The property DatasetImportJob is a job of its own at the service."""
    job = {
        "JobName": "first",
        "RoleArn": ROLE,
        "DataSource": {"DataLocation": upload_interactions()},
    }
    data = json.loads(json.dumps(DATA))
    data["InteractionsDataset"]["Properties"]["DatasetImportJob"] = job
    outputs = deploy("create_stack", template(data))

    assert len(personalize.emulator(ACCOUNT, REGION).interactions(outputs["Group"])) == 1_000


@pytest.mark.usefixtures("aws")
def test_a_campaign_follows_its_template() -> None:
    """What the type can update is updated in place."""
    deploy("create_stack", template(DATA, SOLUTION))
    job = {"jobName": "j", "roleArn": ROLE, "dataSource": {"dataLocation": upload_interactions()}}
    called("CreateDatasetImportJob", datasetArn=arn_of("dataset/g/INTERACTIONS"), **job)
    solution = arn_of("solution/so")
    versions = [called("CreateSolutionVersion", solutionArn=solution) for _ in range(2)]

    def with_campaign(version: dict[str, str], tps: str) -> str:
        properties = {
            "Name": "c",
            "SolutionVersionArn": version["solutionVersionArn"],
            "MinProvisionedTPS": tps,
            "CampaignConfig": {"EnableMetadataWithRecommendations": "true"},
        }
        campaign = {"Campaign": {"Type": "AWS::Personalize::Campaign", "Properties": properties}}
        outputs = {"Campaign": {"Fn::GetAtt": ["Campaign", "CampaignArn"]}}
        return template(DATA, SOLUTION, campaign, outputs=outputs)

    first = deploy("update_stack", with_campaign(versions[0], "1"))
    second = deploy("update_stack", with_campaign(versions[1], "2"))

    assert first == second
    shown = called("DescribeCampaign", campaignArn=first["Campaign"])["campaign"]
    assert shown["solutionVersionArn"] == versions[1]["solutionVersionArn"]
    assert shown["minProvisionedTPS"] == 2
    assert shown["campaignConfig"] == {"enableMetadataWithRecommendations": True}


def arn_of(path: str) -> str:
    """Builds an ARN."""
    return f"arn:aws:personalize:{REGION}:{ACCOUNT}:{path}"


@pytest.mark.usefixtures("aws")
def test_a_change_that_needs_a_replacement_is_refused() -> None:
    """A dataset group cannot change its name, and the old one stays."""
    deploy("create_stack", template(DATA))
    renamed = json.loads(json.dumps(DATA))
    renamed["DatasetGroup"]["Properties"]["Name"] = "other"

    with pytest.raises(ClientError, match="Name can only change by a replacement"):
        deploy("update_stack", template(renamed))
    [group] = called("ListDatasetGroups")["datasetGroups"]
    assert group["name"] == "g"


@pytest.mark.usefixtures("aws")
def test_a_stack_is_deleted_from_the_leaves_to_the_root() -> None:
    """Moto tries again where something is still in use."""
    deploy("create_stack", template(DATA, SOLUTION))
    boto3.client("cloudformation", region_name=REGION).delete_stack(StackName="stack")

    assert called("ListDatasetGroups") == {"datasetGroups": []}
    assert called("ListSchemas") == {"schemas": []}


@pytest.mark.usefixtures("aws")
def test_a_filter_that_went_with_its_dataset_group_is_deleted() -> None:
    """As CloudFormation takes what is gone for deleted."""
    deploy("create_stack", template(DATA, SOLUTION))
    filters = called("ListFilters")["Filters"]
    emulator = personalize.emulator(ACCOUNT, REGION)
    for each in filters:
        emulator.handle("personalize", "DeleteFilter", {"filterArn": each["filterArn"]})
        emulator.complete(each["filterArn"])
    boto3.client("cloudformation", region_name=REGION).delete_stack(StackName="stack")

    assert filters
    assert called("ListDatasetGroups") == {"datasetGroups": []}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Schema": "{"}, "it is not JSON"),
        ({"Schemma": "x"}, "schemma"),
        ({"Name": "no spaces"}, "regular expression"),
    ],
)
@pytest.mark.usefixtures("aws")
def test_what_the_service_refuses_fails_the_stack(change: dict[str, str], words: str) -> None:
    """In the service's words."""
    broken = json.loads(json.dumps(DATA))
    broken["InteractionsSchema"]["Properties"].update(change)

    with pytest.raises(ClientError, match=words):
        deploy("create_stack", template(broken))


def test_a_stack_waits_until_its_resources_are_active() -> None:
    """However slowly they progress: CloudFormation does not hand on what is not ready."""

    def make(account_id: str, region: str) -> PersonalizeEmulator:
        slow = Progress(pending_s=60, in_progress_s=600)
        return personalize.default_emulator(account_id, region, progress=slow)

    personalize.register(make)
    try:
        with mock_aws():
            outputs = deploy("create_stack", template(DATA, SOLUTION))
            shown = called("DescribeDataset", datasetArn=outputs["Dataset"])["dataset"]
            assert shown["status"] == "ACTIVE"
    finally:
        personalize.register(personalize.default_emulator)
