"""Users and items: schema, parameters, settings and rules name the same columns."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from ingestion.domain.metadata_record import DatasetColumns, ItemColumn, UserColumn
from ingestion.settings.record_metadata import RecordMetadataSettings

type Json = dict[str, Any]

QUOTA_CALLS_PER_S = 10  # PutUsers and PutItems, each, for a dataset group (guide, quotas)
EXISTING = "arn:aws:personalize:eu-west-1:111122223333:dataset/videos"


@pytest.fixture
def settings(functions: Json) -> RecordMetadataSettings:
    """Return the settings that the template's defaults make."""
    variables = functions["RecordMetadataFunction"]["Environment"]["Variables"]
    return RecordMetadataSettings.model_validate({n: str(v) for n, v in variables.items()})


def columns_of(resources: Json, name: str) -> DatasetColumns:
    """Return what a schema declares beside the id, and what of that may not be null."""
    fields = json.loads(resources[name]["Properties"]["Schema"])["fields"]
    own = {field["name"]: field["type"] for field in fields if not field["name"].endswith("_ID")}
    required = {name for name, kind in own.items() if "null" not in kind}
    return DatasetColumns(frozenset(own), frozenset(required))


def test_the_settings_are_the_schemas(settings: RecordMetadataSettings, resources: Json) -> None:
    """A column left out would not be sent; a stray one would fail every call."""
    assert settings.rules.users == columns_of(resources, "UsersSchema")
    assert settings.rules.items == columns_of(resources, "ItemsSchema")


def test_every_column_of_the_schemas_can_be_filled(resources: Json) -> None:
    """The rules know each of them."""
    assert set(columns_of(resources, "UsersSchema").declared) == set(UserColumn)
    assert set(columns_of(resources, "ItemsSchema").declared) == set(ItemColumn)


def test_numbers_of_items_are_numbers(resources: Json) -> None:
    """A schema of text would refuse what the rules send."""
    fields = json.loads(resources["ItemsSchema"]["Properties"]["Schema"])["fields"]
    types = {field["name"]: field["type"] for field in fields}

    assert (types["PRICE"], types["DURATION"]) == ("float", "float")
    assert types["CREATION_TIMESTAMP"] == "long"


def test_all_invocations_together_keep_the_quota(
    settings: RecordMetadataSettings, event_source_mappings: Json
) -> None:
    """The pace of one times those that may run at once."""
    at_once = event_source_mappings["RecordMetadataFunction"]["ScalingConfig"]["MaximumConcurrency"]

    assert settings.max_metadata_concurrency == at_once
    assert settings.share_of_calls * at_once <= QUOTA_CALLS_PER_S


@pytest.mark.parametrize(
    ("parameter", "value", "fits"),
    [
        ("UserColumns", "AGE_BAND", True),
        ("UserColumns", "AGE_BAND?,GENDER", True),
        ("UserColumns", "", False),
        ("UserColumns", "AGE_BAND?,", False),
        ("UserColumns", "AGE_BAND??", False),
        ("UserColumns", "AGE_BANDGENDER", False),
        ("UserColumns", "GENRES", False),
        ("ItemColumns", "GENRES,CREATION_TIMESTAMP?", True),
        ("ItemColumns", "GENRES ,PRICE", False),
        ("ExistingDatasetGroupName", "videos-2", True),
        ("ExistingDatasetGroupName", "videos/2", False),
    ],
)
def test_parameters_take_what_can_work(
    parameter: str, value: str, *, fits: bool, source: Json
) -> None:
    """A misspelt column would be refused by Personalize with every call."""
    pattern = source["Parameters"][parameter]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, value)) is fits


def test_an_existing_dataset_group_gets_the_metadata(deploy: Callable[..., Json]) -> None:
    """By the name of the group: its datasets' ARNs follow from it, and so do the permissions."""
    deployed = deploy(ExistingTrackingId="b3c5", ExistingDatasetGroupName="videos")
    variables = deployed["RecordMetadataFunction"]["Properties"]["Environment"]["Variables"]
    policy = deployed["RecordMetadataRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    resources = {each["Sid"]: each["Resource"] for each in policy["Statement"]}
    rebuilt = EXISTING.replace("dataset/videos", "dataset/stack-r20*")

    assert resources["PutUsers"][1:] == [f"{rebuilt}/USERS"]
    assert resources["PutItems"][1:] == [f"{rebuilt}/ITEMS"]
    assert variables["USERS_DATASET_ARN"] == resources["PutUsers"][0] == f"{EXISTING}/USERS"
    assert variables["ITEMS_DATASET_ARN"] == resources["PutItems"][0] == f"{EXISTING}/ITEMS"


def test_without_datasets_nothing_of_it_is_made(deploy: Callable[..., Json]) -> None:
    """No queue that nobody reads, no alarm on nothing."""
    deployed = deploy(ExistingTrackingId="b3c5")

    assert not [name for name in deployed if "Metadata" in name]
