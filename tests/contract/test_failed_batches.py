"""The port `FailedBatches`: the fake and S3 keep the same promises."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from ingestion.adapters.archive_reader import S3ArchiveReader, reading_s3_client
from ingestion.adapters.failed_batches import REDRIVEN_BATCH, S3FailedBatches
from ingestion.domain.conservation import FailedBatch
from ingestion.domain.errors import DamagedError, MisconfiguredError
from ingestion.domain.hour import Hour
from ingestion.ports import FailedBatches
from moto import mock_aws

from local.event_source_mappings.destinations import object_key
from operations.clients import Clients
from operations.journal import S3Journal
from operations.ports import Redriven
from tests.support.archive_story import FakeFailedBatches
from tests.support.s3 import BUCKET, keys_in, make_bucket

GIVEN_UP = FailedBatch("record-playback", "shardId-000000000001", 10**55, 10**55 + 7)


def invocation_record(batch: FailedBatch, **fields: Any) -> dict[str, Any]:
    """As Lambda writes it, as far as it is read."""
    arn = f"arn:aws:lambda:eu-west-1:123456789012:function:{batch.function}"
    return {
        "requestContext": {"functionArn": arn, "condition": "RecordAgeExceeded"},
        "KinesisBatchInfo": {
            "shardId": batch.shard,
            "startSequenceNumber": str(batch.first),
            "endSequenceNumber": str(batch.last),
        },
        "payload": {"Records": []},
    } | fields


class FailedBatchesContract:
    """What every reader of failed batches does."""

    def batches_of(self, given_up: list[FailedBatch]) -> FailedBatches:
        raise NotImplementedError

    def test_every_batch_is_told(self) -> None:
        """For which function, of which shard, from where to where."""
        assert list(self.batches_of([GIVEN_UP]).batches()) == [GIVEN_UP]

    def test_none_is_none(self) -> None:
        """As it should be."""
        assert not list(self.batches_of([]).batches())


class TestFakeFailedBatches(FailedBatchesContract):
    def batches_of(self, given_up: list[FailedBatch]) -> FakeFailedBatches:
        return FakeFailedBatches(tuple(given_up))


class TestS3FailedBatches(FailedBatchesContract):
    @pytest.fixture(autouse=True)
    def s3(self) -> Iterator[Any]:
        with mock_aws():
            self.client = reading_s3_client()
            make_bucket(self.client)
            yield self.client

    def batches_of(self, given_up: list[FailedBatch]) -> S3FailedBatches:
        for number, batch in enumerate(given_up):
            self.put(json.dumps(invocation_record(batch)).encode(), number)
        return self.reader()

    def reader(self, bucket: str = BUCKET) -> S3FailedBatches:
        return S3FailedBatches(self.client, bucket, S3ArchiveReader(self.client, BUCKET))

    def put(self, body: bytes, number: int = 0) -> None:
        at = datetime(2026, 11, 24, tzinfo=UTC)
        key = object_key("mapping", "shardId-000000000001", at, UUID(int=number))
        self.client.put_object(Bucket=BUCKET, Key=key, Body=body)

    def test_what_lies_elsewhere_is_no_failed_batch(self) -> None:
        """Somebody may put a batch aside once it was sent again."""
        self.client.put_object(Bucket=BUCKET, Key="redriven/x", Body=b"{")
        assert not list(self.reader().batches())

    @pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"KinesisBatchInfo": {}}'])
    def test_a_damaged_object_is_named(self, body: bytes) -> None:
        """It could explain anything."""
        self.put(body)
        with pytest.raises(DamagedError, match="aws/lambda/"):
            list(self.reader().batches())

    def test_a_missing_bucket_is_a_misconfiguration(self) -> None:
        """An operator typed the wrong name."""
        with pytest.raises(MisconfiguredError):
            list(self.reader("no-such-bucket").batches())

    def test_what_was_given_back_waits_no_more(self) -> None:
        """As the redrive itself notes it; another note excuses nothing."""
        self.put(json.dumps(invocation_record(GIVEN_UP)).encode())
        key = keys_in(self.client, "")[0]
        written_at = self.client.head_object(Bucket=BUCKET, Key=key)["LastModified"]
        hour = Hour.of(round(written_at.timestamp() * 1000))
        journal = S3Journal(Clients(), BUCKET)
        journal.note(hour, [Redriven("rejection", key)])
        assert list(self.reader().batches()) == [GIVEN_UP]
        journal.note(hour, [Redriven(REDRIVEN_BATCH, key)])
        assert not list(self.reader().batches())
