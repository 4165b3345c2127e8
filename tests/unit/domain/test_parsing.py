"""Bad inputs: each row becomes the typed rejection that its kind of fault deserves."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.parsing import MAX_MESSAGE_BYTES, ReceivedActivity, parse_activity
from ingestion.domain.rejection import Rejection, RejectionReason

from tests.support.builders import (
    NOW_MS,
    WINDOW,
    a_message,
    a_playback,
    a_rating,
    a_reaction,
    a_sentiment,
    progress,
    totals,
)

R = RejectionReason


def parse(body: object) -> ReceivedActivity[Any] | Rejection:
    return parse_activity(a_message(body), WINDOW)


def rejected(body: object) -> tuple[RejectionReason, str]:
    result = parse(body)
    assert isinstance(result, Rejection)
    return result.reason, result.detail


def raw(**fields: str) -> bytes:
    """A playback in which fields are replaced by raw JSON text."""
    text = json.dumps(a_playback() | dict.fromkeys(fields, "@@"))
    for name, value in fields.items():
        text = text.replace(f'"{name}": "@@"', f'"{name}": {value}')
    return text.encode()


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        pytest.param(b"", R.JSON, "empty", id="empty body"),
        pytest.param(b"not json", R.JSON, "json_invalid", id="not JSON"),
        pytest.param(b"{'a': 1}", R.JSON, "json_invalid", id="single quotes"),
        pytest.param(b"{} // c", R.JSON, "json_invalid", id="comment"),
        pytest.param(b"{}{}", R.JSON, "json_invalid", id="trailing text"),
        pytest.param(b"[" * 30_000, R.JSON, "json_invalid", id="nested brackets"),
        pytest.param(raw(seq="9" * 5000), R.JSON, "json_invalid", id="5,000-digit integer"),
        pytest.param(raw(item_id='"\\ud800"'), R.JSON, "json_invalid", id="unpaired surrogate"),
        pytest.param(b"null", R.SCHEMA, "dict_type", id="null"),
        pytest.param(b"[]", R.SCHEMA, "dict_type", id="list"),
        pytest.param(b"7", R.SCHEMA, "dict_type", id="number"),
        pytest.param(b"{}", R.SCHEMA, "union_tag_not_found", id="empty object"),
        pytest.param(b"\xff\xfe{\x00}\x00", R.ENCODING, "utf16", id="UTF-16"),
        pytest.param(b"\xef\xbb\xbf{}", R.ENCODING, "utf8_byte_order_mark", id="BOM"),
        pytest.param(b'{"a": "\xff"}', R.ENCODING, "not_utf8", id="invalid UTF-8"),
        pytest.param(gzip.compress(b"{}"), R.ENCODING, "gzip", id="gzip"),
        pytest.param(b"\xf3\x89\x9a\xc2\x0a", R.ENCODING, "kpl_aggregated", id="KPL aggregate"),
        pytest.param(b" " * (MAX_MESSAGE_BYTES + 1), R.SIZE, "over_32768_bytes", id="too large"),
    ],
)
def test_a_body_that_is_no_activity_is_rejected(
    body: bytes, reason: RejectionReason, detail: str
) -> None:
    """A body that is not one JSON object in UTF-8 is rejected by name."""
    assert rejected(body) == (reason, detail)


@pytest.mark.parametrize(
    ("fields", "reason", "detail"),
    [
        ({"position_s": float("nan")}, R.SCHEMA, "finite_number: playback.position_s"),
        ({"position_s": float("inf")}, R.SCHEMA, "finite_number: playback.position_s"),
        ({"position_s": -1}, R.SCHEMA, "greater_than_equal: playback.position_s"),
        ({"position_s": 1e12}, R.SCHEMA, "less_than_equal: playback.position_s"),
        ({"position_s": "20"}, R.SCHEMA, "float_type: playback.position_s"),
        ({"colour": "red"}, R.SCHEMA, "extra_forbidden: playback"),
        ({"__proto__": {}}, R.SCHEMA, "extra_forbidden: playback"),
        ({"occurred_at_ms": str(NOW_MS)}, R.SCHEMA, "int_type: playback.occurred_at_ms"),
        ({"occurred_at_ms": float(NOW_MS)}, R.SCHEMA, "int_type: playback.occurred_at_ms"),
        ({"occurred_at_ms": True}, R.SCHEMA, "int_type: playback.occurred_at_ms"),
        ({"type": "PLAY"}, R.SCHEMA, "enum: playback.type"),
        ({"type": "x" * 257}, R.SCHEMA, "enum: playback.type"),
        ({"kind": "purchase"}, R.SCHEMA, "union_tag_invalid"),
        ({"impressions": ["i"] * 26}, R.SCHEMA, "too_long: playback.impressions"),
        ({"impressions": [""]}, R.SCHEMA, "string_too_short: playback.impressions.0"),
        (
            {"impressions": ["i" * 200] * 6},
            R.SCHEMA,
            "impressions_too_long: playback.impressions",
        ),
        (
            {"recommendation_id": "r" * 41},
            R.SCHEMA,
            "string_too_long: playback.recommendation_id",
        ),
        ({"schema_version": "2.0"}, R.SCHEMA_VERSION, "unknown_major"),
        ({"schema_version": "2.0", "kind": "purchase"}, R.SCHEMA_VERSION, "unknown_major"),
        (
            {"schema_version": "1"},
            R.SCHEMA_VERSION,
            "string_pattern_mismatch: playback.schema_version",
        ),
        ({"rate": 17}, R.SCHEMA, "less_than_equal: playback.rate"),
        ({"rate": 0}, R.SCHEMA, "greater_than: playback.rate"),
    ],
)
def test_a_field_outside_the_contract_is_rejected(
    fields: dict[str, Any], reason: RejectionReason, detail: str
) -> None:
    """A field of a wrong type, size or name is rejected with its place, not its value."""
    assert rejected(a_playback(**fields)) == (reason, detail)


@pytest.mark.parametrize(
    "value",
    [
        7,
        None,
        ["u"],
        "",
        "u" * 257,
        "😀" * 256,
        "undefined",
        "null",
        "0",
        "NaN",
        "[object Object]",
        "guest",
        '"user-1"',
        "ada@example.com",
        "a\x00b",
        "a\x07b",
        "\u202eabc",
        "a\u200bb",
        "e\u0301",
        "ａｂｃ",  # noqa: RUF001  -- full-width letters are the point
        "a\u2028b",
        "a\u0085b",
        "a\nb",
        "a\n",
        "a\rb",
        'a"b',
        "a,b",
        "a|b",
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\ta",
        "＝1",  # noqa: RUF001  -- a full-width equals sign is the point
        "../../x",
        "a/b",
        "%2e%2e",
        " a",
        "a ",
        "1 OR 1=1",
        "${jndi:ldap://x}",
        "<script>",
    ],
)
def test_nobody_is_rejected(value: object) -> None:
    """An id outside the allow list, a placeholder and no id at all are rejected as identity."""
    assert rejected(a_playback(user_id=value))[0] is R.IDENTITY


@pytest.mark.parametrize("field", ["item_id", "playback_id", "activity_id"])
@pytest.mark.parametrize("value", ["", "a b", "a|b", "a\n", "x" * 257, 7, None])
def test_an_id_of_a_thing_keeps_to_the_same_allow_list(field: str, value: object) -> None:
    """Ids of items, playbacks and activities follow the rule, as schema faults."""
    assert rejected(a_playback(**{field: value}))[0] is R.SCHEMA


@pytest.mark.parametrize("value", ["1e5", "0x10", "007", "u" * 256, "urn:film:7", "a.b_c-d"])
def test_an_id_that_looks_like_a_number_stays_text(value: str) -> None:
    """Ids are kept to the letter; nothing becomes a number."""
    result = parse(a_playback(item_id=value, user_id=value))
    assert isinstance(result, ReceivedActivity)
    assert (result.activity.item_id, result.activity.user_id) == (value, value)


@pytest.mark.parametrize(
    ("occurred_at_ms", "detail"),
    [
        (NOW_MS // 1000, "too_late"),  # seconds where milliseconds belong
        (-1, "too_late"),
        (0, "too_late"),
        (NOW_MS - 3 * 86_400_000, "too_late"),
        (NOW_MS + 3_600_000, "in_the_future"),
        (4_102_444_800_000, "in_the_future"),
        (10**30, "in_the_future"),
    ],
)
def test_a_time_outside_the_window_is_rejected(occurred_at_ms: int, detail: str) -> None:
    """What happened too long before or after its arrival is rejected, never clamped."""
    assert rejected(a_playback(occurred_at_ms=occurred_at_ms)) == (R.CLOCK, detail)


def test_five_minutes_ahead_are_accepted() -> None:
    """Clocks differ; the window's edge belongs to it."""
    assert isinstance(parse(a_playback(occurred_at_ms=NOW_MS + 300_000)), ReceivedActivity)


