"""Queues through the whole pump, with fakes for SQS and the function."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from local.event_source_mappings import EventSourceMappings, Pace
from local.lambda_runtime import InvocationResult, TooManyRequests
from tests.unit.local.event_source_mappings.fakes import (
    Clients,
    FakeLambda,
    FakeQueue,
    a_configuration,
    answer,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

type Invoke = Callable[[str, bytes], InvocationResult]
type Start = Callable[..., EventSourceMappings]

QUICK = Pace(
    supervision_s=0.01, poll_s=0.005, first_backoff_s=0.01, maximum_backoff_s=0.01, queue_pollers=4
)


@pytest.fixture
def start() -> Iterator[Start]:
    """Start pumps on a queue and stop them after the test."""
    pumps: list[EventSourceMappings] = []

    def start(queue: FakeQueue, invoke: Invoke, **settings: object) -> EventSourceMappings:
        arn = "arn:aws:sqs:eu-west-1:123456789012:feedback"
        aws_lambda = FakeLambda(a_configuration(EventSourceArn=arn, **settings))
        clients = Clients(sqs=queue, aws_lambda=aws_lambda)
        pumps.append(EventSourceMappings(client=clients, invoke=invoke, pace=QUICK))
        pumps[-1].start()
        return pumps[-1]

    yield start
    for pump in pumps:
        pump.stop()


def bodies_of(payload: bytes) -> list[str]:
    """Read the bodies of an event."""
    return [record["body"] for record in json.loads(payload)["Records"]]


def test_what_the_function_took_is_deleted(start: Start) -> None:
    """And then the queue is empty and the pump idle."""
    queue, seen = FakeQueue("a", "b", "c"), list[str]()

    def invoke(_name: str, payload: bytes) -> InvocationResult:
        seen.extend(bodies_of(payload))
        return answer()

    wait_until(start(queue, invoke).idle)

    assert sorted(seen) == ["a", "b", "c"]
    assert (queue.visible, queue.in_flight) == ([], [])


def test_a_message_that_failed_stays_until_its_visibility_timeout(start: Start) -> None:
    """Meanwhile the pump is not idle; then the message is delivered again."""
    queue, seen = FakeQueue("good", "bad"), list[str]()

    def invoke(_name: str, payload: bytes) -> InvocationResult:
        bodies = bodies_of(payload)
        fails = "bad" in bodies and "bad" not in seen
        failures = [{"itemIdentifier": "bad"}] if fails else []
        seen.extend(bodies)
        return answer({"batchItemFailures": failures})

    pump = start(queue, invoke, FunctionResponseTypes=["ReportBatchItemFailures"])
    wait_until(lambda: queue.in_flight == ["bad"] and len(seen) == 2)
    assert not pump.idle()
    queue.become_visible()
    wait_until(pump.idle)

    assert seen == ["good", "bad", "bad"]


def test_a_throttled_batch_is_tried_again_while_it_is_invisible(start: Start) -> None:
    """One receive, several refusals, one invocation."""
    queue, refusals, seen = FakeQueue("a"), [TooManyRequests()] * 3, list[str]()

    def invoke(_name: str, payload: bytes) -> InvocationResult:
        if refusals:
            raise refusals.pop()
        seen.extend(bodies_of(payload))
        return answer()

    wait_until(start(queue, invoke).idle)

    assert seen == ["a"]


def test_a_batch_throttled_for_too_long_is_left_to_the_queue(start: Start) -> None:
    """After the visibility timeout somebody else may have the message: it is not invoked with."""
    queue = FakeQueue("a", visibility_timeout_s=0)
    attempts: list[bytes] = []

    def invoke(_name: str, payload: bytes) -> InvocationResult:
        attempts.append(payload)
        raise TooManyRequests

    pump = start(queue, invoke)
    wait_until(lambda: bool(attempts))

    assert not pump.idle()
    assert queue.in_flight == ["a"]
    assert len(attempts) == 1


def test_no_more_invocations_at_once_than_maximum_concurrency(start: Start) -> None:
    """Two of four pollers may work."""
    queue, lock = FakeQueue(*[str(at) for at in range(40)]), threading.Lock()
    running: list[int] = [0]
    most: list[int] = [0]

    def invoke(_name: str, _payload: bytes) -> InvocationResult:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.002)
        with lock:
            running[0] -= 1
        return answer()

    settings = {"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 2}}
    wait_until(start(queue, invoke, **settings).idle)

    assert most[0] <= 2


def test_a_message_missing_from_one_count_is_not_overlooked(start: Start) -> None:
    """While it turns visible it may be in none of the three numbers, but not twice in a row."""

    class Blinking(FakeQueue):
        """Leaves everything out of every other count."""

        looks = 0

        def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
            answer = super().get_queue_attributes(QueueUrl, AttributeNames)
            if "VisibilityTimeout" in AttributeNames:
                return answer
            self.looks += 1
            nothing = dict.fromkeys(AttributeNames, "0")
            return {"Attributes": nothing} if self.looks % 2 else answer

    queue, received = Blinking("a"), threading.Event()

    def invoke(_name: str, payload: bytes) -> InvocationResult:
        received.set()
        return answer(
            {"batchItemFailures": [{"itemIdentifier": each} for each in bodies_of(payload)]}
        )

    pump = start(queue, invoke, FunctionResponseTypes=["ReportBatchItemFailures"])
    assert received.wait(20)

    assert not pump.idle()
