"""The resources of Amazon Personalize, as its guide demands them."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from ingestion.domain.interaction import Column
from ingestion.domain.playback import EventType
from ingestion.domain.put_events import MAX_EVENT_TYPES_AND_COLUMNS

type Json = dict[str, Any]

REQUIRED = {"USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE"}
SCHEMAS = ("InteractionsSchema", "UsersSchema", "ItemsSchema")
MAX_NAME_CHARACTERS = 63


def avro(resources: Json, name: str) -> Json:
    """Return the Avro schema in a schema resource."""
    return json.loads(resources[name]["Properties"]["Schema"])


def fields(resources: Json, name: str) -> dict[str, Json]:
    """Return the fields of a schema by name."""
    return {field["name"]: field for field in avro(resources, name)["fields"]}


def personalize(resources: Json) -> Json:
    """Return what the stack creates in Personalize."""
    return {
        name: body["Properties"]
        for name, body in resources.items()
        if body["Type"].startswith("AWS::Personalize::")
    }


def test_the_optional_columns_are_those_of_the_schema(resources: Json, source: Json) -> None:
    """The default of InteractionColumns and the code name what the schema declares, in order."""
    columns = [name for name in fields(resources, "InteractionsSchema") if name not in REQUIRED]

    assert source["Parameters"]["InteractionColumns"]["Default"].split(",") == columns
    assert {column.value for column in Column} == set(columns)


def test_event_types_and_columns_are_ten_at_most(deploy: Callable[..., Json]) -> None:
    """Personalize takes no more, EVENT_TYPE, EVENT_VALUE and columns of one's own included."""
    deployed = deploy(ContextColumns="DEVICE_TYPE,OS,DAYPART")
    uncounted = {"USER_ID", "ITEM_ID", "TIMESTAMP"} | set(Column) - {Column.EVENT_VALUE}
    columns = set(fields(deployed, "InteractionsSchema")) - uncounted

    assert len(columns) + len(EventType) <= MAX_EVENT_TYPES_AND_COLUMNS


def test_dislikes_are_refused_in_a_domain_before_anything_is_deployed(source: Json) -> None:
    """Nothing keeps `Dislike` out of the training of a domain's recommenders."""
    rule = source["Rules"]["DislikesNeedACustomDatasetGroup"]
    [assertion] = rule["Assertions"]

    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "DislikeAsInteraction"}, "true"]}
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "DatasetGroupDomain"}, "CUSTOM"]}


def test_context_columns_are_declared_once(deploy: Callable[..., Json]) -> None:
    """One parameter makes the columns of the schema and tells both recorders."""
    deployed = deploy(ContextColumns="DEVICE_TYPE,OS")
    own = list(fields(deployed, "InteractionsSchema").values())[-2:]

    assert own == [
        {"name": name, "type": ["string", "null"], "categorical": True}
        for name in ("DEVICE_TYPE", "OS")
    ]
    for name in ("RecordPlaybackFunction", "RecordFeedbackFunction"):
        variables = deployed[name]["Properties"]["Environment"]["Variables"]
        assert variables["CONTEXT_COLUMNS"] == "DEVICE_TYPE,OS"


def test_reserved_columns_of_interactions_have_their_types(resources: Json) -> None:
    """Personalize fixes the types of the columns PutEvents fills by itself."""
    types = {name: field["type"] for name, field in fields(resources, "InteractionsSchema").items()}

    assert types == {
        "USER_ID": "string",
        "ITEM_ID": "string",
        "TIMESTAMP": "long",
        "EVENT_TYPE": "string",
        "EVENT_VALUE": ["float", "null"],
        "RECOMMENDATION_ID": ["string", "null"],
        "IMPRESSION": ["string", "null"],
        "EVENT_ATTRIBUTION_SOURCE": ["string", "null"],
    }


def test_users_are_bands_and_categories(resources: Json) -> None:
    """A string that is not categorical would be stored and never trained on."""
    users = fields(resources, "UsersSchema")

    assert set(users) == {
        "USER_ID",
        "AGE_BAND",
        "GENDER",
        "REGION",
        "EDUCATION",
        "SUBSCRIPTION_MODEL",
    }
    assert all(
        field["type"] == ["string", "null"] and field["categorical"]
        for name, field in users.items()
        if name != "USER_ID"
    )


