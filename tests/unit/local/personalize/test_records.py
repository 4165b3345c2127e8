"""PutUsers and PutItems."""

import json
from typing import Any

import pytest

from local.personalize import EmulatedError
from tests.unit.local.personalize.world import ITEM_FIELDS, USER_FIELDS, World


def put_item(world: World, dataset: str, item_id: str, **properties: Any) -> None:
    """Puts one item, with the creation time its schema asks for."""
    text = json.dumps({"creationTimestamp": 1, **properties})
    world.events("PutItems", datasetArn=dataset, items=[{"itemId": item_id, "properties": text}])


def genres(world: World, dataset: str) -> dict[str, str]:
    """Gives the genres of every item."""
    return {
        each.record_id: each.columns.get("GENRES", "") for each in world.emulator.records(dataset)
    }


def test_an_item_with_a_known_id_replaces_the_old_one(world: World) -> None:
    """Users and items have one current record each."""
    dataset = world.dataset(world.group(), ITEM_FIELDS, "Items")
    put_item(world, dataset, "i1", genres="Comedy")
    put_item(world, dataset, "i2", genres="Drama|Crime")
    put_item(world, dataset, "i1", genres="Horror")

    assert genres(world, dataset) == {"i1": "Horror", "i2": "Drama|Crime"}


def test_ten_calls_a_second_are_taken_for_a_dataset(world: World) -> None:
    """The eleventh is throttled, users do not wait for items, and time heals."""
    group = world.group()
    items = world.dataset(group, ITEM_FIELDS, "Items")
    users = world.dataset(group, USER_FIELDS, "Users")
    for number in range(10):
        put_item(world, items, f"i{number}", genres="Comedy")

    with pytest.raises(EmulatedError, match="ThrottlingException"):
        put_item(world, items, "i10", genres="Comedy")
    world.events("PutUsers", datasetArn=users, users=[{"userId": "u1"}])
    world.clock.advance(0.15)
    put_item(world, items, "i10", genres="Comedy")
    with pytest.raises(EmulatedError, match="ThrottlingException"):
        put_item(world, items, "i11", genres="Comedy")

    assert len(genres(world, items)) == 11


@pytest.mark.parametrize(
    "properties",
    [
        '{"genres": "Comedy"}',
        '{"creationTimestamp": "yesterday"}',
        '{"creationTimestamp": 1, "colour": "red"}',
        '{"creationTimestamp": 1, "itemId": "i2"}',
        "[]",
    ],
)
def test_an_item_that_does_not_fit_the_schema_is_refused(world: World, properties: str) -> None:
    """Missing, wrong and unknown columns are refused."""
    dataset = world.dataset(world.group(), ITEM_FIELDS, "Items")
    item = {"itemId": "i1", "properties": properties}

    with pytest.raises(EmulatedError, match="InvalidInputException"):
        world.events("PutItems", datasetArn=dataset, items=[item])


def test_users_go_into_a_users_dataset_only(world: World) -> None:
    """The dataset's ARN decides, and it must be of the right type."""
    group = world.group()
    items = world.dataset(group, ITEM_FIELDS, "Items")
    users = world.dataset(group, USER_FIELDS, "Users")
    call = {"users": [{"userId": "u1", "properties": '{"age": 30}'}]}

    world.events("PutUsers", datasetArn=users, **call)
    with pytest.raises(EmulatedError, match="ResourceNotFoundException"):
        world.events("PutUsers", datasetArn=items, **call)
    assert [each.record_id for each in world.emulator.records(users)] == ["u1"]
