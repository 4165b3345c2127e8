"""SQS in simulated time: visibility, delays, receive counts, and dead letters.

Rules: SQS developer guide, "visibility timeout", "delay queues" and "dead-letter queues". A
standard queue may deliver in any order and more than once: the test says when it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from tests.model.simulated_clock import SimulatedClock

_MAX_ENTRIES: Final = 10


@dataclass(slots=True)
class QueuedMessage:
    """A message in a queue.

    Attributes:
        visible_at_s: From when on it can be received.
        receipts: How often it was received.
    """

    message_id: str
    body: str
    sent_at_s: float
    visible_at_s: float
    attributes: dict[str, Any]
    receipts: int = 0


@dataclass
class SimulatedQueue:
    """One queue and its redrive policy."""

    visibility_s: float
    max_receives: int
    messages: list[QueuedMessage] = field(default_factory=list)
    dead: list[QueuedMessage] = field(default_factory=list)


@dataclass
class SimulatedQueues:
    """An SQS client for a few queues, whose URLs are their names.

    Attributes:
        keeps_the_next: Whether the next deletion is answered and does not last, as may happen to a
            message whose server was not to be reached ("at-least-once delivery").
        rotation: From which visible message on they are handed out.
    """

    clock: SimulatedClock
    queues: dict[str, SimulatedQueue]
    keeps_the_next: bool = False
    rotation: int = 0
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def send(self, name: str, body: str, delay_s: float = 0.0, **attributes: Any) -> str:
        """Accept a message; return its id."""
        now_s = self.clock()
        message_id = f"m-{next(self._numbers)}"
        self.queues[name].messages.append(
            QueuedMessage(message_id, body, now_s, now_s + delay_s, attributes)
        )
        return message_id

    def next_visible_s(self, name: str) -> float | None:
        """When the next message can be received; None when the queue is empty."""
        return min((each.visible_at_s for each in self.queues[name].messages), default=None)

    # As boto3's client ----------------------------------------------------------------------

    def get_queue_url(self, QueueName: str) -> dict[str, str]:  # noqa: N803
        """The URL of a queue is its name."""
        return {"QueueUrl": QueueName}

    def send_message_batch(self, QueueUrl: str, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803
        """Accept messages, each with a delay of its own."""
        name = QueueUrl.rpartition("/")[2]
        for entry in Entries:
            self.send(
                name, entry["MessageBody"], entry["DelaySeconds"], **entry["MessageAttributes"]
            )
        return {"Successful": []}

    def receive_message(self, QueueUrl: str, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        """Hand out visible messages, and hide them for the visibility timeout."""
        queue = self.queues[QueueUrl]
        visible = [each for each in queue.messages if each.visible_at_s <= self.clock()]
        if not visible:
            return {}
        at = self.rotation % len(visible)
        taken = (visible[at:] + visible[:at])[: min(MaxNumberOfMessages, _MAX_ENTRIES)]
        handed = [each for each in taken if self._is_handed_out(queue, each)]
        return {"Messages": [_as_received(each) for each in handed]}

    def delete_message_batch(self, QueueUrl: str, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803
        """Delete what was received."""
        receipts = {entry["ReceiptHandle"] for entry in Entries}
        if self.keeps_the_next and receipts:
            self.keeps_the_next = False
            return {"Successful": []}
        queue = self.queues[QueueUrl]
        queue.messages = [each for each in queue.messages if _receipt(each) not in receipts]
        return {"Successful": []}

    def _is_handed_out(self, queue: SimulatedQueue, message: QueuedMessage) -> bool:
        """Count a receipt; what was received too often goes to the dead letters instead."""
        message.receipts += 1
        message.visible_at_s = self.clock() + queue.visibility_s
        if message.receipts <= queue.max_receives:
            return True
        queue.messages.remove(message)
        queue.dead.append(message)
        return False


def _receipt(message: QueuedMessage) -> str:
    return f"{message.message_id}/{message.receipts}"


def _as_received(message: QueuedMessage) -> dict[str, Any]:
    return {
        "MessageId": message.message_id,
        "ReceiptHandle": _receipt(message),
        "Body": message.body,
        "Attributes": {
            "SentTimestamp": str(round(message.sent_at_s * 1000)),
            "ApproximateReceiveCount": str(message.receipts),
        },
        "MessageAttributes": message.attributes,
    }
