"""The deployed system as the demo sees it: where to send to, and when it is done."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from ingestion.adapters.comprehend import ComprehendSentimentDetector
from ingestion.domain.activity import Sentiment

from local.demo.conservation import Conservation, conserve
from local.demo.fates import Rules
from local.demo.opinions import Comment
from local.demo.outgoing import Outgoing, Way
from local.demo.screen import Advance, Screen
from local.demo.stores import StoreReader, Stores
from local.demo.tellers import SNOWPLOW_ITEM_PATH
from local.demo.transport import QueueProducer, StreamProducer
from local.personalize import TrackerCounters
from local.stack import STACK_NAME, LocalStack

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
# A like that is held for half a minute is right for people and long for somebody who looks on.
_PARAMETERS: Final = {
    "SettleDelaySeconds": "1",
    "SnowplowItemPath": SNOWPLOW_ITEM_PATH,
    "CommentSentiment": "true",
    # The account compares what was sent with what is archived. Those who wrote it do not exist.
    "ArchiveCommentText": "true",
}
_POLL_S: Final = 0.25
_PATIENCE_S: Final = 900.0


class UnsettledError(Exception):
    """The functions did not come to an end."""


class System:
    """A stack with the template deployed in it."""

    def __init__(self, stack: LocalStack, outputs: Mapping[str, str]) -> None:
        """Look at a deployed stack; `deploy` makes one."""
        self.outputs = outputs
        self._stack = stack
        self._stream = StreamProducer(self.client("kinesis"), outputs["ActivityStreamName"])
        self._queue = QueueProducer(self.client("sqs"), outputs["FeedbackQueueUrl"])

    @classmethod
    def deploy(
        cls,
        stack: LocalStack,
        stack_name: str = STACK_NAME,
        parameters: Mapping[str, str] = MappingProxyType({}),
    ) -> Self:
        """Deploy the template of this checkout, with the demo's parameters and others besides."""
        given = {**_PARAMETERS, **parameters}
        outputs = stack.deploy(template=TEMPLATE, stack_name=stack_name, parameters=given)
        return cls(stack, outputs)

    @property
    def client(self) -> Callable[[str], Any]:
        """Gives the boto3 client of a service by its name."""
        return self._stack.client

    @property
    def dataset_group_arn(self) -> str:
        """The dataset group that the template made."""
        return self.outputs["DatasetGroupArn"]

    @property
    def sent_again(self) -> int:
        """How many entries of batches had to be sent again."""
        return self._stream.retries.count + self._queue.retries.count

    def deliver(self, messages: Sequence[Outgoing], screen: Screen, title: str) -> None:
        """Send messages as a stage of the demo, and wait until the functions have dealt with them.

        Raises:
            UndeliveredError, UnsettledError: As `send` and `settle` say.
        """
        with screen.stage(title, len(messages)) as advance:
            self.send(messages, advance)
            self.settle()

    def send(self, messages: Sequence[Outgoing], advance: Advance) -> None:
        """Send messages in order, the stream's and the queue's side by side.

        Raises:
            UndeliveredError: Some were refused for good.
        """
        ended = threading.Event()
        with ThreadPoolExecutor(2, thread_name_prefix="producer") as pool:
            try:
                sending = [
                    pool.submit(_send, producer, theirs, advance, ended)
                    for producer, theirs in self._shared_out(messages)
                ]
                for each in sending:
                    each.result()
            finally:
                # Whoever interrupts the demo should not have to wait for the rest of the day.
                ended.set()

    def _shared_out(
        self, messages: Sequence[Outgoing]
    ) -> tuple[tuple[StreamProducer | QueueProducer, list[Outgoing]], ...]:
        return (
            (self._stream, [each for each in messages if each.way is Way.STREAM]),
            (self._queue, [each for each in messages if each.way is Way.QUEUE]),
        )

    def settle(self) -> None:
        """Wait until the functions have dealt with everything that was sent.

        Raises:
            UnsettledError: They have not after a quarter of an hour.
        """
        deadline_s = time.monotonic() + _PATIENCE_S
        while not self._stack.mappings.idle():
            if time.monotonic() > deadline_s:
                message = f"The functions are still at work after {_PATIENCE_S:.0f} s"
                raise UnsettledError(message)
            time.sleep(_POLL_S)

    def counters(self) -> TrackerCounters:
        """What the emulator counted at the event tracker."""
        return self._stack.personalize.counters(self.outputs["TrackingId"])

    def interactions_to_train_on(self) -> int:
        """How many interactions a training would see now."""
        return len(self._stack.personalize.interactions(self.dataset_group_arn))

    def stores(self) -> Stores:
        """Read everything that lies in the stores."""
        return StoreReader(self.client, self.outputs).read()

    def sentiments(self, comments: Sequence[Comment]) -> Mapping[str, Sentiment]:
        """Ask Amazon Comprehend what is felt in comments; give it by their text."""
        detector = ComprehendSentimentDetector(self.client("comprehend"))
        found = {each.text: detector.sentiments([each.text], each.language) for each in comments}
        return {
            text: reading for text, (reading,) in found.items() if isinstance(reading, Sentiment)
        }

    def rules(self) -> Rules:
        """Read the rules of the deployed functions."""
        return Rules.of_functions(
            self._variables("RecordPlaybackFunctionName"),
            self._variables("RecordFeedbackFunctionName"),
        )

    def conservation(self) -> Conservation:
        """Account for the whole archive by what it and Personalize hold."""
        variables = self._variables("ReconcileArchiveFunctionName")
        return conserve(self.client, variables, self._stack.personalize.event_ids())

    def _variables(self, output: str) -> Mapping[str, str]:
        name = self.outputs[output]
        configuration = self.client("lambda").get_function_configuration(FunctionName=name)
        return configuration["Environment"]["Variables"]


def _send(
    producer: StreamProducer | QueueProducer,
    messages: Sequence[Outgoing],
    advance: Advance,
    ended: threading.Event,
) -> None:
    for count in producer.send(messages):
        advance(count)
        if ended.is_set():
            return
