"""The port `ArchiveReader`: the fake and S3 keep the same promises."""

from collections.abc import Iterator
from typing import Any

import pytest
from ingestion.adapters.archive import S3RejectionStore
from ingestion.adapters.archive_reader import S3ArchiveReader
from ingestion.adapters.boto3_bucket import Boto3Bucket, s3_client
from ingestion.domain.errors import DamagedError, MisconfiguredError
from ingestion.domain.hour import Hour
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.ports import ArchiveReader, ArchiveSection
from moto import mock_aws

from tests.support.builders import NOW_MS, a_message
from tests.support.fakes import FakeArchiveReader
from tests.support.s3 import BUCKET, make_bucket

HOUR = Hour.of(NOW_MS)


def a_rejection(message_id: str) -> Rejection:
    return Rejection(a_message(b"{", message_id=message_id), RejectionReason.JSON, "json_invalid")


class ArchiveReaderContract:
    """What every reader of the archive does."""

    def reader_of(self, rejections: list[Rejection]) -> ArchiveReader:
        raise NotImplementedError

    def test_what_was_stored_is_read_under_its_hour(self) -> None:
        """Rows as they were stored."""
        reader = self.reader_of([a_rejection("m-1"), a_rejection("m-2")])
        rows = reader.rows(ArchiveSection.REJECTIONS, HOUR)
        assert sorted(row["id"] for row in rows) == ["m-1", "m-2"]

    def test_other_hours_and_sections_are_apart(self) -> None:
        """Nothing is read that was not asked for."""
        reader = self.reader_of([a_rejection("m-1")])
        assert not list(reader.rows(ArchiveSection.REJECTIONS, HOUR.plus(1)))
        assert not list(reader.rows(ArchiveSection.ACTIVITIES, HOUR))

    def test_it_tells_the_hours_that_there_are(self) -> None:
        """For whoever reads all of it."""
        reader = self.reader_of([a_rejection("m-1")])
        assert list(reader.hours(ArchiveSection.REJECTIONS)) == [HOUR]
        assert not list(reader.hours(ArchiveSection.INTERACTIONS))


class TestFakeArchiveReader(ArchiveReaderContract):
    def reader_of(self, rejections: list[Rejection]) -> FakeArchiveReader:
        rows = [{"id": rejection.message.id} for rejection in rejections]
        return FakeArchiveReader({(ArchiveSection.REJECTIONS, HOUR): rows})


class TestS3ArchiveReader(ArchiveReaderContract):
    @pytest.fixture(autouse=True)
    def s3(self) -> Iterator[Any]:
        with mock_aws():
            self.client = s3_client()
            make_bucket(self.client)
            yield self.client

    def reader_of(self, rejections: list[Rejection]) -> S3ArchiveReader:
        S3RejectionStore(Boto3Bucket(self.client, BUCKET), "test").store(rejections)
        return S3ArchiveReader(self.client, BUCKET)

    def test_an_hour_may_have_more_objects_than_a_listing(self) -> None:
        """A listing has a thousand names unless it is asked for fewer, as here."""
        for number in range(6):
            self.reader_of([a_rejection(f"m-{number}")])
        self.client.meta.events.register(
            "provide-client-params.s3.ListObjectsV2",
            lambda params, **_: params | {"MaxKeys": 5},
        )
        rows = S3ArchiveReader(self.client, BUCKET).rows(ArchiveSection.REJECTIONS, HOUR)
        assert len(list(rows)) == 6

    @pytest.mark.parametrize("body", [b"not gzip", b"\x1f\x8b\x08\x00"])
    def test_a_damaged_object_is_named(self, body: bytes) -> None:
        """Nobody may take half an object for the whole."""
        key = f"rejections/{HOUR.partition}/damaged.jsonl.gz"
        self.client.put_object(Bucket=BUCKET, Key=key, Body=body)
        reader = S3ArchiveReader(self.client, BUCKET)
        with pytest.raises(DamagedError, match="damaged"):
            list(reader.rows(ArchiveSection.REJECTIONS, HOUR))

    def test_a_missing_bucket_is_a_misconfiguration(self) -> None:
        """An operator typed the wrong name."""
        reader = S3ArchiveReader(self.client, "no-such-bucket")
        with pytest.raises(MisconfiguredError):
            list(reader.rows(ArchiveSection.REJECTIONS, HOUR))
