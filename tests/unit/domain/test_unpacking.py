"""One record, many messages: each with its own bytes, none harmed by its neighbour."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.message import Message
from ingestion.domain.parsing import MAX_MESSAGE_BYTES
from ingestion.domain.rejection import Rejection
from ingestion.domain.unpacking import MAX_ELEMENTS, unpack

from local.demo.imperfections import aggregated
from tests.support.builders import NOW_MS, a_message, a_playback

POST = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"


def bodies(body: object) -> list[bytes]:
    return [each.body for each in unpack(a_message(body)) if isinstance(each, Message)]


def fault(body: object) -> tuple[str, str]:
    (found,) = unpack(a_message(body))
    assert isinstance(found, Rejection)
    return found.reason, found.detail


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"{}",
        b" {} ",
        b"\xef\xbb\xbf[]",
        a_playback(),
        a_playback(ext={"batch": 1}),
        {"batch": "none"},
        {"batch": {}},
        {"schema": POST, "data": {}},
        {"note": "/payload_data/"},
        b"\xf3\x89\x9a",
    ],
)
def test_most_records_are_one_message(body: object) -> None:
    """They are handed on as they are, good or bad."""
    message = a_message(body)
    assert unpack(message) == (message,)


@pytest.mark.parametrize(
    "text",
    [
        "[%s,%s]",
        " [ %s ,\n %s ] ",
        '{"batch":[%s,%s]}',
        '{"a":[1,[2]],"batch" : [ %s , %s ],"z":0}',
        f'{{"schema":"{POST}","data":[%s,%s]}}',
    ],
)
def test_elements_keep_their_bytes(text: str) -> None:
    """Spaces, order of keys and escapes are the client's; nothing is written anew."""
    first, second = r'{"b" : 1.0,  "a":"\u00e9]"}', '{"é": [1, 2]}'
    assert bodies((text % (first, second)).encode()) == [first.encode(), second.encode()]


def test_an_element_is_a_message_of_its_own() -> None:
    """Its id lies below the record's, and with it the record is delivered again."""
    first, second = unpack(Message("seq", "shard", b"[1,2]", NOW_MS))
    assert first == Message("seq.0", "shard", b"1", NOW_MS, carrier_id="seq")
    assert isinstance(second, Message)
    assert (second.id, second.delivery_id) == ("seq.1", "seq")


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b'"\xff"', id="bytes that are no text"),
        pytest.param(b"9" * 5000, id="a number of 5,000 digits"),
        pytest.param(b'"\x01"', id="a control character"),
        pytest.param(b'"\\ud800"', id="half an emoji"),
        pytest.param(b"[[1]]", id="a list"),
        pytest.param(b"NaN", id="not a number"),
        pytest.param(b'"' + b"x" * (MAX_MESSAGE_BYTES + 1) + b'"', id="too large"),
    ],
)
def test_a_bad_element_harms_no_neighbour(bad: bytes) -> None:
    """It is judged when it is parsed, by its own bytes."""
    assert bodies(b'[{"a":1},' + bad + b',{"b":2}]') == [b'{"a":1}', bad, b'{"b":2}']


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        pytest.param(b"[]", "schema", "empty_batch", id="empty list"),
        pytest.param({"batch": []}, "schema", "empty_batch", id="empty batch"),
        pytest.param({"schema": POST, "data": []}, "schema", "empty_batch", id="empty post"),
        pytest.param(aggregated("k", []), "schema", "empty_batch", id="empty aggregate"),
        pytest.param([1] * 501, "size", "over_500_elements", id="too many"),
        pytest.param(
            aggregated("k", [b"1"] * 501), "size", "over_500_elements", id="too many (KPL)"
        ),
        pytest.param(
            aggregated("k", [b"[1,2]"] * 251), "size", "over_500_elements", id="too many in all"
        ),
        pytest.param(
            aggregated("k", [b"1"])[:-1], "encoding", "kpl_aggregate_damaged", id="damaged"
        ),
        pytest.param(b"[1,2", "json", "json_invalid", id="cut off"),
        pytest.param(b"[1,]", "json", "json_invalid", id="a comma too many"),
        pytest.param(b"[1] [2]", "json", "json_invalid", id="two lists"),
        pytest.param(b"[" * 100_000, "json", "json_invalid", id="nested too deep"),
        pytest.param(b'{"batch":[1],"sentAt":"\\ud800"}', "json", "json_invalid", id="bad common"),
        pytest.param(
            {"batch": [1], "context": "x" * MAX_MESSAGE_BYTES},
            "size",
            "common_fields_too_large",
            id="large common",
        ),
    ],
)
def test_a_record_that_cannot_be_taken_apart_is_rejected(
    body: object, reason: str, detail: str
) -> None:
    """As a whole, with its bytes."""
    assert fault(body) == (reason, detail)


def test_a_full_batch_is_taken_apart() -> None:
    """The bound is the batch of the event source mapping."""
    assert len(bodies([1] * MAX_ELEMENTS)) == MAX_ELEMENTS


def test_what_a_segment_batch_says_of_all_goes_with_each() -> None:
    """The time of sending and the context, in any case of the keys; no other dialect has it."""
    body = {"sent_at": "2026-11-24T05:59:59Z", "context": {"a": 1}, "batch": [1], "writeKey": "k"}
    (element,) = unpack(a_message(body))
    assert isinstance(element, Message)
    assert json.loads(element.common) == {"sentAt": body["sent_at"], "context": {"a": 1}}
    (plain,) = unpack(a_message({"batch": [1]}))
    (post,) = unpack(a_message({"schema": POST, "data": [1], "sentAt": "x"}))
    assert isinstance(plain, Message)
    assert isinstance(post, Message)
    assert (plain.common, post.common) == (b"", b"")


def test_an_aggregate_holds_records_of_any_kind() -> None:
    """Activities, lists, batches, and a broken one that harms no other."""
    record = aggregated("k", [b'{"a":1}', b"[1,2]", b"[", b'{"batch":[3]}'])
    found = unpack(Message("seq", "shard", record, NOW_MS))
    assert [each.id if isinstance(each, Message) else each.message.id for each in found] == [
        "seq.0",
        "seq.1.0",
        "seq.1.1",
        "seq.2",
        "seq.3.0",
    ]
    carriers = {
        each.delivery_id if isinstance(each, Message) else each.message.delivery_id
        for each in found
    }
    assert carriers == {"seq"}
    assert [each.detail for each in found if isinstance(each, Rejection)] == ["json_invalid"]


_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    values=st.lists(_VALUES, min_size=1, max_size=8), indent=st.integers(0, 3), ascii_=st.booleans()
)
def test_elements_come_back_as_they_went_in(
    values: list[Any], indent: int, *, ascii_: bool
) -> None:
    """However the list is written."""
    text = json.dumps(values, indent=indent or None, ensure_ascii=ascii_).encode("utf-8", "replace")
    assert [json.loads(body) for body in bodies(text)] == json.loads(text)


@given(st.binary(max_size=80), st.sampled_from([b"", b"[", b'{"batch":[', b"\xf3\x89\x9a\xc2"]))
def test_any_bytes_never_raise(body: bytes, beginning: bytes) -> None:
    """And never become nothing."""
    assert unpack(a_message(beginning + body))
