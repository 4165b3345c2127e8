"""Which dialect a message speaks, and that no message can do harm."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.dialects.detection import NotPlayback, understand
from ingestion.domain.message import Message
from ingestion.domain.parsing import ReceivedActivity, parse_activity
from ingestion.domain.point import Dialect
from ingestion.domain.rejection import Rejection

from tests.support.builders import NOW_MS, WINDOW, a_message, a_playback, a_reaction
from tests.support.dialects import RULES, point, rejected, understood
from tests.support.performances import END, FOREIGN, PLAY, Performance

type Json = dict[str, Any]

VIEWING = Performance(
    "V1",
    100,
    (
        *(PLAY, ("watch", 12), ("seek", 90), ("watch", 2), ("advertise", 6), ("watch", 2)),
        *(("pause", 6), PLAY, ("watch", 6), END),
    ),
)
TOLD = {dialect: VIEWING.told(FOREIGN[dialect]) for dialect in Dialect}


@pytest.mark.parametrize("dialect", Dialect)
def test_the_shape_tells_the_dialect(dialect: Dialect) -> None:
    """Nobody has to change a foreign tracker."""
    assert {point(body).dialect for body in TOLD[dialect]} == {dialect}


@pytest.mark.parametrize("dialect", Dialect)
def test_a_message_may_say_what_it_speaks(dialect: Dialect) -> None:
    """Then its shape is not asked."""
    body = TOLD[dialect][0]
    assert point(body | {"source": dialect}).dialect == dialect
    others = set(Dialect) - {dialect}
    wrong = [understood(body | {"source": other}) for other in others]
    assert not [each for each in wrong if isinstance(each, ReceivedActivity)]


@pytest.mark.parametrize("body", [a_playback(), a_reaction()])
def test_native_activities_are_native(body: Json) -> None:
    """They are parsed as ever."""
    message = a_message(body)
    assert understand(message, WINDOW, RULES) == parse_activity(message, WINDOW)


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (a_playback(colour="red"), "schema", "extra_forbidden: playback"),
        (a_playback(event="Video Content Playing"), "schema", "extra_forbidden: playback"),
        ({"source": "native", "type": "track"}, "schema", "union_tag_not_found"),
        ({"source": "cmcd"}, "schema", "union_tag_not_found"),
        ({}, "schema", "union_tag_not_found"),
        ([], "schema", "dict_type"),
        (7, "schema", "dict_type"),
        ({"schema_version": "2.0", "kind": "playback"}, "schema_version", "unknown_major"),
        (a_playback(user_id="null"), "identity", "placeholder: playback.user_id"),
        (a_playback(occurred_at_ms=0), "clock", "too_late"),
        (b"{", "json", "json_invalid"),
        (b"\xff", "encoding", "not_utf8"),
        (b"\t".join([b"web"] * 131), "json", "snowplow_enriched_tsv"),
    ],
)
def test_what_speaks_no_dialect_is_rejected_as_an_activity(
    body: object, reason: str, detail: str
) -> None:
    """The reasons of native activities are what they were."""
    assert rejected(body) == (reason, detail)


def test_a_list_in_a_list_is_named() -> None:
    """Lists are taken apart once."""
    message = Message("1.0", "shard", b"[]", NOW_MS, carrier_id="1")
    result = understand(message, WINDOW, RULES)
    assert isinstance(result, Rejection)
    assert result.detail == "nested_list"


def test_what_a_batch_says_holds_for_its_elements() -> None:
    """Its time of sending and its context; an element's own word goes first."""
    body = TOLD[Dialect.SEGMENT][1] | {"context": {"page": "/films"}}
    refusal = {"consent": {"categoryPreferences": {"all": False}}}
    common = json.dumps({"sentAt": "2026-11-24T05:59:59Z", "context": refusal}).encode()
    message = Message("1.0", "s", json.dumps(body).encode(), NOW_MS, "1", common=common)
    result = understand(message, WINDOW, RULES)
    assert isinstance(result, ReceivedActivity)
    assert result.activity.sent_at_ms == NOW_MS - 1000
    assert result.activity.is_private


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
_SOUND = [body for told in TOLD.values() for body in told]


def _places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else ())
    )
    return [path, *(place for key, inner in items for place in _places(inner, (*path, key)))]


def _spoilt(value: Any, path: tuple[Any, ...], spoil: object) -> Any:
    if not path:
        return spoil
    if isinstance(value, dict):
        return value | {path[0]: _spoilt(value[path[0]], path[1:], spoil)}
    return [
        _spoilt(each, path[1:], spoil) if at == path[0] else each for at, each in enumerate(value)
    ]


@given(st.data())
def test_a_sound_message_with_anything_anywhere_never_raises(data: st.DataObject) -> None:
    """A point, something else, or a rejection: never an exception."""
    body = data.draw(st.sampled_from(_SOUND))
    path = data.draw(st.sampled_from(_places(body)))
    result = understood(_spoilt(body, path, data.draw(_JSON)))
    assert isinstance(result, ReceivedActivity | NotPlayback | Rejection)


@pytest.mark.parametrize("secret", ["a secret", ["a secret"], {"a secret": "a secret"}])
def test_a_detail_never_shows_a_value(secret: object) -> None:
    """Details are logged, so they name rules and places only."""
    spoilt = [_spoilt(body, path, secret) for body in _SOUND for path in _places(body)]
    results = [understood(body) for body in spoilt]
    details = [result.detail for result in results if isinstance(result, Rejection)]
    assert len(details) > 100
    assert not [detail for detail in details if "secret" in detail]


@given(_JSON, st.sampled_from([*Dialect, "native", None]))
def test_any_json_never_raises(body: object, source: str | None) -> None:
    """Whatever it says that it speaks."""
    said = {"source": source} if source else {}
    whole = body | said if isinstance(body, dict) else body
    assert isinstance(understood(whole), NotPlayback | Rejection)


@given(st.binary(max_size=200))
def test_any_bytes_never_raise(body: bytes) -> None:
    """Not even those that are no JSON."""
    assert isinstance(understood(body), NotPlayback | Rejection)
