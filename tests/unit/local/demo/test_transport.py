"""Producers send everything, whatever is refused at first."""

from collections.abc import Callable
from typing import Any

import pytest

from local.demo.outgoing import Outgoing, Way
from local.demo.transport import QueueProducer, StreamProducer, UndeliveredError


class FakeAws:
    """Takes what both producers send, and refuses the entries it is told to, once each."""

    def __init__(self, refuses: Callable[[bytes], bool] = lambda _body: False) -> None:
        self.calls: list[int] = []
        self.taken: list[bytes] = []
        self._refuses = refuses
        self._refused: set[bytes] = set()
        self.refuses_for_ever = False

    def put_records(self, *, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 -- boto3
        assert StreamName == "stream"
        self.calls.append(len(Records))
        results = [self._took(record["Data"]) for record in Records]
        answers = {True: {"SequenceNumber": "1"}, False: {"ErrorCode": "Throttled"}}
        return {"Records": [answers[took] for took in results]}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803 -- boto3
        assert QueueUrl == "queue"
        self.calls.append(len(Entries))
        failed = [each for each in Entries if not self._took(each["MessageBody"].encode())]
        return {"Failed": [{"Id": each["Id"]} for each in failed]} if failed else {}

    def _took(self, body: bytes) -> bool:
        if self._refuses(body) and (self.refuses_for_ever or body not in self._refused):
            self._refused.add(body)
            return False
        self.taken.append(body)
        return True


def messages(count: int) -> list[Outgoing]:
    return [
        Outgoing(Way.STREAM, f"a-{number}", "viewer-1", str(number).encode(), number)
        for number in range(count)
    ]


def no_wait(_seconds: float) -> None:
    """Time does not pass in tests."""


def test_records_are_put_five_hundred_at_a_time_in_order() -> None:
    """The most a call can have."""
    aws = FakeAws()

    counts = list(StreamProducer(aws, "stream", wait=no_wait).send(messages(1100)))

    assert counts == aws.calls == [500, 500, 100]
    assert aws.taken == [each.body for each in messages(1100)]


def test_messages_are_sent_ten_at_a_time() -> None:
    """The most a call can have."""
    aws = FakeAws()

    list(QueueProducer(aws, "queue", wait=no_wait).send(messages(25)))

    assert aws.calls == [10, 10, 5]


def test_a_refused_record_is_put_again_alone() -> None:
    """The answer is 200 all the same; only a look at each record tells."""
    aws = FakeAws(refuses=lambda body: body in {b"3", b"7"})
    producer = StreamProducer(aws, "stream", wait=no_wait)

    list(producer.send(messages(10)))

    assert aws.calls == [10, 2]
    assert sorted(aws.taken) == sorted(each.body for each in messages(10))
    assert producer.retries.count == 2


def test_a_refused_message_is_sent_again_alone() -> None:
    """The queue names what failed by the entry's id."""
    aws = FakeAws(refuses=lambda body: body in {b"3", b"17"})
    producer = QueueProducer(aws, "queue", wait=no_wait)

    list(producer.send(messages(20)))

    assert aws.calls == [10, 1, 10, 1]
    assert sorted(aws.taken) == sorted(each.body for each in messages(20))


def test_waits_grow_and_are_bounded() -> None:
    """Exponential, with jitter, never more than five seconds; and then it is an error."""
    aws = FakeAws(refuses=lambda _body: True)
    aws.refuses_for_ever = True
    waits: list[float] = []

    with pytest.raises(UndeliveredError, match="1 messages were refused 8 times"):
        list(StreamProducer(aws, "stream", wait=waits.append).send(messages(1)))

    assert len(waits) == 8
    assert all(wait <= min(5.0, 0.1 * 2**attempt) for attempt, wait in enumerate(waits))
