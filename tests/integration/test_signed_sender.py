"""The signed sender before the local stack: the same promises as the fakes and boto3."""

from typing import Any
from uuid import uuid4

import boto3
import pytest
from ingestion.adapters.archive import S3ActivityArchive, S3InteractionArchive, S3RejectionStore
from ingestion.adapters.signed_bucket import SignedBucket, signed_bucket
from ingestion.adapters.signed_event_tracker import SignedEventTracker, personalize_events_service
from ingestion.adapters.signed_live_parameter import signed_live_parameter
from ingestion.domain.errors import MisconfiguredError, RefusedError
from ingestion.ports import ActivityArchive

from local.moto_extensions.personalize import emulator
from local.stack import LocalStack
from tests.contract.test_activity_archive import BATCH, OTHER, ActivityArchiveContract
from tests.contract.test_event_tracker import EventTrackerContract, a_call
from tests.contract.test_interaction_archive import MARK, InteractionArchiveContract, a_row
from tests.contract.test_live_parameter import LiveParameterContract
from tests.contract.test_rejection_store import POISON, RejectionStoreContract
from tests.support.builders import a_message
from tests.support.pace import unhurried
from tests.support.personalize import REGION, make_tracker
from tests.support.s3 import keys_in, rows_in


@pytest.fixture(autouse=True)
def _on_the_stack(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url)


# Each test has a region of its own, and so an account without dataset groups.
_REGIONS = iter(boto3.Session().get_available_regions("personalize"))


class _StackWorld:
    def __init__(self, region: str) -> None:
        self.group, self.tracking_id = make_tracker(region=region)
        self.emulator = emulator("123456789012", region)
        self.tracker = SignedEventTracker(personalize_events_service(unhurried()), self.tracking_id)

    def items_trained_on(self) -> list[str]:
        return [interaction.item_id for interaction in self.emulator.interactions(self.group)]


class TestSignedEventTracker(EventTrackerContract):
    @pytest.fixture
    def world(self, monkeypatch: pytest.MonkeyPatch) -> _StackWorld:
        region = next(_REGIONS)
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
        return _StackWorld(region)

    def test_an_unknown_tracking_id_is_a_refusal(self) -> None:
        """Of everything, which `send_all` recognises as our configuration."""
        with pytest.raises(RefusedError):
            SignedEventTracker(personalize_events_service(unhurried()), "no-such-id").record(
                a_call("e-1")
            )

    @pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
    def test_what_passes_within_three_attempts_is_recorded(
        self, world: _StackWorld, code: str
    ) -> None:
        """It tries again before anybody hears of it."""
        world.emulator.faults.fail_next(2, code)
        world.tracker.record(a_call("e-1"))
        assert world.items_trained_on() == ["item-1"]


@pytest.fixture
def s3() -> Any:
    """A client by which tests look at what is there."""
    return boto3.client("s3", REGION)


@pytest.fixture
def bucket_name(s3: Any) -> str:
    """A new bucket."""
    name = f"archive-{uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


@pytest.fixture
def bucket(bucket_name: str) -> SignedBucket:
    """The bucket, as the archive sees it."""
    return signed_bucket(bucket_name)


class TestSignedActivityArchive(ActivityArchiveContract):
    @pytest.fixture
    def archive(self, bucket: SignedBucket) -> S3ActivityArchive:
        return S3ActivityArchive(bucket)

    def test_other_content_is_written_beside(
        self, archive: ActivityArchive, s3: Any, bucket_name: str
    ) -> None:
        """Nothing is overwritten, and a retry of either adds nothing."""
        for batch in (BATCH, OTHER, OTHER):
            archive.store(batch)
        assert len(keys_in(s3, bucket=bucket_name)) == 2

    def test_a_name_of_any_characters_finds_its_object(
        self, bucket: SignedBucket, s3: Any, bucket_name: str
    ) -> None:
        """Queues and shards name origins, and a key is signed as it is sent."""
        key = "activities/dt=2026-11-24/a b+c~d%e(é)!*'.gz"
        assert bucket.put_if_absent(key, b"1", sha256="a", doing="test")
        assert bucket.put_if_absent(key, b"1", sha256="a", doing="test")
        assert not bucket.put_if_absent(key, b"2", sha256="b", doing="test")
        assert keys_in(s3, bucket=bucket_name) == [key]

    def test_a_missing_bucket_is_misconfigured(self) -> None:
        """An operator must act."""
        with pytest.raises(MisconfiguredError, match="NoSuchBucket"):
            S3ActivityArchive(signed_bucket("no-such-bucket")).store(BATCH)

    def test_a_large_batch_arrives_whole(
        self, archive: ActivityArchive, s3: Any, bucket_name: str
    ) -> None:
        """More than any buffer on the way."""
        bodies = [bytes([65 + n % 26]) * 300_000 for n in range(20)]
        messages = tuple(a_message(body, message_id=f"m-{n}") for n, body in enumerate(bodies))
        archive.store(type(BATCH)(messages))
        rows = rows_in(s3, bucket=bucket_name)
        assert [row["body"].encode() for row in rows] == bodies


class TestSignedInteractionArchive(InteractionArchiveContract):
    @pytest.fixture
    def archive(self, bucket: SignedBucket, s3: Any, bucket_name: str) -> S3InteractionArchive:
        self.s3, self.name = s3, bucket_name
        return S3InteractionArchive(bucket)

    def stored(self, archive: Any) -> list[str]:  # noqa: ARG002 - read from AWS
        return [row["event_id"] for row in rows_in(self.s3, bucket=self.name)]

    def marks(self, archive: Any) -> list[str]:  # noqa: ARG002 - read from AWS
        return [row["tracker"] for row in rows_in(self.s3, bucket=self.name)]

    def test_a_retry_writes_the_same_object(self, archive: S3InteractionArchive) -> None:
        """The name comes from the event ids and versions."""
        archive.store([a_row(1), a_row(2)], MARK)
        archive.store([a_row(2), a_row(1)], MARK)
        assert len(keys_in(self.s3, bucket=self.name)) == 1


class _SsmWorld:
    def __init__(self, name: str) -> None:
        self.name = name
        self.parameter = signed_live_parameter(name)

    def write(self, text: str) -> None:
        boto3.client("ssm").put_parameter(Name=self.name, Value=text, Type="String", Overwrite=True)


class TestSignedLiveParameter(LiveParameterContract):
    @pytest.fixture
    def world(self, bucket: SignedBucket) -> _SsmWorld:  # noqa: ARG002 - and so the environment
        return _SsmWorld(f"/stack-{uuid4().hex[:8]}/live")


class TestSignedRejectionStore(RejectionStoreContract):
    @pytest.fixture
    def store(self, bucket: SignedBucket, s3: Any, bucket_name: str) -> S3RejectionStore:
        self.s3, self.name = s3, bucket_name
        return S3RejectionStore(bucket, "record_playback")

    def stored(self, store: Any) -> set[str]:  # noqa: ARG002 - read from AWS
        return {row["rejection_id"] for row in rows_in(self.s3, bucket=self.name)}

    def test_it_says_who_rejected(self, store: S3RejectionStore) -> None:
        """The row is that of the other sender."""
        store.store([POISON])
        (row,) = rows_in(self.s3, bucket=self.name)
        assert row["recorded_by"] == "record_playback"