def test_a_wrong_client_clock_cancels_out() -> None:
    """With the time of sending, a clock that is a day off does not matter."""
    wrong = NOW_MS + 86_400_000
    result = parse(a_playback(occurred_at_ms=wrong - 7000, sent_at_ms=wrong - 1000))
    assert isinstance(result, ReceivedActivity)
    assert result.occurred_at_ms == NOW_MS - 6000


def test_the_last_of_duplicate_keys_wins() -> None:
    """Duplicate keys are accepted as JSON says; identity is checked by who writes the stream."""
    body = json.dumps(a_playback()).replace("{", '{"user_id": "first", ', 1).encode()
    result = parse(body)
    assert isinstance(result, ReceivedActivity)
    assert result.activity.user_id == "user-1"


@pytest.mark.parametrize(
    ("now", "before", "detail"),
    [
        (totals(20), progress(21), "before_exceeds_now"),
        (totals(20), progress(10, watch_time_s=30), "before_exceeds_now"),
        (totals(20), progress(10, start="autoplay"), "start_changed"),
        (totals(20, start=None), progress(10, start=None), "watched_before_start"),
        (totals(20, watch_time_s=60), progress(10), "watch_time_exceeds_elapsed"),
        (totals(1e6, watch_time_s=20), progress(10), "watched_exceeds_elapsed"),
        (totals(20) | {"watched_s": 5.0}, progress(10), "unique_exceeds_watched"),
        (totals(20, duration_s=10), progress(10), "unique_exceeds_duration"),
        (totals(20) | {"played": [[5, 10], [0, 4]]}, progress(10), "played_not_ascending"),
        (totals(20) | {"played": [[5, 5]]}, progress(10), "played_not_ascending"),
        (totals(20) | {"played": [[0, 60]]}, progress(10), "played_exceeds_unique"),
        (totals(20) | {"played": [[50, 60]]}, progress(10), "played_exceeds_furthest"),
        (totals(20) | {"played": [[0, 4], [2, 6]]}, progress(10), "played_not_ascending"),
    ],
)
def test_totals_that_cannot_be_true_are_rejected(
    now: dict[str, Any], before: dict[str, Any], detail: str
) -> None:
    """Totals are bounded by the monotonic clock, by the duration and by each other."""
    assert rejected(a_playback(totals=now, before=before)) == (R.TOTALS, detail)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (a_rating(6.0), "rating_off_scale: feedback.rating.rating"),
        (a_rating(1.0, 5.0, 5.0), "rating_off_scale: feedback.rating.rating"),
        (a_sentiment("HAPPY", 0.9, 0.0), "enum: feedback.sentiment.sentiment.label"),
        (a_reaction("share"), "union_tag_invalid: feedback"),
    ],
)
def test_feedback_outside_the_contract_is_rejected(body: dict[str, Any], detail: str) -> None:
    """A rating off its scale and an unknown label or button are schema faults."""
    assert rejected(body) == (R.SCHEMA, detail)


