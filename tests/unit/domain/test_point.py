"""Points of foreign players are a kind of activity of their own."""

from ingestion.domain.message import Message
from ingestion.domain.parsing import ReceivedActivity, is_feedback, is_playback, is_point
from ingestion.domain.point import POINT

from tests.support.builders import a_point


def test_a_point_is_neither_a_playback_activity_nor_feedback() -> None:
    """Only the fold can make totals of it."""
    point = POINT.validate_python(a_point(), strict=False)
    received = ReceivedActivity(Message("1", "shard", b"", 1), point, "user:user-1", 1)
    assert is_point(received)
    assert not is_playback(received)
    assert not is_feedback(received)