def test_items_suit_both_kinds_of_dataset_group(resources: Json) -> None:
    """VIDEO_ON_DEMAND demands genres and creation time, and price and duration without null."""
    items = fields(resources, "ItemsSchema")

    assert items["GENRES"] == {"name": "GENRES", "type": "string", "categorical": True}
    assert items["CREATION_TIMESTAMP"]["type"] == "long"
    assert items["PRICE"]["type"] == items["DURATION"]["type"] == "float"
    assert items["PRODUCT_DESCRIPTION"]["textual"]
    assert sum(field.get("textual", False) for field in items.values()) == 1


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_named_after_their_dataset(name: str, resources: Json) -> None:
    """Personalize demands the dataset's type as the record's name, and unique fields."""
    schema = avro(resources, name)
    names = [field["name"].replace("_", "") for field in schema["fields"]]

    assert schema["name"] == name.removesuffix("Schema")
    assert schema["namespace"] == "com.amazonaws.personalize.schema"
    assert (schema["type"], schema["version"]) == ("record", "1.0")
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["Interactions", "Users", "Items"])
def test_each_dataset_has_its_schema(name: str, resources: Json) -> None:
    """Three datasets in one group, each with the schema of its type."""
    dataset = resources[f"{name}Dataset"]["Properties"]

    assert dataset["DatasetType"] == name
    assert dataset["SchemaArn"] == f"{name}Schema.SchemaArn"
    assert dataset["DatasetGroupArn"] == "DatasetGroup.DatasetGroupArn"


def test_the_tracker_follows_the_dataset_it_writes_to(resources: Json) -> None:
    """No event can arrive before the dataset with our schema stands."""
    assert resources["EventTracker"]["DependsOn"] in (
        "InteractionsDataset",
        ["InteractionsDataset"],
    )


def test_names_carry_a_version(resources: Json) -> None:
    """A change replaces the resource, and two of one name cannot stand side by side."""
    names = [body["Name"] for body in personalize(resources).values()]

    assert len(names) == 8
    assert all(re.fullmatch(r"stack(-[a-z]+)?-v[0-9]+", name) for name in names)


def test_names_fit_for_stacks_of_forty_characters(resources: Json) -> None:
    """Personalize takes 63 characters."""
    longest = max(len(body["Name"]) for body in personalize(resources).values())

    assert longest - len("stack") + 40 <= MAX_NAME_CHARACTERS


@pytest.mark.parametrize(("domain", "stated"), [("CUSTOM", None), ("VIDEO_ON_DEMAND", "same")])
def test_group_and_schemas_share_the_domain(
    domain: str, stated: str | None, deploy: Callable[..., Json]
) -> None:
    """A custom group has no domain; a domain group takes only schemas of its domain."""
    created = personalize(deploy(DatasetGroupDomain=domain))
    expected = domain if stated else None

    for name in ("DatasetGroup", *SCHEMAS):
        assert created[name].get("Domain") == expected


def test_an_existing_tracker_is_used_as_it_is(deploy: Callable[..., Json]) -> None:
    """With a tracking id given, the stack creates nothing in Personalize."""
    deployed = deploy(ExistingTrackingId="b3c5")

    assert not personalize(deployed)
    for name in ("RecordPlaybackFunction", "RecordFeedbackFunction"):
        variables = deployed[name]["Properties"]["Environment"]["Variables"]
        assert variables["TRACKING_ID"] == "b3c5"


def test_a_tracker_of_the_stack_is_used_otherwise(functions: Json) -> None:
    """Both recorders send to the tracker the stack made."""
    ids = {
        functions[name]["Environment"]["Variables"]["TRACKING_ID"]
        for name in ("RecordPlaybackFunction", "RecordFeedbackFunction")
    }

    assert ids == {"EventTracker.TrackingId"}


def test_recommendations_are_measured_only_when_asked_for(
    resources: Json, deploy: Callable[..., Json]
) -> None:
    """Custom metrics cost money; with a tracker of one's own the group is not ours to measure."""
    elsewhere = deploy(MeasureRecommendations="true", ExistingTrackingId="b3c5")

    assert "MetricAttribution" in deploy(MeasureRecommendations="true")
    for deployed in (resources, elsewhere):
        assert not {"MetricAttribution", "MetricAttributionRole"} & set(deployed)


def test_every_event_type_that_is_sent_is_counted_by_source(deploy: Callable[..., Json]) -> None:
    """Ten metrics at most, each with a name of its own."""
    deployed = deploy(MeasureRecommendations="true")
    metrics = deployed["MetricAttribution"]["Properties"]["Metrics"]

    assert {metric["EventType"] for metric in metrics} <= set(EventType)
    assert len({metric["MetricName"] for metric in metrics}) == len(metrics) <= 10


def test_personalize_may_report_metrics_and_nothing_else(deploy: Callable[..., Json]) -> None:
    """The role is for Personalize in this account, in this region, to put metrics."""
    role = deploy(MeasureRecommendations="true")["MetricAttributionRole"]["Properties"]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    [policy] = role["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": "personalize.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    assert statement["Action"] == "cloudwatch:PutMetricData"
    assert statement["Condition"] == {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
