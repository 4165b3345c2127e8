"""Rows and names of the archive."""

from ingestion.domain.archive import ActivityBatch, activity_row

from tests.support.builders import NOW_MS, a_message


def test_a_batch_is_named_by_its_first_and_last_message() -> None:
    """So the same batch has the same name at every delivery."""
    batch = ActivityBatch((a_message({}, message_id="1"), a_message({}, message_id="9")))
    assert batch.name == "shardId-000000000000/1-9"
    assert batch.arrived_at_ms == NOW_MS


def test_a_single_message_names_its_batch() -> None:
    """A message of a queue is archived alone."""
    assert ActivityBatch((a_message({}, message_id="1"),)).name == "shardId-000000000000/1"


def test_text_is_archived_to_the_letter() -> None:
    """Not even its white space changes."""
    assert activity_row(a_message(b'{ "a":1 }'))["body"] == '{ "a":1 }'


def test_bytes_that_are_no_text_are_archived_as_base64() -> None:
    """Nothing that arrived is lost, readable or not."""
    row = activity_row(a_message(b"\xff\x00"))
    assert row["body_base64"] == "/wA="
    assert "body" not in row
