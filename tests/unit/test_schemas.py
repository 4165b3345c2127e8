"""The published JSON Schema is the contract that the code enforces."""

from typing import Any

import pytest
from ingestion.domain.parsing import ReceivedActivity, parse_activity
from jsonschema import Draft202012Validator

from scripts.export_schemas import TARGET, activity_schema, text
from tests.support.builders import (
    WINDOW,
    a_comment,
    a_message,
    a_playback,
    a_rating,
    a_reaction,
    a_sentiment,
    a_start,
)

VALIDATOR = Draft202012Validator(activity_schema())


def test_the_committed_schema_is_current() -> None:
    """`make schemas` writes it."""
    assert TARGET.read_text() == text()


@pytest.mark.parametrize(
    "body",
    [
        a_start(),
        a_playback(ext={"any": ["thing", None]}, impressions=["a"], recommendation_id="r-1"),
        a_reaction(guest_id="g-1"),
        a_reaction(context={"device_type": "tv"}),
        a_rating(4.0),
        a_sentiment("POSITIVE", 0.9, 0.05),
        a_comment("I loved it", language="en"),
        a_comment("Ça alors", language=None),
    ],
)
def test_what_we_accept_is_valid(body: dict[str, Any]) -> None:
    """Who checks against the schema before sending is never surprised."""
    assert isinstance(parse_activity(a_message(body), WINDOW), ReceivedActivity)
    VALIDATOR.validate(body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        a_playback(colour="red"),
        a_playback(schema_version="2.0"),
        a_playback(item_id="a|b"),
        a_playback(type="PLAY"),
        a_reaction("share"),
        a_comment(""),
        a_comment(" "),
        a_comment(language="english"),
        a_reaction(impressions=["i"] * 26),
        a_reaction(context={"deviceType": "tv"}),
        a_reaction(context={"device_type": 1}),
    ],
)
def test_what_we_refuse_is_invalid(body: dict[str, Any]) -> None:
    """The shape alone is enough to see these."""
    assert not VALIDATOR.is_valid(body)
