"""How producers send: in batches, and again what was refused, as every AWS SDK user has to.

PutRecords and SendMessageBatch answer 200 although some of the batch failed; whoever does not look
at each entry loses data (API references of both).
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from local.demo.outgoing import Outgoing

# Quotas of PutRecords and SendMessageBatch (API references).
RECORDS_PER_CALL: Final = 500
MESSAGES_PER_CALL: Final = 10
_ATTEMPTS: Final = 8
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0

type Wait = Callable[[float], None]
type Put = Callable[[Sequence[Outgoing]], list[Outgoing]]


class UndeliveredError(Exception):
    """Something could not be sent, although it was tried again and again."""


@dataclass(slots=True)
class Retries:
    """How often an entry of a batch had to be sent again."""

    count: int = 0


class Producer:
    """Sends messages in batches, and again what was refused of a batch.

    Attributes:
        retries: How often a message had to be sent again.
    """

    def __init__(self, put: Put, per_call: int, wait: Wait) -> None:
        """Prepare to send.

        Args:
            put: Sends a batch; gives what was refused of it.
            per_call: Messages in a batch at most.
            wait: Waits so many seconds.
        """
        self.retries = Retries()
        self._put_batch = put
        self._per_call = per_call
        self._wait = wait

    def send(self, messages: Iterable[Outgoing]) -> Iterable[int]:
        """Send messages in order, and yield how many more are there.

        Raises:
            UndeliveredError: Messages kept being refused.
        """
        for batch in batched(messages, self._per_call, strict=False):
            _until_taken(batch, self._put_batch, self.retries, self._wait)
            yield len(batch)


class StreamProducer(Producer):
    """Puts messages on a Kinesis stream with PutRecords."""

    def __init__(self, client: Any, stream: str, *, wait: Wait = time.sleep) -> None:  # noqa: ANN401 -- boto3
        """Prepare to put on the stream of this name."""
        super().__init__(self._put, RECORDS_PER_CALL, wait)
        self._client = client
        self._stream = stream

    def _put(self, batch: Sequence[Outgoing]) -> list[Outgoing]:
        answer = self._client.put_records(
            StreamName=self._stream,
            Records=[{"Data": each.body, "PartitionKey": each.key} for each in batch],
        )
        taken = zip(batch, answer["Records"], strict=True)
        return [message for message, record in taken if "ErrorCode" in record]


class QueueProducer(Producer):
    """Sends messages to an SQS queue with SendMessageBatch."""

    def __init__(self, client: Any, queue_url: str, *, wait: Wait = time.sleep) -> None:  # noqa: ANN401 -- boto3
        """Prepare to send to the queue with this URL."""
        super().__init__(self._put, MESSAGES_PER_CALL, wait)
        self._client = client
        self._queue_url = queue_url

    def _put(self, batch: Sequence[Outgoing]) -> list[Outgoing]:
        entries = [
            {"Id": str(number), "MessageBody": each.body.decode()}
            for number, each in enumerate(batch)
        ]
        answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
        return [batch[int(failure["Id"])] for failure in answer.get("Failed", ())]


def _until_taken(
    batch: Sequence[Outgoing],
    send: Callable[[Sequence[Outgoing]], list[Outgoing]],
    retries: Retries,
    wait: Wait,
) -> None:
    """Send a batch, and what is refused of it again, each time after a longer wait."""
    left = list(batch)
    for attempt in range(_ATTEMPTS):
        left = send(left)
        if not left:
            return
        retries.count += len(left)
        longest_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2**attempt)
        wait(random.uniform(0, longest_s))  # noqa: S311 -- full jitter, no secret
    message = f"{len(left)} messages were refused {_ATTEMPTS} times"
    raise UndeliveredError(message)
