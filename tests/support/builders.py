"""Builders with defaults: a test names only what matters to it."""

import json
from typing import Any

from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.record_feedback import FeedbackRules
from ingestion.domain.feedback import FeedbackThresholds
from ingestion.domain.interaction import Column, Columns, Interaction
from ingestion.domain.message import Message
from ingestion.domain.parsing import ClockWindow
from ingestion.domain.playback import EventType, Thresholds

NOW_MS = 1_795_500_000_000
"""The time of every test: 2026-11-24T06:40:00Z, in epoch milliseconds."""

WINDOW = ClockWindow(max_lateness_s=172_800, max_skew_s=300)
THRESHOLDS = Thresholds(
    watch_ratio=0.5, watch_cap_s=300, watch_unknown_duration_s=60, complete_ratio=0.9
)
FEEDBACK_THRESHOLDS = FeedbackThresholds(
    like_rating=0.75, dislike_rating=0.25, sentiment_confidence=0.6, sentiment_margin=0.3
)
COLUMNS = Columns(frozenset(Column), context=frozenset({"DEVICE_TYPE"}))
PLAYBACK_RULES = PlaybackRules(WINDOW, THRESHOLDS, COLUMNS)
FEEDBACK_RULES = FeedbackRules(WINDOW, FEEDBACK_THRESHOLDS, COLUMNS)


def progress(
    unique_s: float = 0.0,
    *,
    start: str | None = "user",
    duration_s: float | None = 100.0,
    watch_time_s: float | None = None,
) -> dict[str, Any]:
    """A `before` of a playback that was watched straight through."""
    return {
        "start": start,
        "unique_s": unique_s,
        "watch_time_s": unique_s if watch_time_s is None else watch_time_s,
        "duration_s": duration_s,
    }


def totals(unique_s: float = 0.0, **fields: Any) -> dict[str, Any]:
    """Totals of a playback that was watched straight through."""
    played = [[0.0, unique_s]] if unique_s else []
    watched = {"watched_s": unique_s, "furthest_s": unique_s, "played": played}
    return progress(unique_s, **fields) | watched


def _activity(kind: str, activity_type: str) -> dict[str, Any]:
    return {
        "schema_version": "1.0",
        "kind": kind,
        "type": activity_type,
        "activity_id": "a-1",
        "user_id": "user-1",
        "visit_id": "visit-1",
        "item_id": "item-1",
        "occurred_at_ms": NOW_MS - 2000,
    }


def a_playback(**fields: Any) -> dict[str, Any]:
    """A heartbeat in the middle of a playback that crosses nothing."""
    return (
        _activity("playback", "heartbeat")
        | {
            "playback_id": "playback-1",
            "seq": 2,
            "elapsed_ms": 20_000,
            "position_s": 20.0,
            "totals": totals(20.0),
            "before": progress(10.0),
        }
        | fields
    )


def a_start(**fields: Any) -> dict[str, Any]:
    """The first activity of a playback: crosses `Click`."""
    first = {
        "type": "play",
        "seq": 0,
        "elapsed_ms": 0,
        "position_s": 0.0,
        "totals": totals(0.0),
        "before": progress(0.0, start=None),
    }
    return a_playback(**first) | fields


def a_reaction(activity_type: str = "like", **fields: Any) -> dict[str, Any]:
    """One of the plain buttons."""
    return _activity("feedback", activity_type) | fields


def a_rating(value: float, low: float = 0.5, high: float = 5.0, **fields: Any) -> dict[str, Any]:
    """A rating on a scale."""
    rating = {"rating": {"value": value, "min": low, "max": high}}
    return _activity("feedback", "rating") | rating | fields


def a_sentiment(label: str, positive: float, negative: float, **fields: Any) -> dict[str, Any]:
    """A sentiment; what is neither positive nor negative is neutral."""
    scores = {
        "positive": positive,
        "negative": negative,
        "neutral": 1 - positive - negative,
        "mixed": 0.0,
    }
    return (
        _activity("feedback", "sentiment")
        | {"sentiment": {"label": label, "scores": scores}}
        | fields
    )


def a_comment(text: Any = "I loved it", **fields: Any) -> dict[str, Any]:
    """What somebody wrote."""
    told = _activity("comment", "")
    del told["type"]
    return told | {"text": text} | fields


def a_point(**fields: Any) -> dict[str, Any]:
    """A moment of a playback that a foreign player told of."""
    return {
        "schema_version": "1.0",
        "activity_id": "m-1",
        "user_id": "user-1",
        "visit_id": "visit-1",
        "item_id": "item-1",
        "occurred_at_ms": 1,
        "dialect": "segment",
        "type": "play",
        "playback_id": "p-1",
    } | fields


def a_message(body: object, *, message_id: str = "m-1") -> Message:
    """A message; a body that is not bytes is written as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(message_id, "shardId-000000000000", content, NOW_MS)


def an_interaction(**fields: Any) -> Interaction:
    """An interaction within every limit."""
    return Interaction(
        **{
            "event_id": "e-1",
            "message_id": "m-1",
            "event_type": EventType.WATCH,
            "user_id": "user-1",
            "visit_id": "visit-1",
            "item_id": "item-1",
            "sent_at_s": NOW_MS // 1000,
            "event_value": 0.5,
            "version": 1,
        }
        | fields
    )
