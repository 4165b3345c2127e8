"""Fix files: what fits is mended as it says, and nothing else is touched."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.message import Message

from operations.fixes import Fix, fixes_in, mended
from operations.rows import StoredRejection
from tests.support.builders import NOW_MS

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from(["a", "b", "c", "d/e", "f~"]), JSON_VALUES)


def a_rejection(body: object, detail: str = "missing: playback.rate") -> StoredRejection:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    message = Message("m-1", "shardId-000000000000", content, NOW_MS)
    return StoredRejection("r-1", "schema", detail, "record_playback", message)


def fixes(when: dict[str, Any], *then: dict[str, Any]) -> tuple[Fix, ...]:
    return tuple(fixes_in(json.dumps([{"when": when, "then": then}]).encode()))


def after(body: object, *then: dict[str, Any], when: dict[str, Any] | None = None) -> Any:
    rejection = a_rejection(body)
    return json.loads(mended(rejection, rejection.message.body, fixes(when or {}, *then)))


BODY = {"id": "a b", "in": [1]}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"op": "set", "path": "/rate", "value": 1.5}, BODY | {"rate": 1.5}),
        ({"op": "set", "path": "/new/deep", "value": 1}, BODY | {"new": {"deep": 1}}),
        ({"op": "set", "path": "/in/0", "value": 2}, BODY | {"in": [2]}),
        ({"op": "set", "path": "/in/7", "value": 2}, BODY),
        ({"op": "remove", "path": "/in"}, {"id": "a b"}),
        ({"op": "remove", "path": "/in/0"}, BODY | {"in": []}),
        ({"op": "remove", "path": "/nowhere/0"}, BODY),
        ({"op": "rename", "path": "/id", "to": "item"}, {"item": "a b", "in": [1]}),
        ({"op": "rename", "path": "/id", "to": "in"}, BODY),
        ({"op": "replace", "path": "/id", "pattern": "^a ", "with": "a-"}, BODY | {"id": "a-b"}),
        ({"op": "replace", "path": "/in", "pattern": ".", "with": "-"}, BODY),
    ],
)
def test_a_step_does_what_it_says(step: dict[str, Any], expected: object) -> None:
    """And nothing where the place is not there, or another name would be overwritten."""
    assert after(BODY, step) == expected


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ({}, True),
        ({"reason": "schema"}, True),
        ({"reason": "clock"}, False),
        ({"detail": "missing:*"}, True),
        ({"detail": "missing"}, False),
        ({"recorded_by": "record_feedback"}, False),
        ({"fields": {"/kind": "playback", "/n": 1}}, True),
        ({"fields": {"/kind": "playback", "/n": True}}, False),
        ({"fields": {"/nothing": None}}, False),
    ],
)
def test_a_rule_fits_when_all_of_it_holds(when: dict[str, Any], *, fits: bool) -> None:
    """Values are compared as JSON does it."""
    found = after(
        {"kind": "playback", "n": 1}, {"op": "set", "path": "/fixed", "value": True}, when=when
    )
    assert ("fixed" in found) is fits


def test_rules_apply_in_order() -> None:
    """The second sees what the first left."""
    rejection = a_rejection({"a": 1})
    text = b"""{"when": {}, "then": [{"op": "rename", "path": "/a", "to": "b"}]}
    {"when": {"fields": {"/b": 1}}, "then": [{"op": "set", "path": "/b", "value": 2}]}"""
    assert json.loads(mended(rejection, rejection.message.body, fixes_in(text))) == {"b": 2}


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[1]",
        b'[{"when": {}, "then": []}]',
        b'[{"when": {"reason": "mood"}, "then": [{"op": "remove", "path": "/a"}]}]',
        b'[{"when": {}, "then": [{"op": "remove", "path": "a"}]}]',
        b'[{"when": {}, "then": [{"op": "replace", "path": "/a", "pattern": "(", "with": ""}]}]',
        b'[{"when": {}, "then": [{"op": "drop", "path": "/a"}]}]',
    ],
)
def test_what_is_no_fix_file_is_refused(text: bytes) -> None:
    """Before anything is touched."""
    with pytest.raises(ValueError, match=r".+"):
        fixes_in(text)


@given(document=DOCUMENTS, value=JSON_VALUES, spaces=st.sampled_from(["", "  "]))
def test_what_does_not_fit_stays_byte_for_byte(
    document: dict[str, Any], value: object, spaces: str
) -> None:
    """Blanks, escapes and the order of keys are the sender's."""
    rejection = a_rejection((json.dumps(document) + spaces).encode())
    never = fixes({"fields": {"/z": 1}}, {"op": "set", "path": "/a", "value": value})
    nothing = fixes({}, {"op": "remove", "path": "/z"})
    for rules in (never, nothing, ()):
        assert mended(rejection, rejection.message.body, rules) == rejection.message.body


@given(body=st.binary(max_size=30))
def test_what_is_no_object_stays_byte_for_byte(body: bytes) -> None:
    """Nothing can be said of places in it."""
    rules = fixes({}, {"op": "set", "path": "/a", "value": 1})
    rejection = a_rejection(body)
    try:
        is_object = isinstance(json.loads(body), dict)
    except ValueError:
        is_object = False
    assert is_object or mended(rejection, body, rules) == body


@given(document=DOCUMENTS, value=JSON_VALUES)
def test_setting_changes_one_field_and_no_other(document: dict[str, Any], value: object) -> None:
    """Whatever else the document has."""
    assert after(document, {"op": "set", "path": "/d~1e", "value": value}) == {
        **document,
        "d/e": value,
    }


@given(document=DOCUMENTS, value=JSON_VALUES)
def test_mending_twice_is_mending_once(document: dict[str, Any], value: object) -> None:
    """A body that was mended before is mended to itself."""
    rules = fixes(
        {},
        {"op": "set", "path": "/a", "value": value},
        {"op": "remove", "path": "/b"},
        {"op": "rename", "path": "/c", "to": "f~"},
    )
    rejection = a_rejection(document)
    once = mended(rejection, rejection.message.body, rules)
    if "c" not in json.loads(once):
        assert json.loads(mended(rejection, once, rules)) == json.loads(once)
