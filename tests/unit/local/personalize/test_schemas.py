"""What a schema must be, for the three dataset types, in custom groups and for video on demand."""

from typing import Any

import pytest

from local.personalize import EmulatedError
from local.personalize.schema_text import parse_schema
from tests.unit.local.personalize.world import (
    INTERACTION_FIELDS,
    ITEM_FIELDS,
    USER_FIELDS,
    World,
    avro,
)


def string(name: str, **more: Any) -> dict[str, Any]:
    """Builds a field."""
    return {"name": name, "type": "string", **more}


def refusal(world: World, text: str, **parameters: Any) -> str:
    """Gives the words with which a schema is refused."""
    with pytest.raises(EmulatedError) as caught:
        world.control("CreateSchema", name="s", schema=text, **parameters)
    assert caught.value.code == "InvalidInputException"
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "it is not JSON"),
        ("[]", "it is not an Avro record"),
        (avro([string("USER_ID")], type="array"), "it is not an Avro record"),
        (avro([string("USER_ID")], namespace=""), "the record has no namespace"),
        (avro([]), "the record has no fields"),
        (avro([{"type": "string"}]), "a field has no name"),
        (avro([string("USER-ID")]), "USER-ID is not alphanumeric"),
        (avro([{"name": "A", "type": "bytes"}]), "A has an unsupported type"),
        (avro([{"name": "A", "type": {"type": "array"}}]), "A has an unsupported type"),
        (avro([string("GENRES_1"), string("GENRES1")]), "GENRES1 is not unique"),
        (avro(INTERACTION_FIELDS[1:]), "the INTERACTIONS schema has no USER_ID"),
        (
            avro([string("USER_ID"), string("ITEM_ID"), string("TIMESTAMP")]),
            "TIMESTAMP must be of type long",
        ),
        (
            avro([*INTERACTION_FIELDS, string("IMPRESSION", categorical=True)]),
            "IMPRESSION must be of type string and not categorical",
        ),
        (
            avro([*INTERACTION_FIELDS, *(string(f"OWN{n}") for n in "ABCDEF")]),
            "an INTERACTIONS schema may have 5 metadata columns",
        ),
        (avro([string("USER_ID")], "Users"), "the USERS schema has no metadata column"),
        (
            avro([string("USER_ID"), string("ABOUT", textual=True)], "Users"),
            "too many textual columns: ABOUT",
        ),
        (avro([string(f"C{n}") for n in range(101)], "Items"), "has no ITEM_ID"),
        (
            avro([string("ITEM_ID"), *(string(f"C{n}") for n in range(100))], "Items"),
            "too many columns",
        ),
    ],
)
def test_a_schema_that_breaks_a_rule_is_refused(world: World, text: str, words: str) -> None:
    """The refusal says which rule it was."""
    assert words in refusal(world, text)


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        (INTERACTION_FIELDS[:3], "Interactions", "no EVENT_TYPE"),
        (ITEM_FIELDS[:2], "Items", "no CREATION_TIMESTAMP"),
    ],
)
def test_video_on_demand_needs_more_columns(
    world: World, fields: list[dict[str, Any]], name: str, words: str
) -> None:
    """What suffices in a custom group does not in the domain."""
    text = avro(fields, name)
    world.control("CreateSchema", name="custom", schema=text)

    assert words in refusal(world, text, domain="VIDEO_ON_DEMAND")


def test_a_domain_the_emulator_does_not_know_is_refused(world: World) -> None:
    """Nothing is half emulated in silence."""
    assert "ECOMMERCE" in refusal(world, avro(INTERACTION_FIELDS), domain="ECOMMERCE")


def test_a_dataset_wants_a_schema_of_its_own_type(world: World) -> None:
    """An items schema makes no interactions dataset."""
    group, schema = world.group(), world.schema(USER_FIELDS, "Users")

    with pytest.raises(EmulatedError, match="the INTERACTIONS schema has no ITEM_ID"):
        world.control(
            "CreateDataset",
            name="d",
            datasetGroupArn=group,
            schemaArn=schema,
            datasetType="Interactions",
        )


def test_schema_and_group_are_of_one_domain(world: World) -> None:
    """A custom schema makes no dataset in a group of the domain."""
    group = world.group(domain="VIDEO_ON_DEMAND")

    with pytest.raises(EmulatedError, match="of the same domain"):
        world.dataset(group)


def test_properties_are_columns_in_camel_case() -> None:
    """PutEvents spells WATCH_SECONDS as watchSeconds."""
    schema = parse_schema(avro([*INTERACTION_FIELDS, string("WATCH_SECONDS")]))

    assert "watchSeconds" in schema.by_property
    assert schema.by_property["eventValue"].name == "EVENT_VALUE"
