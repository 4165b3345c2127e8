"""One mapping on an SQS queue.

Rules: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html. What is
processed is deleted; what is not comes back by the queue's visibility timeout, and the queue's own
redrive policy decides when a message has been received often enough.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from local.event_source_mappings.envelopes import Element, fitting, queue_element
from local.event_source_mappings.invoker import Invoker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.event_source_mappings.mapping import EventSourceMapping
    from local.event_source_mappings.responses import Verdict
    from local.event_source_mappings.surroundings import Surroundings

logger = logging.getLogger(__name__)

# ReceiveMessage and DeleteMessageBatch take at most ten.
MAX_ENTRIES: Final = 10
BACKLOG: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class QueueConsumer:
    """Polls a queue for one mapping, with as many threads as may invoke at once."""

    def __init__(self, mapping: EventSourceMapping, surroundings: Surroundings) -> None:
        """Find the queue.

        Raises:
            botocore.exceptions.ClientError: There is no such queue.
        """
        self.mapping = mapping
        self._surroundings = surroundings
        self._pace = surroundings.pace
        self._sqs = surroundings.client("sqs")
        self._url = self._sqs.get_queue_url(QueueName=mapping.source_name)["QueueUrl"]
        self._invoker = Invoker(mapping, surroundings.invoke, surroundings.activity)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._visibility_timeout_s = 0.0

    def refresh(self) -> None:
        """Follow the queue's visibility timeout, and begin to poll if that has not happened.

        Raises:
            botocore.exceptions.ClientError: The queue is gone.
        """
        self._visibility_timeout_s = float(self._attributes("VisibilityTimeout")[0])
        pollers = min(
            self._pace.queue_pollers, self.mapping.maximum_concurrency or self._pace.queue_pollers
        )
        while len(self._threads) < pollers:
            thread = threading.Thread(target=self._run, name="queue-poller", daemon=True)
            self._threads.append(thread)
            thread.start()

    def is_drained(self) -> bool:
        """Whether the queue holds nothing: no message waiting, delayed, or received by anybody.

        Asked twice, because the three counts of one answer are not of one moment: a message that
        becomes visible between the count of the visible and of the invisible is in neither.
        """
        return not any(sum(self._attributes(*BACKLOG)) for _ in range(2))

    def begin_stop(self) -> None:
        """Receive nothing more."""
        self._stopping.set()

    def finish_stop(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic) for what is under way."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _attributes(self, *names: str) -> list[int]:
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(names))
        return [int(answer["Attributes"][name]) for name in names]

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                found = self.poll()
            except (BotoCoreError, ClientError) as error:
                failures += 1
                logger.warning("polling %s failed: %s", self.mapping.source_name, error)
                self._stopping.wait(self._pace.backoff(failures))
                continue
            failures = 0
            if not found:
                self._stopping.wait(self._pace.poll_s)

    def poll(self) -> bool:
        """Gather a batch and process it; return whether there was anything."""
        give_up_at = time.monotonic() + self._visibility_timeout_s
        elements = self._pass(self._gather())
        found = bool(elements)
        while elements and not self._stopping.is_set():
            count = fitting(elements, self.mapping.batch_size)
            self._process(elements[:count], give_up_at)
            elements = elements[count:]
        return found

    def _gather(self) -> list[Element]:
        """Receive until the batch is full, by count or by size, or its window is over."""
        wanted = self.mapping.batch_size
        gathered = self._receive(wanted)
        closes_at = time.monotonic() + self._pace.window(self.mapping.window_s)
        while gathered and fitting(gathered, wanted) == len(gathered) < wanted:
            left = closes_at - time.monotonic()
            if left <= 0 or self._stopping.is_set():
                break
            more = self._receive(wanted - len(gathered))
            gathered += more
            if not more:
                self._stopping.wait(min(self._pace.poll_s, left))
        return gathered

    def _receive(self, limit: int) -> list[Element]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=min(limit, MAX_ENTRIES),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
            # The pause between polls is ours: a long poll would delay stopping.
            WaitTimeSeconds=0,
        )
        messages = answer.get("Messages", [])
        if messages:
            self._surroundings.activity.note()
        return [queue_element(message, mapping=self.mapping) for message in messages]

    def _pass(self, elements: list[Element]) -> list[Element]:
        """Return what the filters let through; Lambda deletes the rest."""
        passing: list[Element] = []
        dropped: list[Element] = []
        for each in elements:
            (passing if self.mapping.filters.passes(each.envelope) else dropped).append(each)
        self._delete(dropped)
        return passing

    def _process(self, batch: Sequence[Element], give_up_at: float) -> None:
        """Invoke with a batch and delete what the function took."""
        verdict = self._invoke(batch, give_up_at)
        if verdict is not None:
            self._delete([each for each in batch if each.identifier not in verdict.failed])

    def _invoke(self, batch: Sequence[Element], give_up_at: float) -> Verdict | None:
        """Invoke; while the function is throttled, again until the messages become visible."""
        throttles = 0
        while (verdict := self._invoker.invoke(batch)) is None:
            throttles += 1
            pause = self._pace.backoff(throttles)
            if time.monotonic() + pause >= give_up_at or self._stopping.wait(pause):
                return None
        return verdict

    def _delete(self, elements: Sequence[Element]) -> None:
        for start in range(0, len(elements), MAX_ENTRIES):
            entries: list[dict[str, Any]] = [
                {"Id": str(at), "ReceiptHandle": element.envelope["receiptHandle"]}
                for at, element in enumerate(elements[start : start + MAX_ENTRIES])
            ]
            answer = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
            for failure in answer.get("Failed", ()):
                logger.warning("a message was processed and not deleted: %s", failure)
