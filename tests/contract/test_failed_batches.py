"""The port `FailedBatches`: the fake and S3 keep the same promises."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from ingestion.adapters.archive_reader import reading_s3_client
from ingestion.adapters.failed_batches import S3FailedBatches
from ingestion.domain.conservation import FailedBatch
from ingestion.domain.errors import DamagedError, MisconfiguredError
from ingestion.ports import FailedBatches
from moto import mock_aws

from local.event_source_mappings.destinations import object_key
from tests.support.archive_story import FakeFailedBatches
from tests.support.s3 import BUCKET, make_bucket

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
        return S3FailedBatches(self.client, BUCKET)

    def put(self, body: bytes, number: int = 0) -> None:
        at = datetime(2026, 11, 24, tzinfo=UTC)
        key = object_key("mapping", "shardId-000000000001", at, UUID(int=number))
        self.client.put_object(Bucket=BUCKET, Key=key, Body=body)

    def test_what_lies_elsewhere_is_no_failed_batch(self) -> None:
        """Somebody may put a batch aside once it was sent again."""
        self.client.put_object(Bucket=BUCKET, Key="redriven/x", Body=b"{")
        assert not list(S3FailedBatches(self.client, BUCKET).batches())

    @pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"KinesisBatchInfo": {}}'])
    def test_a_damaged_object_is_named(self, body: bytes) -> None:
        """It could explain anything."""
        self.put(body)
        with pytest.raises(DamagedError, match="aws/lambda/"):
            list(S3FailedBatches(self.client, BUCKET).batches())

    def test_a_missing_bucket_is_a_misconfiguration(self) -> None:
        """An operator typed the wrong name."""
        with pytest.raises(MisconfiguredError):
            list(S3FailedBatches(self.client, "no-such-bucket").batches())
