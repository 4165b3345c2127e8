"""The published JSON Schema of metadata is the contract that the code enforces."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ingestion.domain.metadata_record import MetadataRecord, derive_metadata
from jsonschema import Draft202012Validator

from scripts.export_schemas import METADATA_TARGET, metadata_schema, metadata_text
from tests.support.builders import a_message
from tests.support.metadata import METADATA_RULES, a_catalogue_entry, a_profile

VALIDATOR = Draft202012Validator(metadata_schema())


def test_the_committed_schema_is_current() -> None:
    """`make schemas` writes it."""
    assert METADATA_TARGET.read_text() == metadata_text()


@pytest.mark.parametrize(
    "body",
    [
        a_profile(),
        a_profile(age_band=None, consent={"state": "granted"}, ext={"any": ["thing"]}),
        a_catalogue_entry(),
        a_catalogue_entry(genres=["Ciencia ficción", "Kids & Family"], description="a\nb"),
    ],
)
def test_what_we_accept_is_valid(body: dict[str, Any]) -> None:
    """Who checks against the schema before sending is never surprised."""
    assert isinstance(derive_metadata(a_message(body), METADATA_RULES), MetadataRecord)
    VALIDATOR.validate(body)


def test_the_documented_examples_are_accepted() -> None:
    """Who copies them is not surprised either."""
    text = (Path(__file__).parents[2] / "docs" / "metadata.md").read_text()
    examples = [json.loads(each) for each in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    assert [example["kind"] for example in examples] == ["profile", "catalogue"]
    for example in examples:
        VALIDATOR.validate(example)
        assert isinstance(derive_metadata(a_message(example), METADATA_RULES), MetadataRecord)


@pytest.mark.parametrize(
    "body",
    [
        {},
        a_profile(colour="red"),
        a_profile(schema_version="2.0"),
        a_profile(user_id=None),
        a_profile(region="a|b"),
        a_profile(region=" a"),
        a_catalogue_entry(item_id="a|b"),
        a_catalogue_entry(genres=[]),
        a_catalogue_entry(price=-1),
        a_catalogue_entry(description=" "),
    ],
)
def test_what_we_refuse_is_invalid(body: dict[str, Any]) -> None:
    """The shape alone is enough to see these."""
    assert not VALIDATOR.is_valid(body)
