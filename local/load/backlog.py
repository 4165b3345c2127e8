"""How far the functions are behind, looked at once a second."""

import threading
import time
from dataclasses import dataclass
from typing import Final, override

from local.demo.system import System
from local.moto_extensions.kinesis_backlog import waiting
from local.running import Running
from local.stack import LocalStack

_EVERY_S: Final = 1.0
_WAITING: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
QUEUES: Final = ("FeedbackQueueUrl", "SettlingQueueUrl", "MetadataQueueUrl")


@dataclass(frozen=True, slots=True)
class Sample:
    """One look.

    Attributes:
        at_s: Seconds since the load began.
        records: Records before the slowest reader of the stream.
        age_s: Age of the oldest of them, by its arrival; 0 when there is none.
        messages: Messages in the queues, received ones included.
    """

    at_s: float
    records: int
    age_s: float
    messages: int


class BacklogWatch(Running):
    """Looks in a thread of its own until it is told to end."""

    def __init__(self, stack: LocalStack, system: System) -> None:
        """Prepare to look at a deployed stack."""
        self._stack = stack
        self._outputs = system.outputs
        self._stream = system.outputs["ActivityStreamName"]
        self._readers = mappings_of(stack, system.outputs["ActivityStreamArn"])
        self._began_s = time.time()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backlog-watch", daemon=True)
        self.samples: list[Sample] = []

    @override
    def start(self) -> None:
        """Begin to look."""
        self._began_s = time.time()
        self._thread.start()

    @override
    def stop(self) -> None:
        """Look a last time, and no more."""
        self._ending.set()
        self._thread.join()
        self.samples.append(self.look())

    def look(self) -> Sample:
        """Look once."""
        now_s, positions = time.time(), self._stack.mappings.positions()
        found = [waiting(self._stream, positions.get(each, {})) for each in self._readers]
        oldest_s = min((put_at_s for _, put_at_s in found if put_at_s is not None), default=now_s)
        return Sample(
            at_s=now_s - self._began_s,
            records=max(count for count, _ in found),
            age_s=max(0.0, now_s - oldest_s),
            messages=sum(map(self._in_queue, QUEUES)),
        )

    def _run(self) -> None:
        while not self._ending.wait(_EVERY_S):
            self.samples.append(self.look())

    def _in_queue(self, output: str) -> int:
        answer = self._stack.client("sqs").get_queue_attributes(
            QueueUrl=self._outputs[output], AttributeNames=list(_WAITING)
        )
        return sum(int(answer["Attributes"][name]) for name in _WAITING)


def mappings_of(stack: LocalStack, source_arn: str) -> dict[str, str]:
    """Find the mappings of a stream or queue.

    Returns:
        The function of each, by the mapping's id.
    """
    answer = stack.client("lambda").list_event_source_mappings(EventSourceArn=source_arn)
    return {
        each["UUID"]: each["FunctionArn"].rsplit(":", 1)[-1]
        for each in answer["EventSourceMappings"]
    }
