"""What only the adapter to moto can get wrong."""

from typing import Any

import boto3
import pytest
from moto import backend_index, mock_aws

from local.moto_extensions import personalize
from local.personalize import PersonalizeEmulator, Quotas
from tests.contract.personalize_emulator.conftest import ACCOUNT


def groups_in(region: str) -> list[dict[str, Any]]:
    """Lists the dataset groups of a region."""
    client = boto3.client("personalize", region_name=region)
    return list(client.list_dataset_groups()["datasetGroups"])  # type: ignore[arg-type]


@pytest.mark.usefixtures("aws")
def test_regions_know_nothing_of_each_other() -> None:
    """Each has an emulator of its own, whose ARNs name it."""
    client = boto3.client("personalize", region_name="us-east-1")
    arn = client.create_dataset_group(name="g")["datasetGroupArn"]

    assert arn == f"arn:aws:personalize:us-east-1:{ACCOUNT}:dataset-group/g"
    assert len(groups_in("us-east-1")) == 1
    assert groups_in("eu-west-1") == []


def test_moto_forgets_and_the_emulator_with_it() -> None:
    """Whoever holds the emulator holds the one that serves, before and after."""
    personalize.register()
    with mock_aws():
        held = personalize.emulator(ACCOUNT, "us-east-1")
        held.handle("personalize", "CreateDatasetGroup", {"name": "g"})
        assert len(groups_in("us-east-1")) == 1
    with mock_aws():
        assert groups_in("us-east-1") == []
        assert personalize.emulator(ACCOUNT, "us-east-1") is held


def test_registering_again_changes_nothing() -> None:
    """Neither the emulators nor moto's index of hosts."""
    personalize.register()
    held = personalize.emulator(ACCOUNT, "us-east-1")
    hosts = len(backend_index.backend_url_patterns)
    personalize.register()

    assert personalize.emulator(ACCOUNT, "us-east-1") is held
    assert len(backend_index.backend_url_patterns) == hosts


def test_emulators_can_be_made_otherwise() -> None:
    """A test may bring its own quotas, clock or progress."""

    def make(account_id: str, region: str) -> PersonalizeEmulator:
        return personalize.default_emulator(account_id, region, quotas=Quotas(dataset_groups=0))

    personalize.register(make)
    try:
        with mock_aws():
            client = boto3.client("personalize", region_name="us-east-1")
            with pytest.raises(client.exceptions.LimitExceededException):
                client.create_dataset_group(name="g")
    finally:
        personalize.register(personalize.default_emulator)
