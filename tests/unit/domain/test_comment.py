"""Comments as the contract takes them, and what is kept of their words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.activity import Comment, Sentiment, SentimentLabel, SentimentScores
from ingestion.domain.aggregation import user_records
from ingestion.domain.comment import as_feedback, is_comment
from ingestion.domain.parsing import ReceivedActivity, parse_activity
from ingestion.domain.redacting import without_stray_words, without_words
from ingestion.domain.rejection import Rejection

from local.demo.imperfections import aggregated
from tests.support.builders import WINDOW, a_comment, a_message, a_playback, a_reaction

SENTIMENT = Sentiment(
    label=SentimentLabel.POSITIVE,
    scores=SentimentScores(positive=0.9, negative=0.02, neutral=0.05, mixed=0.03),
)


@pytest.mark.parametrize("words", ["!", "é" * 2500, "Ça alors\n", "好"])
@pytest.mark.parametrize("language", [{}, {"language": None}, {"language": "zh"}])
def test_a_comment_is_words_and_perhaps_their_language(
    words: str, language: dict[str, Any]
) -> None:
    """Up to what Comprehend reads at once, counted in bytes."""
    received = parse_activity(a_message(a_comment(words, **language)), WINDOW)
    assert isinstance(received, ReceivedActivity)
    assert is_comment(received)
    assert received.activity.text == words


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (a_comment(""), "string_too_short: comment.text"),
        (a_comment(" \n\t "), "string_pattern_mismatch: comment.text"),
        (a_comment("é" * 2501), "comment_too_long: comment.text"),
        (a_comment(language="english"), "string_pattern_mismatch: comment.language"),
        (a_comment(type="comment"), "extra_forbidden: comment"),
        (a_comment(None), "string_type: comment.text"),
    ],
)
def test_what_is_no_comment_is_told_without_its_words(body: dict[str, Any], detail: str) -> None:
    """Rule and place."""
    rejection = parse_activity(a_message(body), WINDOW)
    assert isinstance(rejection, Rejection)
    assert rejection.detail == detail


def test_a_comment_that_was_read_is_feedback_of_the_same_activity() -> None:
    """All that was told but the words is told again."""
    body = a_comment("I loved it", language="en", guest_id="g-1", event_source="home", ext={"a": 1})
    received = parse_activity(a_message(body), WINDOW)
    assert isinstance(received, ReceivedActivity)
    assert isinstance(received.activity, Comment)
    feedback = as_feedback(received, SENTIMENT)  # pyright: ignore[reportArgumentType]
    told = feedback.activity.model_dump(mode="json", exclude_unset=True)
    assert told == {name: body[name] for name in body if name not in {"text", "language"}} | {
        "kind": "feedback",
        "type": "sentiment",
        "sentiment": SENTIMENT.model_dump(mode="json"),
    }
    assert (feedback.viewer, feedback.occurred_at_ms) == (received.viewer, received.occurred_at_ms)


@pytest.mark.parametrize(
    "body",
    [
        a_comment("secret words"),
        a_comment("secret words", colour="red"),
        a_comment("secret words", kind="comments"),
        {"text": "secret words"},
        [a_comment("secret words"), {"batch": [{"text": "secret words"}]}],
        {"text": {"text": "secret words"}},
    ],
)
def test_words_are_replaced_by_their_length(body: Any) -> None:
    """In a comment, in what would be one, and in lists of them."""
    kept = without_words(a_message(body)).body
    assert b"secret" not in kept
    assert b'{"redacted_bytes":12}' in kept


def test_all_but_the_words_is_kept() -> None:
    """Numbers, names and what producers put into `ext`."""
    body = a_comment("né", ext={"text": "theirs"}, user_id=None, guest_id="g-1")
    kept = json.loads(without_words(a_message(body)).body)
    assert kept == body | {"text": {"redacted_bytes": 3}}


def test_what_is_kept_is_no_comment_any_more() -> None:
    """Nobody can take the length for words when the archive is replayed."""
    rejection = parse_activity(without_words(a_message(a_comment())), WINDOW)
    assert isinstance(rejection, Rejection)
    assert rejection.detail == "string_type: comment.text"


@pytest.mark.parametrize(
    "body",
    [
        b'{"kind": "comment", "text": "secret words',
        b"kind=comment&text=secret words",
        b'\xff{"text": "secret words"}',
        b'{"text": "secret words \\ud800"}',
    ],
)
def test_what_cannot_be_read_and_may_hold_words_is_not_kept(body: bytes) -> None:
    """Its length is."""
    kept = without_words(a_message(body)).body
    assert kept == b'{"redacted_bytes":%d}' % len(body)


def test_escapes_hide_no_words() -> None:
    r"""JSON may spell `text` as `te\u0078t`."""
    body = json.dumps(a_comment("secret words")).replace('"text"', r'"te\u0078t"').encode()
    assert b"secret" not in without_words(a_message(body)).body


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(a_reaction(), indent=3).encode(),
        json.dumps(a_reaction(ext={"text": "theirs"}), indent=3).encode(),
        b'{"item_id": "\\ud800"}',
        b'{"item_id": "\\u00e9", "text": 1}',
        b"\xff\xfe",
        b"",
    ],
)
def test_what_holds_no_words_is_kept_byte_for_byte(body: bytes) -> None:
    """Spaces included."""
    message = a_message(body)
    assert without_words(message) is message


def test_the_stream_is_kept_byte_for_byte_but_for_stray_comments() -> None:
    """Other players call other things `text`."""
    foreign = a_message({"event": "Video Playback Started", "properties": {"text": "a subtitle"}})
    assert without_stray_words(foreign) is foreign
    assert b"loved" not in without_stray_words(a_message(a_comment())).body
    playback = a_message(a_playback(ext={"comment": "x", "text": "theirs"}))
    assert without_stray_words(playback) is playback


def test_of_an_aggregate_only_comments_are_redacted() -> None:
    """Record by record, each in its place; without one it is kept byte for byte."""
    foreign = b'{"properties": {"text": "a subtitle"}}'
    comment = json.dumps(a_comment("words")).encode()
    broken = b'{"kind": "comment", "text": words'
    kept = without_stray_words(a_message(aggregated("key", [foreign, comment, broken])))
    records = user_records(kept.body)
    assert records is not None
    assert records[0] == foreign
    assert json.loads(records[1])["text"] == {"redacted_bytes": 5}
    assert records[2] == b'{"redacted_bytes":%d}' % len(broken)
    harmless = a_message(aggregated("key", [b'"comment"', foreign]))
    assert without_stray_words(harmless) is harmless
    damaged = a_message(aggregated("key", [comment])[:-1])
    assert without_stray_words(damaged).body.startswith(b'{"redacted_bytes"')


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "a", "kind"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(document=_JSON)
def test_no_body_keeps_words_under_text(document: Any) -> None:
    """However deep they lie; all else is equal."""
    kept = json.loads(without_words(a_message(json.dumps(document).encode())).body)

    def words_in(node: Any) -> list[str]:
        if isinstance(node, list):
            return [word for each in node for word in words_in(each)]
        if not isinstance(node, dict):
            return []
        own = [node["text"]] if isinstance(node.get("text"), str) else []
        return own + [word for each in node.values() for word in words_in(each)]

    assert words_in(kept) == []
    if not words_in(document):
        assert kept == document
