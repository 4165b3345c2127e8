"""SQS of the local stack, as the pump and a producer meet it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack import LocalStack


@pytest.fixture
def queue(stack: LocalStack) -> str:
    """The URL of an empty queue."""
    return stack.client("sqs").create_queue(QueueName=f"queue-{uuid.uuid4()}")["QueueUrl"]


def test_only_the_entry_with_a_bad_character_fails(stack: LocalStack, queue: str) -> None:
    """The others of its batch are sent."""
    answer = stack.client("sqs").send_message_batch(
        QueueUrl=queue,
        Entries=[
            {"Id": "good", "MessageBody": "seen\tfrom\r\nhere to 🎬"},
            {"Id": "bad", "MessageBody": "seen\0"},
        ],
    )

    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [
        ("bad", "InvalidMessageContents")
    ]


@pytest.mark.parametrize("body", ["\0", "\x1f", "\ufffe"])
def test_a_character_outside_the_set_is_refused(body: str, stack: LocalStack, queue: str) -> None:
    """SQS carries what XML does."""
    with pytest.raises(ClientError, match="InvalidMessageContents"):
        stack.client("sqs").send_message(QueueUrl=queue, MessageBody=body)


def test_waiting_receives_what_is_sent_meanwhile(stack: LocalStack, queue: str) -> None:
    """A long poll ends with the message, not with its time."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_receive, stack, queue, WaitTimeSeconds=20)
        stack.client("sqs").send_message(QueueUrl=queue, MessageBody="late")

        assert [message["Body"] for message in waiting.result()] == ["late"]


def test_a_message_goes_to_one_of_several_receivers(stack: LocalStack, queue: str) -> None:
    """Eight receivers at once get each of a hundred messages once."""
    for batch in range(10):
        entries = [{"Id": str(n), "MessageBody": f"{batch}-{n}"} for n in range(10)]
        stack.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)

    with ThreadPoolExecutor(8) as pool:
        received = pool.map(lambda _: _receive(stack, queue, MaxNumberOfMessages=10), range(16))
        bodies = [message["Body"] for messages in received for message in messages]

    assert sorted(bodies) == sorted(f"{batch}-{n}" for batch in range(10) for n in range(10))


def test_nothing_is_lost_between_sending_and_deleting(stack: LocalStack, queue: str) -> None:
    """While some send and others delete, every message comes out once."""
    sqs = stack.client("sqs")

    def send(number: int) -> None:
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))

    def take(_: int) -> list[str]:
        messages = _receive(stack, queue, MaxNumberOfMessages=5)
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]

    with ThreadPoolExecutor(8) as pool:
        sending = [pool.submit(send, number) for number in range(60)]
        taken = [body for bodies in pool.map(take, range(30)) for body in bodies]
        for sent in sending:
            sent.result()
    while rest := take(0):
        taken += rest

    assert sorted(taken, key=int) == [str(number) for number in range(60)]


def test_what_was_received_too_often_goes_to_the_dead_letters(
    stack: LocalStack, queue: str
) -> None:
    """After its last attempt a message moves on its own."""
    sqs = stack.client("sqs")
    dead = sqs.create_queue(QueueName=f"dead-{uuid.uuid4()}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 1}}'
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    sqs.send_message(QueueUrl=queue, MessageBody="poison")

    (received,) = _receive(stack, queue)
    sqs.change_message_visibility(
        QueueUrl=queue, ReceiptHandle=received["ReceiptHandle"], VisibilityTimeout=0
    )
    # A message is visible again in the millisecond after the one it was given back in.
    assert _receive(stack, queue, WaitTimeSeconds=1) == []

    assert [message["Body"] for message in _receive(stack, dead)] == ["poison"]


def _receive(stack: LocalStack, queue: str, **options: Any) -> list[dict[str, Any]]:
    return stack.client("sqs").receive_message(QueueUrl=queue, **options).get("Messages", [])
