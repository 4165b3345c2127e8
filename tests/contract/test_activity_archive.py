"""The port `ActivityArchive`: the fake and S3 keep the same promises."""

from collections.abc import Iterator

import pytest
from ingestion.adapters.archive import S3ActivityArchive
from ingestion.adapters.boto3_bucket import Boto3Bucket, s3_client
from ingestion.domain.archive import ActivityBatch
from ingestion.domain.errors import MisconfiguredError, TransientError
from ingestion.ports import ActivityArchive
from moto import mock_aws

from tests.support.aws_faults import answering, losing_the_reply_of
from tests.support.builders import NOW_MS, a_message
from tests.support.fakes import FakeActivityArchive
from tests.support.s3 import BUCKET, keys_in, make_bucket, rows_in

BATCH = ActivityBatch((a_message(b"1"), a_message(b"\xff", message_id="m-9")))
OTHER = ActivityBatch((a_message(b"1"), a_message(b"2"), a_message(b"\xff", message_id="m-9")))
KEY = "activities/dt=2026-11-24/hh=06/shardId-000000000000/m-1-m-9.jsonl.gz"


class ActivityArchiveContract:
    """What every archive of activities does."""

    def test_a_batch_is_kept(self, archive: ActivityArchive) -> None:
        """A first delivery is stored."""
        assert archive.store(BATCH)

    def test_a_second_delivery_is_no_conflict(self, archive: ActivityArchive) -> None:
        """The same content under the same name is what a retry looks like."""
        archive.store(BATCH)
        assert archive.store(BATCH)

    def test_other_content_of_the_same_name_is_told(self, archive: ActivityArchive) -> None:
        """Both are kept, and the caller learns of it."""
        archive.store(BATCH)
        assert not archive.store(OTHER)


class TestFakeActivityArchive(ActivityArchiveContract):
    @pytest.fixture
    def archive(self) -> ActivityArchive:
        return FakeActivityArchive()


class TestS3ActivityArchive(ActivityArchiveContract):
    @pytest.fixture
    def archive(self) -> Iterator[S3ActivityArchive]:
        with mock_aws():
            self.s3 = s3_client()
            make_bucket(self.s3)
            yield S3ActivityArchive(Boto3Bucket(self.s3, BUCKET))

    def test_the_object_is_named_by_hour_origin_and_ids(self, archive: S3ActivityArchive) -> None:
        """The hour is that of the arrival, so that a retry cannot move it."""
        archive.store(BATCH)
        assert keys_in(self.s3) == [KEY]

    def test_the_object_holds_a_row_for_each_message(self, archive: S3ActivityArchive) -> None:
        """Compressed JSON Lines, one line a message, in order."""
        archive.store(BATCH)
        place = {"origin": "shardId-000000000000", "arrived_at_ms": NOW_MS}
        assert rows_in(self.s3) == [
            place | {"id": "m-1", "body": "1"},
            place | {"id": "m-9", "body_base64": "/w=="},
        ]

    def test_other_content_is_written_beside(self, archive: S3ActivityArchive) -> None:
        """Nothing is overwritten, nothing is lost, and a retry of either adds nothing."""
        archive.store(BATCH)
        archive.store(OTHER)
        archive.store(OTHER)
        first, beside = keys_in(self.s3)
        assert {first, beside} > {KEY}
        assert len(keys_in(self.s3)) == 2

    def test_a_lost_reply_is_no_conflict(self, archive: S3ActivityArchive) -> None:
        """Botocore tries again and is told that the object exists: it is ours."""
        with losing_the_reply_of(self.s3, "PutObject"):
            assert archive.store(BATCH)
        assert keys_in(self.s3) == [KEY]

    @pytest.mark.parametrize("code", ["SlowDown", "InternalError", "ConditionalRequestConflict"])
    def test_a_service_that_cannot_now_is_transient(
        self, archive: S3ActivityArchive, code: str
    ) -> None:
        """The batch is delivered again."""
        with answering(self.s3, "PutObject", 503, code), pytest.raises(TransientError):
            archive.store(BATCH)

    def test_a_denied_write_is_misconfigured(self, archive: S3ActivityArchive) -> None:
        """An operator must act."""
        with (
            answering(self.s3, "PutObject", 403, "AccessDenied"),
            pytest.raises(MisconfiguredError),
        ):
            archive.store(BATCH)
