"""Dead letters: what failed a hundred times, back to the function, with the arrival it had.

SQS's own move task sends messages anew: new id, new time of sending, so that what carries
`sent_at_ms` would be dated by the move. A message in a dead-letter queue still has its id and its
time of sending; here it is received, handed to the function just so, and deleted when it was taken.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ingestion.adapters.aws_errors import translated

from operations.clients import Clients
from operations.envelopes import Record, record_id
from operations.ports import Progress
from operations.redelivery import Redelivery
from operations.tally import End, Tally

# Longer than a batch of ten can take, all rounds and halves included; given up earlier at the end.
_VISIBILITY_S = 900
_AT_A_TIME = 10


@dataclass(frozen=True, slots=True)
class DeadLetterQueue:
    """A dead-letter queue.

    Attributes:
        use_case: Whose messages it has.
        source_arn: Where they come from when SQS does not tell.
    """

    url: str
    use_case: str
    source_arn: str


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages a queue has, about."""

    waiting: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message, received.

    Attributes:
        receipt: What to delete it with.
        record: As its function first got it.
    """

    receipt: str
    record: Record


class DeadLetters(Protocol):
    """Dead-letter queues; errors as of the archive."""

    def depth(self, queue: DeadLetterQueue) -> Depth:
        """How many there are."""
        ...

    def receive(self, queue: DeadLetterQueue) -> Sequence[DeadLetter]:
        """Some messages, hidden from others for a while; none when there are none."""
        ...

    def delete(self, queue: DeadLetterQueue, letters: Sequence[DeadLetter]) -> None:
        """These were taken."""
        ...

    def put_back(self, queue: DeadLetterQueue, letters: Sequence[DeadLetter]) -> None:
        """These were not: show them again."""
        ...


class SqsDeadLetters:
    """Dead letters in SQS; see the port."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def depth(self, queue: DeadLetterQueue) -> Depth:
        """By the queue's attributes, which SQS calls approximate."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        with translated("look at a dead-letter queue"):
            answer = self._clients("sqs").get_queue_attributes(
                QueueUrl=queue.url, AttributeNames=names
            )
        return Depth(*(int(answer["Attributes"][name]) for name in names))

    def receive(self, queue: DeadLetterQueue) -> Sequence[DeadLetter]:
        """At most ten; asks all of SQS's servers, so that none is overlooked."""
        with translated("receive dead letters"):
            answer = self._clients("sqs").receive_message(
                QueueUrl=queue.url,
                MaxNumberOfMessages=_AT_A_TIME,
                WaitTimeSeconds=1,
                VisibilityTimeout=_VISIBILITY_S,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        return [
            DeadLetter(message["ReceiptHandle"], _record(message, queue.source_arn))
            for message in answer.get("Messages", ())
        ]

    def delete(self, queue: DeadLetterQueue, letters: Sequence[DeadLetter]) -> None:
        """One call for all; what is not deleted comes again, which does no harm."""
        if letters:
            entries = [{"Id": str(n), "ReceiptHandle": e.receipt} for n, e in enumerate(letters)]
            with translated("delete dead letters"):
                self._clients("sqs").delete_message_batch(QueueUrl=queue.url, Entries=entries)

    def put_back(self, queue: DeadLetterQueue, letters: Sequence[DeadLetter]) -> None:
        """Make each visible at once."""
        for letter in letters:
            with translated("put back dead letters"):
                self._clients("sqs").change_message_visibility(
                    QueueUrl=queue.url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
                )


def _record(message: Mapping[str, Any], source_arn: str) -> Record:
    """The record of the event in which Lambda had it."""
    attributes = dict(message["Attributes"])
    return {
        "messageId": message["MessageId"],
        "receiptHandle": "",
        "body": message["Body"],
        "attributes": attributes,
        "messageAttributes": {
            name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
            for name, value in message.get("MessageAttributes", {}).items()
            if "StringValue" in value
        },
        "eventSource": "aws:sqs",
        # SQS tells the queue that a message died in; feedback has two that share a dead-letter
        # queue, and only of the settling one a message is believed when it first arrived.
        "eventSourceARN": attributes.get("DeadLetterQueueSourceArn", source_arn),
    }


@dataclass
class DeadLetterRedrive:
    """One run over dead-letter queues.

    Attributes:
        delivery: None for a dry run, which only counts: to receive a message leaves a trace.
    """

    letters: DeadLetters
    delivery: Redelivery | None
    tally: Tally = field(default_factory=Tally)

    def run(self, queues: Sequence[DeadLetterQueue], progress: Progress) -> Tally:
        """Give back what there is.

        Raises:
            TransientError, MisconfiguredError: A queue or a function.
        """
        progress.begin(len(queues))
        for queue in queues:
            if self.delivery is None:
                self.tally.count(End.REDRIVEN, self.letters.depth(queue).waiting)
            else:
                self._redrive(queue, self.delivery)
            progress.step(queue.url.rpartition("/")[2])
        return self.tally

    def _redrive(self, queue: DeadLetterQueue, delivery: Redelivery) -> None:
        """Until the queue shows nothing more; what was not taken stays hidden meanwhile."""
        failed: list[DeadLetter] = []
        for batch in self._batches(queue, delivery):
            ids: set[str] = set()
            for records in _by_source(batch):
                ids |= set(delivery.deliver(queue.use_case, records))
            taken = [each for each in batch if record_id(each.record) not in ids]
            self.letters.delete(queue, taken)
            failed += [each for each in batch if record_id(each.record) in ids]
            self.tally.count(End.REDRIVEN, len(taken))
        self.tally.count(End.FAILED, len(failed))
        self.letters.put_back(queue, failed)

    def _batches(
        self, queue: DeadLetterQueue, delivery: Redelivery
    ) -> Iterator[Sequence[DeadLetter]]:
        while not delivery.has_given_up and (batch := self.letters.receive(queue)):
            yield batch


def _by_source(batch: Sequence[DeadLetter]) -> Iterator[Sequence[Record]]:
    """An event has the messages of one queue."""
    sources = dict.fromkeys(each.record["eventSourceARN"] for each in batch)
    for source in sources:
        yield [each.record for each in batch if each.record["eventSourceARN"] == source]
