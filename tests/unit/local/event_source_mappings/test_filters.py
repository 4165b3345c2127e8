"""FilterCriteria: what reaches the function."""

import base64
import json

import pytest

from local.event_source_mappings import UnsupportedMappingError
from local.event_source_mappings.filters import Filter


def a_filter(*patterns: object) -> Filter:
    """Build the filter of a mapping."""
    return Filter.read({"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]})


def a_message(body: object) -> dict[str, object]:
    """Build the envelope of a queue message with a JSON body."""
    return {"body": json.dumps(body), "attributes": {"SenderId": "s"}}


@pytest.mark.parametrize(
    ("rule", "fits", "does_not"),
    [
        (["play"], "play", "pause"),
        ([1], 1, True),
        ([None], None, 0),
        ([{"prefix": "pl"}], "play", "pause"),
        ([{"suffix": "y"}], "play", "pause"),
        ([{"equals-ignore-case": "PLAY"}], "play", "pause"),
        ([{"numeric": [">", 0, "<=", 5]}], 5, 0),
        ([{"numeric": ["=", 5]}], 5.0, "5"),
        ([{"numeric": [">=", 0, "<", 5]}], 0, 5),
        ([{"anything-but": ["play", "stop"]}], "pause", "play"),
        ([{"anything-but": {"prefix": "pl"}}], "pause", "play"),
        ([{"anything-but": 7}], 8, 7),
        (["play", {"prefix": "st"}], "stop", "pause"),
        (["play"], ["stop", "play"], ["stop"]),
    ],
)
def test_operators(rule: object, fits: object, does_not: object) -> None:
    """Each operator of the documentation lets through what it should, and no more."""
    kept = a_filter({"body": {"kind": rule}})

    assert kept.passes(a_message({"kind": fits}))
    assert not kept.passes(a_message({"kind": does_not}))
    assert not kept.passes(a_message({}))


def test_exists_asks_for_the_key() -> None:
    """Null is there; a missing key is not."""
    present = a_filter({"body": {"a": [{"exists": True}]}})
    absent = a_filter({"body": {"a": [{"exists": False}]}})

    assert present.passes(a_message({"a": None}))
    assert not present.passes(a_message({"b": 1}))
    assert absent.passes(a_message({"b": 1}))
    assert not absent.passes(a_message({"a": None}))


def test_keys_are_all_needed_and_alternatives_are_not() -> None:
    """Several keys are an AND, `$or` and several patterns are an OR."""
    both = a_filter({"body": {"a": [1], "b": [2]}})
    either = a_filter({"body": {"$or": [{"a": [1]}, {"b": [2]}]}})
    one_of_two = a_filter({"body": {"a": [1]}}, {"body": {"b": [2]}})

    assert not both.passes(a_message({"a": 1}))
    assert both.passes(a_message({"a": 1, "b": 2}))
    for kept in (either, one_of_two):
        assert kept.passes(a_message({"b": 2}))
        assert not kept.passes(a_message({"b": 1}))


def test_an_object_pattern_never_fits_plain_text_and_the_other_way_round() -> None:
    """A body that is no JSON object is dropped by a pattern for an object."""
    for_object = a_filter({"body": {"a": [1]}})
    for_text = a_filter({"body": ["hello"]})

    assert not for_object.passes({"body": "hello"})
    assert for_text.passes({"body": "hello"})
    assert not for_text.passes(a_message({"a": 1}))


def test_stream_records_are_matched_by_data_and_partition_key() -> None:
    """The data is decoded; the members of `kinesis` stand at the top level of the pattern."""
    kept = a_filter({"partitionKey": ["k"], "data": {"kind": ["play"]}})

    def a_record(key: str, data: bytes) -> dict[str, object]:
        return {"kinesis": {"partitionKey": key, "data": base64.b64encode(data).decode()}}

    assert kept.passes(a_record("k", b'{"kind": "play"}'))
    assert not kept.passes(a_record("other", b'{"kind": "play"}'))
    assert not kept.passes(a_record("k", b"\xff\xfe"))


def test_without_patterns_everything_passes() -> None:
    """No criteria, or criteria without filters."""
    assert Filter.read(None).passes({"body": "x"})
    assert Filter.read({"Filters": []}).passes({"body": "x"})


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ([{"wildcard": "a*"}], "wildcard"),
        ([{"cidr": "10.0.0.0/8"}], "cidr"),
        ([{"anything-but": {"wildcard": "a*"}}], "wildcard"),
        ([{"numeric": ["~", 1]}], "~"),
        ("play", "'kind'"),
    ],
)
def test_an_operator_that_is_not_emulated_is_refused_by_name(rule: object, named: str) -> None:
    """Better no start than a filter that lets through what Lambda would not."""
    with pytest.raises(UnsupportedMappingError, match=named):
        a_filter({"body": {"$or": [{"kind": rule}]}})
