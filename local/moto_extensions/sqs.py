"""SQS as AWS behaves, where moto does otherwise.

What moto 5.2 does:

* receiving asks for all attributes of the queue once per message, and each of them counts the
  queue again: 300 ms for ten messages at a depth of 600;
* deleting replaces the list of messages without the queue's lock, so a message sent at that moment
  is lost; two receivers can be handed the same message;
* a body with a character that SQS does not carry (NUL, for one) is accepted.
"""

import re
import time
from functools import cache
from typing import Any, Final

from moto.core.utils import unix_time, unix_time_millis
from moto.sqs.exceptions import SQSException
from moto.sqs.models import Message, Queue, SQSBackend

from local.moto_extensions.patching import replace_attribute

# "Invalid characters" of
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_REFUSED_CHARACTER: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFUSED_CODE: Final = "InvalidMessageContents"
_REFUSED_MESSAGE: Final = "The message contains characters outside the allowed set."
_LONG_POLL_STEP_S: Final = 1.0


@cache
def install() -> None:
    """Repair SQS for the whole process; a second call finds it done."""
    for name, count in (
        ("messages", _messages),
        ("approximate_number_of_messages_delayed", _count_delayed),
        ("approximate_number_of_messages_not_visible", _count_not_visible),
    ):
        replace_attribute(Queue, name, property(count))
    replace_attribute(SQSBackend, "is_message_valid_based_on_retention_period", _is_retained)
    _install_locks()
    _install_content_check()


def _messages(self: Queue) -> list[Message]:
    """List what can be received now; the clock is read once, not twice per message."""
    now_ms = unix_time_millis()
    return [m for m in self._messages if m.visible_at < now_ms and m.delayed_until <= now_ms]


def _count_delayed(self: Queue) -> int:
    now_ms = unix_time_millis()
    return sum(m.delayed_until > now_ms for m in self._messages)


def _count_not_visible(self: Queue) -> int:
    now_ms = unix_time_millis()
    return sum(m.visible_at >= now_ms for m in self._messages)


def _is_retained(self: SQSBackend, queue_name: str, message: Message) -> bool:
    """Compare a message's age with the queue's retention, without describing the queue."""
    queue = self.get_queue(queue_name)
    retention_s: int = getattr(queue, "message_retention_period")  # noqa: B009 - moto sets it by name
    return (message.sent_timestamp or 0) / 1000 + retention_s > unix_time()


def _install_locks() -> None:
    """Put receiving and deleting under the lock that moto takes only for sending."""
    receive_once = SQSBackend.receive_message
    delete_once = Queue.delete_message

    def receive_message(  # noqa: PLR0913, PLR0917 - moto's signature
        self: SQSBackend,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        """Receive without waiting, under the lock, until something came or the time is over."""
        queue = self.get_queue(queue_name)
        deadline_s = time.monotonic() + wait_seconds_timeout
        while True:
            with queue._messages_lock:  # noqa: SLF001 - the lock moto itself takes when it adds
                found = receive_once(
                    self, queue_name, count, 0, visibility_timeout, message_attribute_names
                )
            left_s = deadline_s - time.monotonic()
            if found or left_s <= 0:
                return found
            # moto notifies on sending only, so a message that becomes visible needs the steps.
            queue.wait_for_messages(min(_LONG_POLL_STEP_S, left_s))  # pyright: ignore[reportArgumentType]

    def delete_message(self: Queue, receipt_handle: str) -> None:
        """Delete while nobody adds, or what is added meanwhile would be gone."""
        with self._messages_lock:
            delete_once(self, receipt_handle)

    replace_attribute(SQSBackend, "receive_message", receive_message)
    replace_attribute(Queue, "delete_message", delete_message)


def _install_content_check() -> None:
    """Refuse bodies with characters SQS does not carry; in a batch, only their entries."""
    send = SQSBackend.send_message
    send_batch = SQSBackend.send_message_batch

    def send_message(
        self: SQSBackend,
        queue_name: str,
        message_body: str,
        *args: Any,  # noqa: ANN401 - moto's further arguments, handed on
        **kwargs: Any,  # noqa: ANN401
    ) -> Message:
        if _REFUSED_CHARACTER.search(message_body):
            raise SQSException(_REFUSED_CODE, _REFUSED_MESSAGE)
        return send(self, queue_name, message_body, *args, **kwargs)

    def send_message_batch(
        self: SQSBackend, queue_name: str, entries: dict[str, dict[str, Any]]
    ) -> tuple[list[Message], list[dict[str, Any]]]:
        refused = {key for key, e in entries.items() if _REFUSED_CHARACTER.search(e["MessageBody"])}
        accepted = {key: entry for key, entry in entries.items() if key not in refused}
        sent, failed = send_batch(self, queue_name, accepted)
        return sent, failed + [_refusal(entries[key]["Id"]) for key in refused]

    replace_attribute(SQSBackend, "send_message", send_message)
    replace_attribute(SQSBackend, "send_message_batch", send_message_batch)


def _refusal(entry_id: str) -> dict[str, Any]:
    """Describe a refused entry of a batch."""
    return {
        "Id": entry_id,
        "SenderFault": True,
        "Code": _REFUSED_CODE,
        "Message": _REFUSED_MESSAGE,
    }
