"""The port `InteractionArchive`: the fake and S3 keep the same promises."""

from collections.abc import Iterator
from copy import replace
from typing import Any

import pytest
from ingestion.adapters.archive import S3InteractionArchive
from ingestion.adapters.boto3_bucket import Boto3Bucket, s3_client
from ingestion.domain.errors import TransientError
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.parsing import ReceivedActivity, parse_activity
from ingestion.ports import InteractionArchive
from moto import mock_aws

from tests.support.aws_faults import answering
from tests.support.builders import NOW_MS, WINDOW, a_message, a_start, an_interaction
from tests.support.fakes import FakeInteractionArchive
from tests.support.s3 import BUCKET, keys_in, make_bucket, rows_in

MARK = "0123456789abcdef"


def a_row(number: int, arrived_at_ms: int = NOW_MS) -> InteractionRow:
    message = replace(a_message(a_start()), arrived_at_ms=arrived_at_ms)
    received = parse_activity(message, WINDOW)
    assert isinstance(received, ReceivedActivity)
    return InteractionRow(an_interaction(event_id=f"e-{number}"), received, to_send=True)


class InteractionArchiveContract:
    """What every archive of interactions does."""

    def stored(self, archive: Any) -> list[str]:
        raise NotImplementedError

    def marks(self, archive: Any) -> list[str]:
        raise NotImplementedError

    def test_rows_say_where_they_are_sent(self, archive: InteractionArchive) -> None:
        """Those that come again after a switch are kept beside the first ones."""
        archive.store([a_row(1)], "before")
        archive.store([a_row(1)], "after")
        assert sorted(self.marks(archive)) == ["after", "before"]

    def test_all_rows_are_kept(self, archive: InteractionArchive) -> None:
        """Every row of a batch can be found again."""
        archive.store([a_row(1), a_row(2)], MARK)
        assert sorted(self.stored(archive)) == ["e-1", "e-2"]

    def test_a_row_may_come_again(self, archive: InteractionArchive) -> None:
        """At least once: a second delivery is no error."""
        archive.store([a_row(1)], MARK)
        archive.store([a_row(1), a_row(2)], MARK)
        assert set(self.stored(archive)) == {"e-1", "e-2"}


class TestFakeInteractionArchive(InteractionArchiveContract):
    @pytest.fixture
    def archive(self) -> FakeInteractionArchive:
        return FakeInteractionArchive()

    def stored(self, archive: FakeInteractionArchive) -> list[str]:
        return [row.interaction.event_id for row in archive.rows]

    def marks(self, archive: FakeInteractionArchive) -> list[str]:
        return archive.marks


class TestS3InteractionArchive(InteractionArchiveContract):
    @pytest.fixture
    def archive(self) -> Iterator[S3InteractionArchive]:
        with mock_aws():
            self.s3 = s3_client()
            make_bucket(self.s3)
            yield S3InteractionArchive(Boto3Bucket(self.s3, BUCKET))

    def stored(self, archive: S3InteractionArchive) -> list[str]:  # noqa: ARG002  -- read from AWS
        return [row["event_id"] for row in rows_in(self.s3)]

    def marks(self, archive: S3InteractionArchive) -> list[str]:  # noqa: ARG002  -- read from AWS
        return [row["tracker"] for row in rows_in(self.s3)]

    def test_a_retry_writes_the_same_object(self, archive: S3InteractionArchive) -> None:
        """The name comes from the event ids and versions, whatever their order."""
        archive.store([a_row(1), a_row(2)], MARK)
        archive.store([a_row(2), a_row(1)], MARK)
        assert len(keys_in(self.s3)) == 1

    def test_rows_lie_in_the_hour_of_their_arrival(self, archive: S3InteractionArchive) -> None:
        """A batch over a full hour becomes two objects."""
        archive.store([a_row(1), a_row(2, arrived_at_ms=NOW_MS + 3_600_000)], MARK)
        partitions = [key.split("/")[1:3] for key in keys_in(self.s3)]
        assert partitions == [["dt=2026-11-24", "hh=06"], ["dt=2026-11-24", "hh=07"]]

    def test_an_outage_is_transient(self, archive: S3InteractionArchive) -> None:
        """The batch is delivered again."""
        with answering(self.s3, "PutObject", 503, "SlowDown"), pytest.raises(TransientError):
            archive.store([a_row(1)], MARK)
