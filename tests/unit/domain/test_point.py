"""Points of foreign players are a kind of activity of their own."""

from ingestion.domain.message import Message
from ingestion.domain.parsing import ReceivedActivity, is_feedback, is_playback, is_point
from ingestion.domain.point import POINT


def test_a_point_is_neither_a_playback_activity_nor_feedback() -> None:
    """Only the fold can make totals of it."""
    point = POINT.validate_python(
        {
            "schema_version": "1.0",
            "activity_id": "m-1",
            "user_id": "user-1",
            "visit_id": "visit-1",
            "item_id": "item-1",
            "occurred_at_ms": 1,
            "dialect": "segment",
            "type": "play",
            "playback_id": "p-1",
        },
        strict=False,
    )
    received = ReceivedActivity(Message("1", "shard", b"", 1), point, "user:user-1", 1)
    assert is_point(received)
    assert not is_playback(received)
    assert not is_feedback(received)