def test_sentiment_scores_sum_up_to_one() -> None:
    """Four likelihoods of one text sum up to 1."""
    body = a_sentiment("POSITIVE", 0.9, 0.0)
    body["sentiment"]["scores"]["mixed"] = 0.5
    assert rejected(body) == (R.SCHEMA, "scores_sum: feedback.sentiment.sentiment")


def test_who_names_nobody_is_rejected() -> None:
    """A visit alone does not say who it was."""
    body = a_playback(user_id=None)
    assert rejected(body) == (R.IDENTITY, "neither user_id nor guest_id")


def test_a_guest_is_somebody() -> None:
    """A guest needs no user id; null counts as absent, as browsers write it before the login."""
    result = parse(a_playback(user_id=None, guest_id="guest-9"))
    assert isinstance(result, ReceivedActivity)
    assert result.viewer == "guest:guest-9"


@given(st.binary(max_size=300))
def test_no_bytes_raise(body: bytes) -> None:
    """Whatever arrives becomes an activity or a rejection."""
    assert isinstance(parse(body), (ReceivedActivity, Rejection))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(st.sampled_from(sorted(a_playback())), _JSON)
def test_no_value_of_a_field_raises_or_is_repeated(field: str, value: object) -> None:
    """Any JSON in any field is handled, and a rejection names the place without the value."""
    result = parse(a_playback(**{field: value}))
    if isinstance(result, Rejection) and isinstance(value, str) and len(value) > 3:
        assert value not in result.detail
