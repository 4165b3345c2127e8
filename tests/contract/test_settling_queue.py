"""The port `SettlingQueue`: the fake and SQS hold alike."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from ingestion.adapters.settling import SqsSettlingQueue, sqs_client
from ingestion.adapters.sqs import messages_in
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.message import Message
from ingestion.ports import SettlingQueue
from moto import mock_aws

from local.event_source_mappings.envelopes import queue_element
from tests.support.aws_faults import answering
from tests.support.builders import NOW_MS
from tests.support.fakes import FakeSettlingQueue

ARN = "arn:aws:sqs:eu-west-1:123456789012:settling"


def messages(count: int, body: bytes = '{"a": "ü"}'.encode()) -> list[Message]:
    """Messages as they arrived first."""
    return [Message(f"m-{n}", "feedback", body, NOW_MS + n) for n in range(count)]


class SettlingQueueContract:
    """What every settling queue does."""

    def received(self, queue: Any) -> list[Message]:
        raise NotImplementedError

    @pytest.mark.parametrize("count", [0, 1, 10, 23])
    def test_what_is_held_comes_again_as_it_arrived_first(
        self, queue: SettlingQueue, count: int
    ) -> None:
        """Id, origin, body and arrival are the first ones; the delivery has an id of its own."""
        held = messages(count)
        assert not queue.hold(held, delay_s=0)
        again = self.received(queue)
        assert sorted((m.id, m.origin, m.body, m.arrived_at_ms) for m in again) == sorted(
            (m.id, m.origin, m.body, m.arrived_at_ms) for m in held
        )
        assert all(m.has_settled for m in again)
        assert len({m.delivery_id for m in again} | {m.id for m in held}) == 2 * count


class TestFakeSettlingQueue(SettlingQueueContract):
    @pytest.fixture
    def queue(self) -> FakeSettlingQueue:
        return FakeSettlingQueue()

    def received(self, queue: FakeSettlingQueue) -> list[Message]:
        return queue.held


class TestSqsSettlingQueue(SettlingQueueContract):
    @pytest.fixture
    def queue(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqsSettlingQueue]:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        with mock_aws():
            self.sqs = sqs_client()
            self.url = self.sqs.create_queue(QueueName="settling")["QueueUrl"]
            yield SqsSettlingQueue(self.sqs, self.url)

    def received(self, queue: SqsSettlingQueue) -> list[Message]:  # noqa: ARG002  -- from AWS
        found: list[Message] = []
        while batch := self.receive():
            records = [queue_element(each, mapping=_MAPPING).envelope for each in batch]
            found += messages_in({"Records": records}, settling_queue="settling")
        return found

    def receive(self) -> list[Any]:
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return cast("list[Any]", answer.get("Messages", []))

    def test_each_message_is_delayed_by_itself(self, queue: SqsSettlingQueue) -> None:
        """Nobody sees it before the delay is over."""
        queue.hold(messages(3), delay_s=900)
        name = "ApproximateNumberOfMessagesDelayed"
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        assert (answer["Attributes"][name], self.receive()) == ("3", [])

    def test_what_sqs_does_not_take_is_named(self, queue: SqsSettlingQueue) -> None:
        """A batch is answered with 200 although entries of it were refused."""
        self.refuse("1", "3")
        assert queue.hold(messages(5), delay_s=30) == {"m-1", "m-3"}

    def refuse(self, *entries: str) -> None:
        def some(parsed: dict[str, Any], **_: object) -> None:
            parsed["Failed"] = [
                {"Id": entry, "SenderFault": False, "Code": "InternalError"} for entry in entries
            ]

        self.sqs.meta.events.register("after-call.sqs.SendMessageBatch", some)

    def test_when_sqs_is_down_nothing_is_taken(self, queue: SqsSettlingQueue) -> None:
        """All of it fails and is delivered again; no neighbour of the batch is harmed."""
        with answering(self.sqs, "SendMessageBatch", 503, "ServiceUnavailable"):
            assert queue.hold(messages(12), delay_s=30) == {m.id for m in messages(12)}

    def test_a_queue_that_is_denied_is_misconfigured(self, queue: SqsSettlingQueue) -> None:
        """An operator must act."""
        denied = answering(self.sqs, "SendMessageBatch", 403, "AccessDenied")
        with denied, pytest.raises(MisconfiguredError):
            queue.hold(messages(1), delay_s=30)

    def test_requests_stay_below_the_size_that_sqs_takes(self, queue: SqsSettlingQueue) -> None:
        """Ten of the largest activities are more than one request may have."""
        sizes: list[int] = []

        def measured(params: dict[str, Any], **_: object) -> None:
            sizes.append(sum(len(entry["MessageBody"]) for entry in params["Entries"]))

        self.sqs.meta.events.register("provide-client-params.sqs.SendMessageBatch", measured)
        assert not queue.hold(messages(20, b"x" * 32_768), delay_s=0)
        assert max(sizes) <= 256 * 1024
        assert sum(sizes) == 20 * 32_768


class _Mapping:
    """What an envelope asks of a mapping."""

    source_arn = ARN
    region = "eu-west-1"


_MAPPING: Any = _Mapping()


def test_nobody_is_believed_on_another_queue() -> None:
    """A producer who writes the attributes of the settling queue dates nothing."""
    record = _record("arn:aws:sqs:eu-west-1:123456789012:feedback", "1")
    [message] = messages_in({"Records": [record]}, settling_queue="settling")
    assert (message.id, message.arrived_at_ms, message.has_settled) == ("m-9", NOW_MS, False)


@pytest.mark.parametrize("told", ["", "soon", "-1", "1.5", "²"])
def test_a_message_without_a_first_arrival_begins_anew(told: str) -> None:
    """Whoever put it there: it is archived and settles like any other."""
    [message] = messages_in({"Records": [_record(ARN, told)]}, settling_queue="settling")
    assert (message.id, message.origin, message.has_settled) == ("m-9", "settling", False)


def _record(arn: str, arrived_at_ms: str) -> dict[str, Any]:
    told = {"first_arrived_at_ms": arrived_at_ms, "first_id": "m-1", "first_origin": "feedback"}
    return {
        "messageId": "m-9",
        "body": "{}",
        "attributes": {"SentTimestamp": str(NOW_MS)},
        "messageAttributes": {name: {"stringValue": value} for name, value in told.items()},
        "eventSourceARN": arn,
    }
