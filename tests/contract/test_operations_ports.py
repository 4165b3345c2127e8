"""The ports of the operator's commands: the fakes and AWS keep the same promises."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from ingestion.domain.errors import MisconfiguredError, TransientError
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from moto import mock_aws

from operations.clients import Clients
from operations.dead_letters import (
    DeadLetter,
    DeadLetterQueue,
    DeadLetters,
    Depth,
    SqsDeadLetters,
)
from operations.deployed import Deployed
from operations.envelopes import Record, record_of
from operations.failed_batches import FailedBatches, S3FailedBatches
from operations.front_door import LambdaFrontDoor
from operations.journal import S3Journal
from operations.ports import FrontDoor, FunctionFailedError, Journal, Redriven
from tests.support.builders import NOW_MS
from tests.support.operations import (
    FakeDeadLetters,
    FakeFailedBatches,
    FakeFrontDoor,
    FakeJournal,
)
from tests.support.s3 import BUCKET, keys_in, make_bucket

HOUR = Hour.of(NOW_MS)
NOTE = Redriven("rejection", "r-1", "digest", {"origin": "shard"})
RECORDS = [record_of(Message(each, "shardId-000000000000", b"{}", NOW_MS)) for each in "123"]


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Clients of an empty account."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield Clients()


class JournalContract:
    """What every journal does."""

    def test_what_was_noted_is_done(self, journal: Journal) -> None:
        """In its hour, and in no other."""
        journal.note(HOUR, [NOTE, Redriven("failed_batch", "key")])
        assert set(map(_key, journal.done(HOUR))) == {"rejection r-1", "failed_batch key"}
        assert NOTE in journal.done(HOUR)
        assert not journal.done(HOUR.plus(1))


def _key(done: Redriven) -> str:
    return f"{done.kind} {done.key}"


class TestFakeJournal(JournalContract):
    @pytest.fixture
    def journal(self) -> FakeJournal:
        return FakeJournal()


class TestS3Journal(JournalContract):
    @pytest.fixture
    def journal(self, clients: Clients) -> S3Journal:
        self.s3 = clients("s3")
        make_bucket(self.s3)
        return S3Journal(clients, BUCKET)

    def test_a_note_that_is_repeated_is_one_object(self, journal: S3Journal) -> None:
        """Its name comes from what it says."""
        journal.note(HOUR, [NOTE])
        journal.note(HOUR, [NOTE])
        assert len(keys_in(self.s3, f"redrives/{HOUR.partition}/")) == 1


class FrontDoorContract:
    """What every front door does."""

    def door_that(
        self, *, wants: str = "", crashes: bool = False, is_down: bool = False
    ) -> FrontDoor:
        raise NotImplementedError

    def test_what_is_wanted_again_is_told(self) -> None:
        """By the ids that the function answers."""
        door = self.door_that(wants="2")
        assert set(door.deliver("record_playback", RECORDS)) == {"2"}

    def test_all_may_be_taken(self) -> None:
        """Then nothing is told."""
        assert not self.door_that().deliver("record_playback", RECORDS)

    def test_a_crash_is_a_fault_of_the_function(self) -> None:
        """Told by its kind."""
        with pytest.raises(FunctionFailedError, match="CrashError"):
            self.door_that(crashes=True).deliver("record_playback", RECORDS)

    def test_an_outage_is_transient(self) -> None:
        """The next round may fare better."""
        with pytest.raises(TransientError):
            self.door_that(is_down=True).deliver("record_playback", RECORDS)


class TestFakeFrontDoor(FrontDoorContract):
    def door_that(
        self, *, wants: str = "", crashes: bool = False, is_down: bool = False
    ) -> FakeFrontDoor:
        return FakeFrontDoor(lambda each: each == wants, "1" if crashes else "", is_down)


class TestLambdaFrontDoor(FrontDoorContract):
    """Lambda's client is a stub, as moto would run a container; the local stack has the rest."""

    def door_that(
        self, *, wants: str = "", crashes: bool = False, is_down: bool = False
    ) -> LambdaFrontDoor:
        items = [{"itemIdentifier": wants}] if wants else []
        answer = {"errorType": "CrashError"} if crashes else {"batchItemFailures": items}
        return _door(answer, is_error=crashes, is_down=is_down)

    @pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": None}])
    def test_nothing_is_success(self, answer: object) -> None:
        """As Lambda has it (`archive_activity` answers nothing)."""
        assert not _door(answer).deliver("record_playback", RECORDS)

    def test_an_unknown_id_is_a_failure_of_all(self) -> None:
        """As Lambda has it."""
        answer = {"batchItemFailures": [{"itemIdentifier": "other"}]}
        assert set(_door(answer).deliver("record_playback", RECORDS)) == {"1", "2", "3"}

    @pytest.mark.parametrize("answer", [None, {}, {"errorType": 1}])
    def test_an_error_without_a_kind_is_an_error(self, answer: object) -> None:
        """The text of an error is not told: it may hold anything."""
        with pytest.raises(FunctionFailedError, match="Unknown"):
            _door(answer, is_error=True).deliver("record_playback", RECORDS)


