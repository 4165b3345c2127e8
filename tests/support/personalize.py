"""An event tracker of the Personalize emulator, under `mock_aws`."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

from local.moto_extensions.personalize import emulator, register
from local.personalize import PersonalizeEmulator

REGION = "eu-west-1"

SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "version": "1.0",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
        {"name": "EVENT_TYPE", "type": "string"},
        {"name": "EVENT_VALUE", "type": ["float", "null"]},
        {"name": "RECOMMENDATION_ID", "type": ["string", "null"]},
        {"name": "IMPRESSION", "type": ["string", "null"]},
        {"name": "EVENT_ATTRIBUTION_SOURCE", "type": ["string", "null"]},
        {"name": "DEVICE_TYPE", "type": ["string", "null"], "categorical": True},
    ],
}


@contextmanager
def personalize() -> Generator[PersonalizeEmulator]:
    """Moto with the emulator in it, both empty."""
    register()
    with mock_aws():
        yield emulator("123456789012", REGION)


def make_tracker(*, bare: bool = False, region: str = REGION) -> tuple[str, str]:
    """A dataset group with an interactions dataset and a tracker: its ARN and the tracking id.

    A bare one has the four columns that must be there and no other.
    """
    client: Any = boto3.client("personalize", region)
    text = json.dumps(SCHEMA | {"fields": SCHEMA["fields"][:4]} if bare else SCHEMA)
    schema = client.create_schema(name="interactions", schema=text)["schemaArn"]
    group = client.create_dataset_group(name="videos")["datasetGroupArn"]
    client.create_dataset(
        name="interactions", datasetGroupArn=group, datasetType="Interactions", schemaArn=schema
    )
    tracker = client.create_event_tracker(name="tracker", datasetGroupArn=group)
    return group, tracker["trackingId"]


@cache
def _schemas() -> dict[str, str]:
    """The schemas of the template, by dataset type: what a deployed stack would have."""
    template = yaml_parse((Path(__file__).parents[2] / "template.yaml").read_text())
    return {
        name: template["Resources"][f"{name}Schema"]["Properties"]["Schema"]
        for name in ("Users", "Items")
    }


def make_datasets(group: str) -> tuple[str, str]:
    """The users and the items dataset of a group, with the template's schemas: their ARNs."""
    client: Any = boto3.client("personalize", REGION)
    users_arn, items_arn = (
        client.create_dataset(
            name=name.lower(),
            datasetGroupArn=group,
            datasetType=name,
            schemaArn=client.create_schema(name=name.lower(), schema=text)["schemaArn"],
        )["datasetArn"]
        for name, text in _schemas().items()
    )
    return users_arn, items_arn
