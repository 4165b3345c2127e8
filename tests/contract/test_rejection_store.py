"""The port `RejectionStore`: the fake and S3 keep the same promises."""

import base64
from collections.abc import Iterator
from copy import replace
from typing import Any

import pytest
from ingestion.adapters.archive import S3RejectionStore
from ingestion.adapters.boto3_bucket import Boto3Bucket, s3_client
from ingestion.domain.errors import TransientError
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.ports import RejectionStore
from moto import mock_aws

from tests.support.aws_faults import answering
from tests.support.builders import NOW_MS, a_message
from tests.support.fakes import FakeRejectionStore
from tests.support.s3 import BUCKET, keys_in, make_bucket, rows_in

POISON = Rejection(a_message(b"\xff\x00"), RejectionReason.ENCODING, "not_utf8")
OTHER = Rejection(a_message(b"{", message_id="m-2"), RejectionReason.JSON, "json_invalid")


class RejectionStoreContract:
    """What every store of rejections does."""

    def stored(self, store: Any) -> set[str]:
        raise NotImplementedError

    def test_all_rejections_are_kept(self, store: RejectionStore) -> None:
        """Every rejection can be found again by its id."""
        store.store([POISON, OTHER])
        assert self.stored(store) == {POISON.id, OTHER.id}

    def test_a_rejection_may_come_again(self, store: RejectionStore) -> None:
        """A second delivery is rejected again, under the same id."""
        store.store([POISON])
        store.store([POISON, OTHER])
        assert self.stored(store) == {POISON.id, OTHER.id}

    def test_none_is_none(self, store: RejectionStore) -> None:
        """A good batch leaves nothing behind."""
        store.store([])
        assert self.stored(store) == set()


class TestFakeRejectionStore(RejectionStoreContract):
    @pytest.fixture
    def store(self) -> FakeRejectionStore:
        return FakeRejectionStore()

    def stored(self, store: FakeRejectionStore) -> set[str]:
        return set(store.rejections)


class TestS3RejectionStore(RejectionStoreContract):
    @pytest.fixture
    def store(self) -> Iterator[S3RejectionStore]:
        with mock_aws():
            self.s3 = s3_client()
            make_bucket(self.s3)
            yield S3RejectionStore(Boto3Bucket(self.s3, BUCKET), "record_playback")

    def stored(self, store: S3RejectionStore) -> set[str]:  # noqa: ARG002  -- read from AWS
        return {row["rejection_id"] for row in rows_in(self.s3)}

    def test_a_row_has_the_reason_and_the_original_bytes(self, store: S3RejectionStore) -> None:
        """All that a person or a replay needs."""
        store.store([POISON])
        (row,) = rows_in(self.s3, "rejections/dt=2026-11-24/hh=06/")
        assert base64.b64decode(row.pop("body_base64")) == b"\xff\x00"
        assert row == {
            "rejection_id": POISON.id,
            "reason": "encoding",
            "detail": "not_utf8",
            "recorded_by": "record_playback",
            "origin": "shardId-000000000000",
            "id": "m-1",
            "arrived_at_ms": NOW_MS,
        }

    def test_an_element_keeps_what_its_carrier_said(self, store: S3RejectionStore) -> None:
        """By itself it could not be dated when it is given back."""
        message = replace(a_message(b"{"), common=b'{"sentAt":"2026-11-24T06:40:00Z"}')
        store.store([Rejection(message, RejectionReason.JSON, "json_invalid")])
        (row,) = rows_in(self.s3)
        assert row["common"] == '{"sentAt":"2026-11-24T06:40:00Z"}'

    def test_a_retry_writes_the_same_object(self, store: S3RejectionStore) -> None:
        """The name comes from the ids."""
        store.store([POISON, OTHER])
        store.store([OTHER, POISON])
        assert len(keys_in(self.s3)) == 1

    def test_an_outage_is_transient(self, store: S3RejectionStore) -> None:
        """The batch is delivered again: a rejection is never dropped."""
        with answering(self.s3, "PutObject", 500, "InternalError"), pytest.raises(TransientError):
            store.store([POISON])
