"""The context: one name in three spellings, closed enough to be sent, open enough to be useful."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.context import (
    MAX_CONTEXT_KEYS,
    can_be_context_column,
    collide,
    context_pairs,
    properties_of,
)
from ingestion.domain.interaction import Column, Columns, interactions_of_playback, with_columns
from ingestion.domain.parsing import ReceivedActivity, parse_activity
from ingestion.domain.put_events import MAX_PROPERTIES_CHARACTERS
from ingestion.domain.rejection import Rejection, RejectionReason

from local.personalize.schema_text import parse_column
from tests.support.builders import THRESHOLDS, WINDOW, a_message, a_reaction, a_start

_WORDS = st.from_regex(r"[A-Z]{1,10}(_[A-Z]{1,10}){0,2}", fullmatch=True)


def told(context: Any) -> ReceivedActivity[Any] | Rejection:
    return parse_activity(a_message(a_start(context=context)), WINDOW)


def test_a_key_becomes_a_column_and_the_column_a_property() -> None:
    """`device_type`, `DEVICE_TYPE`, `deviceType`."""
    pairs = context_pairs({"os": "tvos", "device_type": "tv"})
    assert pairs == (("DEVICE_TYPE", "tv"), ("OS", "tvos"))
    assert json.loads(properties_of(pairs) or "") == {"deviceType": "tv", "os": "tvos"}


def test_no_context_is_no_properties() -> None:
    """PutEvents takes no empty text."""
    assert properties_of(context_pairs(None)) is None


@given(_WORDS)
def test_the_emulator_reads_a_column_back_from_its_property(name: str) -> None:
    """Our spelling and the one of who receives it are the same."""
    column = parse_column({"name": name, "type": "string"})
    assert list(json.loads(properties_of(((name, "x"),)) or "")) == [column.property_name]


def test_the_largest_context_that_can_be_declared_fits_into_a_call() -> None:
    """What the contract accepts is not refused after it."""
    pairs = tuple((letter * 32, "v" * 100) for letter in "ABCDE")
    assert all(can_be_context_column(name) for name, _ in pairs)
    assert len(properties_of(pairs) or "") <= MAX_PROPERTIES_CHARACTERS


@pytest.mark.parametrize(
    "name",
    [
        "device_type",
        "DEVICE__TYPE",
        "_DEVICE",
        "OS_2",
        "",
        "D" * 33,
        "USER_ID",
        "EVENTTYPE",
        "EVENT_VALUE",
        "IMPRESSION",
        "SESSION_ID",
        "EVENT_ATTRIBUTION_SOURCE",
    ],
)
def test_what_cannot_be_a_context_column(name: str) -> None:
    """Misspelt, too long, or Personalize's own, underscores ignored."""
    assert not can_be_context_column(name)


def test_columns_that_differ_in_underscores_collide() -> None:
    """Personalize refuses such a schema."""
    assert collide(["DEVICE_TYPE", "DEVICETYPE"])
    assert not collide(["DEVICE_TYPE", "OS"])


@pytest.mark.parametrize(
    "context",
    [
        None,
        {},
        {"device_type": "tv"},
        {"device_type": "Fire TV (4K)", "app": "web/4.2", "daypart": "20:00"},
    ],
)
def test_a_context_is_accepted(context: Any) -> None:
    """Any key of the sender's, short values."""
    assert isinstance(told(context), ReceivedActivity)


@pytest.mark.parametrize(
    ("context", "detail"),
    [
        ({"deviceType": "tv"}, "string_pattern_mismatch: playback.context"),
        ({"device_type": ""}, "string_too_short: playback.context"),
        ({"device_type": "a|b"}, "string_pattern_mismatch: playback.context"),
        ({"device_type": "v" * 101}, "string_too_long: playback.context"),
        ({"device_type": 1}, "string_type: playback.context"),
        ({"device_type": None}, "string_type: playback.context"),
        ({"k" * 33: "v"}, "string_too_long: playback.context"),
        ({"a" * n: "v" for n in range(1, 12)}, "too_long: playback.context"),
        ("tv", "dict_type: playback.context"),
    ],
)
def test_a_context_is_refused_and_its_keys_are_not_repeated(context: Any, detail: str) -> None:
    """A key is the sender's text and may be anything."""
    result = told(context)
    assert isinstance(result, Rejection)
    assert (result.reason, result.detail) == (RejectionReason.SCHEMA, detail)


def test_feedback_has_a_context_too() -> None:
    """A like is given on a device as well."""
    liked = parse_activity(a_message(a_reaction(context={"device_type": "phone"})), WINDOW)
    assert isinstance(liked, ReceivedActivity)


def test_a_key_without_a_column_stays_with_the_activity() -> None:
    """It is archived with the row and not sent."""
    received = told({"device_type": "tv", "mood": "tired"})
    assert isinstance(received, ReceivedActivity)
    (click,) = interactions_of_playback(received, THRESHOLDS)
    declared = Columns(frozenset(Column), context=frozenset({"DEVICE_TYPE"}))
    assert with_columns(click, declared).context == (("DEVICE_TYPE", "tv"),)
    assert received.activity.context == {"device_type": "tv", "mood": "tired"}


def test_a_context_has_ten_keys_at_most() -> None:
    """More than Personalize could take in any case."""
    ten = {"a" * n: "v" for n in range(1, MAX_CONTEXT_KEYS + 1)}
    assert isinstance(told(ten), ReceivedActivity)
