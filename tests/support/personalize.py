"""An event tracker of the Personalize emulator, under `mock_aws`."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import boto3
from moto import mock_aws

from local.moto_extensions.personalize import emulator, register
from local.personalize import PersonalizeEmulator

REGION = "eu-west-1"

_SCHEMA: dict[str, Any] = {
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


def make_tracker(*, bare: bool = False) -> tuple[str, str]:
    """A dataset group with an interactions dataset and a tracker: its ARN and the tracking id.

    A bare one has the four columns that must be there and no other.
    """
    client: Any = boto3.client("personalize", REGION)
    text = json.dumps(_SCHEMA | {"fields": _SCHEMA["fields"][:4]} if bare else _SCHEMA)
    schema = client.create_schema(name="interactions", schema=text)["schemaArn"]
    group = client.create_dataset_group(name="videos")["datasetGroupArn"]
    client.create_dataset(
        name="interactions", datasetGroupArn=group, datasetType="Interactions", schemaArn=schema
    )
    tracker = client.create_event_tracker(name="tracker", datasetGroupArn=group)
    return group, tracker["trackingId"]
