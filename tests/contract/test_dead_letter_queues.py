"""The port `DeadLetterQueues`: what SQS shows, and that it is there afterwards."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from ingestion.adapters import dead_letters
from ingestion.adapters.dead_letters import SqsDeadLetterQueues
from ingestion.domain.errors import MisconfiguredError
from moto import mock_aws


@pytest.fixture
def sqs() -> Iterator[Any]:
    """SQS with two empty dead-letter queues."""
    with mock_aws():
        yield boto3.client("sqs", region_name="eu-west-1")


def a_queue(sqs: Any, name: str, *bodies: str) -> tuple[str, list[str]]:
    """A queue with messages: its URL, and their ids."""
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sent = [sqs.send_message(QueueUrl=url, MessageBody=body) for body in bodies]
    return url, [each["MessageId"] for each in sent]


def test_all_are_seen_and_none_is_taken(sqs: Any) -> None:
    """Of all queues, more than one call receives; a second look sees them again."""
    many, ids = a_queue(sqs, "many", *map(str, range(23)))
    one, more = a_queue(sqs, "one", "body")
    queues = SqsDeadLetterQueues(lambda: sqs, (many, one))
    assert sorted(queues.ids()) == sorted([*ids, *more])
    assert sorted(queues.ids()) == sorted([*ids, *more])


def test_what_was_held_to_settle_has_its_first_id(sqs: Any) -> None:
    """By which the archive knows it."""
    url, _ = a_queue(sqs, "settled")
    attribute = {"first_id": {"DataType": "String", "StringValue": "first"}}
    sqs.send_message(QueueUrl=url, MessageBody="{}", MessageAttributes=attribute)
    assert list(SqsDeadLetterQueues(lambda: sqs, (url,)).ids()) == ["first"]


def test_a_look_has_an_end(sqs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks has minutes, and a queue can hold millions."""
    monkeypatch.setattr(dead_letters, "SEEN_AT_MOST", 10)
    url, _ = a_queue(sqs, "full", *map(str, range(23)))
    assert len(list(SqsDeadLetterQueues(lambda: sqs, (url,)).ids())) == 10


def test_a_missing_queue_is_a_misconfiguration(sqs: Any) -> None:
    """Nobody takes it for an empty one."""
    url, _ = a_queue(sqs, "gone")
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(MisconfiguredError):
        list(SqsDeadLetterQueues(lambda: sqs, (url,)).ids())