class _Lambda:
    """A client that answers every invocation alike."""

    def __init__(self, answer: object, *, is_error: bool, is_down: bool) -> None:
        self._text = json.dumps(answer).encode()
        self._error = {"FunctionError": "Unhandled"} if is_error else {}
        self._is_down = is_down

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Mapping[str, Any]:  # noqa: N803  -- boto3's names
        """Answer."""
        assert FunctionName == "function-of-record_playback"
        assert len(json.loads(Payload)["Records"]) == 3
        if self._is_down:
            raise _throttled()
        return {"Payload": StreamingBody(io.BytesIO(self._text), len(self._text)), **self._error}


def _throttled() -> Exception:
    return ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")


def _door(answer: object, *, is_error: bool = False, is_down: bool = False) -> LambdaFrontDoor:
    clients = Clients()
    clients._made["lambda"] = _Lambda(answer, is_error=is_error, is_down=is_down)  # noqa: SLF001
    return LambdaFrontDoor(clients, lambda use_case: f"function-of-{use_case}")


class FailedBatchesContract:
    """What every bucket of failed batches does."""

    def batches_of(self, objects: dict[str, bytes]) -> FailedBatches:
        raise NotImplementedError

    def test_all_are_listed_and_read(self) -> None:
        """In order of their keys."""
        batches = self.batches_of({"aws/lambda/b": b"two", "aws/lambda/a": b"one"})
        listed = list(batches.listed())
        assert [each.key for each in listed] == ["aws/lambda/a", "aws/lambda/b"]
        assert [batches.read(each) for each in listed] == [b"one", b"two"]
        assert {each.size for each in listed} == {3}


class TestFakeFailedBatches(FailedBatchesContract):
    def batches_of(self, objects: dict[str, bytes]) -> FakeFailedBatches:
        return FakeFailedBatches(objects, HOUR)


