"""The archiver: everything that arrived, once, readable or not."""

from copy import replace

from ingestion.application.archive_activity import archive_activity

from tests.support.builders import a_message, a_playback
from tests.support.fakes import FakeActivityArchive


def test_a_batch_is_kept_whole_and_once() -> None:
    """A second delivery changes nothing."""
    archive = FakeActivityArchive()
    messages = [a_message(a_playback(), message_id="1"), a_message(b"\xff", message_id="2")]
    assert archive_activity(messages, archive=archive) == 0
    assert archive_activity(messages, archive=archive) == 0
    assert archive.batches == {"shardId-000000000000/1-2": tuple(messages)}


def test_other_content_under_the_same_name_is_told() -> None:
    """Both are kept, and somebody should look."""
    archive = FakeActivityArchive()
    archive_activity([a_message(b"1"), a_message(b"3", message_id="3")], archive=archive)
    conflicts = archive_activity(
        [a_message(b"1"), a_message(b"2", message_id="2"), a_message(b"3", message_id="3")],
        archive=archive,
    )
    assert (conflicts, len(archive.beside)) == (1, 1)


def test_each_shard_has_its_own_batch() -> None:
    """Lambda delivers one shard at a time; a replay may not."""
    archive = FakeActivityArchive()
    other = replace(a_message(b"2"), origin="shardId-000000000001")
    archive_activity([a_message(b"1"), other], archive=archive)
    assert len(archive.batches) == 2


def test_an_empty_batch_is_nothing() -> None:
    """No object is written of nothing."""
    assert archive_activity([], archive=FakeActivityArchive()) == 0