class TestS3FailedBatches(FailedBatchesContract):
    @pytest.fixture(autouse=True)
    def bucket(self, clients: Clients) -> None:
        self.clients = clients
        make_bucket(clients("s3"))

    def batches_of(self, objects: dict[str, bytes]) -> S3FailedBatches:
        for key, body in objects.items():
            self.clients("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        return S3FailedBatches(self.clients, BUCKET)

    def test_what_is_not_lambdas_is_left_alone(self) -> None:
        """Somebody's notes, say."""
        assert not list(self.batches_of({"notes": b""}).listed())

    def test_a_missing_bucket_is_a_misconfiguration(self) -> None:
        """An operator typed the wrong name."""
        with pytest.raises(MisconfiguredError):
            list(S3FailedBatches(self.clients, "no-such-bucket").listed())


class DeadLettersContract:
    """What every dead-letter queue does."""

    queue = DeadLetterQueue("https://sqs/dead", "record_feedback", "arn:aws:sqs:::feedback")

    def letters_with(self, *bodies: str) -> DeadLetters:
        raise NotImplementedError

    def test_what_was_received_is_hidden_until_it_is_put_back(self) -> None:
        """So a run sees each once."""
        letters = self.letters_with("one", "two")
        received = _all(letters, self.queue)
        assert sorted(each.record["body"] for each in received) == ["one", "two"]
        assert letters.depth(self.queue) == Depth(0, 2)
        letters.put_back(self.queue, received[:1])
        letters.delete(self.queue, received[1:])
        letters.delete(self.queue, [])
        assert letters.depth(self.queue) == Depth(1, 0)

    def test_a_letter_is_as_its_function_had_it(self) -> None:
        """Id, time of sending, and where it came from."""
        (letter,) = _all(self.letters_with("one"), self.queue)
        record = letter.record
        assert record["eventSourceARN"].endswith(":feedback")
        assert int(record["attributes"]["SentTimestamp"]) > 0
        assert record["messageId"]


def _all(letters: DeadLetters, queue: DeadLetterQueue) -> Sequence[DeadLetter]:
    received: list[DeadLetter] = []
    while batch := letters.receive(queue):
        received += batch
    return received


class TestFakeDeadLetters(DeadLettersContract):
    def letters_with(self, *bodies: str) -> FakeDeadLetters:
        records: list[Record] = [
            record_of(Message(body, "feedback", body.encode(), NOW_MS)) for body in bodies
        ]
        return FakeDeadLetters([DeadLetter(r["messageId"], r) for r in records])


class TestSqsDeadLetters(DeadLettersContract):
    @pytest.fixture(autouse=True)
    def a_queue(self, clients: Clients) -> None:
        self.clients = clients
        url = clients("sqs").create_queue(QueueName="dead")["QueueUrl"]
        self.queue = DeadLetterQueue(url, "record_feedback", "arn:aws:sqs:::feedback")

    def letters_with(self, *bodies: str) -> SqsDeadLetters:
        attribute = {"DataType": "String", "StringValue": "first"}
        for body in bodies:
            self.clients("sqs").send_message(
                QueueUrl=self.queue.url,
                MessageBody=body,
                MessageAttributes={"first_id": attribute},
            )
        return SqsDeadLetters(self.clients)

    def test_a_settled_message_still_tells_its_first_arrival(self) -> None:
        """In its attributes, as Lambda spells them."""
        (letter,) = _all(self.letters_with("one"), self.queue)
        told = letter.record["messageAttributes"]
        assert told == {"first_id": {"stringValue": "first", "dataType": "String"}}


def test_names_that_are_given_need_no_stack(clients: Clients) -> None:
    """An operator may have no right to ask CloudFormation."""
    deployed = Deployed(clients, "no-such-stack", {"ArchiveBucketName": "mine"})
    assert deployed.archive_bucket == "mine"
    with pytest.raises(MisconfiguredError, match="no stack"):
        _ = deployed.failed_batches_bucket
    with pytest.raises(MisconfiguredError, match="no function"):
        deployed.function("stranger")


def test_a_function_is_known_by_its_arn(clients: Clients) -> None:
    """With a version or without; a stranger's is not."""
    names = ("ArchiveActivity", "RecordPlayback", "RecordFeedback", "RecordMetadata")
    given = {f"{name}FunctionName": f"ours-{name}" for name in names}
    deployed = Deployed(clients, "no-such-stack", given)
    arn = "arn:aws:lambda:eu-west-1:1:function:"
    assert deployed.use_case_of(f"{arn}ours-RecordPlayback:$LATEST") == "record_playback"
    assert deployed.use_case_of(f"{arn}theirs") is None
