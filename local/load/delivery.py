"""How a producer delivers: what was refused again, and nothing is taken for sent before the reply.

PutRecords and SendMessageBatch answer 200 although some of the batch failed (API references of
both). Where no answer comes at all, the batch is in doubt: it may have arrived, and is sent again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import batched
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from local.load.ledger import Entry, entry
from local.load.parcel import Channel, Parcel

# Quotas of PutRecords and SendMessageBatch (API references).
LIMITS: Final = {Channel.STREAM: 500, Channel.FEEDBACK: 10, Channel.METADATA: 10}
ATTEMPTS: Final = 12
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 3.0

type Put = Callable[[Sequence[Parcel]], Sequence[Parcel]]
"""Sends a batch; gives what was refused of it. Raises what boto3 raises when nothing is known."""


class UndeliveredError(Exception):
    """Messages kept being refused."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The three ways in, by their names at AWS."""

    stream_name: str
    feedback_queue_url: str
    metadata_queue_url: str


def putters(client: Callable[[str], Any], doors: Doors) -> dict[Channel, Put]:
    """Give what sends a batch, for each channel.

    Args:
        client: Gives the boto3 client of a service by its name.
        doors: Where to send to.
    """
    kinesis, sqs = client("kinesis"), client("sqs")
    return {
        Channel.STREAM: lambda batch: _put_records(kinesis, doors.stream_name, batch),
        Channel.FEEDBACK: lambda batch: _send_messages(sqs, doors.feedback_queue_url, batch),
        Channel.METADATA: lambda batch: _send_messages(sqs, doors.metadata_queue_url, batch),
    }


def _put_records(kinesis: Any, stream: str, batch: Sequence[Parcel]) -> Sequence[Parcel]:  # noqa: ANN401 -- boto3
    records = [{"Data": each.body, "PartitionKey": each.key} for each in batch]
    answer = kinesis.put_records(StreamName=stream, Records=records)
    taken = zip(batch, answer["Records"], strict=True)
    return [parcel for parcel, record in taken if "ErrorCode" in record]


def _send_messages(sqs: Any, queue_url: str, batch: Sequence[Parcel]) -> Sequence[Parcel]:  # noqa: ANN401 -- boto3
    entries = [
        {"Id": str(number), "MessageBody": each.body.decode()} for number, each in enumerate(batch)
    ]
    answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
    return [batch[int(failure["Id"])] for failure in answer.get("Failed", ())]


class Delivery:
    """Delivers messages of one channel in order, and writes each acknowledged one down."""

    def __init__(
        self,
        put: Put,
        *,
        limit: int,
        note: Callable[[Sequence[Entry]], None],
        wait: Callable[[float], None],
    ) -> None:
        """Prepare to deliver.

        Args:
            put: Sends a batch.
            limit: Messages in a batch at most.
            note: Told what was acknowledged, and what may have arrived without a reply.
            wait: Waits so many seconds.
        """
        self._put = put
        self._limit = limit
        self._note = note
        self._wait = wait

    def deliver(self, parcels: Sequence[Parcel]) -> None:
        """Deliver messages, batch after batch.

        Raises:
            UndeliveredError: Some were refused or unanswered twelve times; later ones are not sent.
        """
        for batch in batched(parcels, self._limit, strict=False):
            self._until_taken(batch)

    def _until_taken(self, batch: Sequence[Parcel]) -> None:
        left = batch
        for attempt in range(1, ATTEMPTS + 1):
            left = self._attempt(left, attempt)
            if not left:
                return
            self._wait(min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** (attempt - 1)))
        message = f"{len(left)} messages were refused {ATTEMPTS} times"
        raise UndeliveredError(message)

    def _attempt(self, batch: Sequence[Parcel], attempt: int) -> Sequence[Parcel]:
        """Send a batch once; give what has to be sent again."""
        try:
            refused = self._put(batch)
        except (BotoCoreError, ClientError) as error:
            if _is_refusal(error):
                return batch
            self._note([entry(each, attempt, is_acknowledged=False) for each in batch])
            return batch
        again = set(map(id, refused))
        taken = [each for each in batch if id(each) not in again]
        self._note([entry(each, attempt, is_acknowledged=True) for each in taken])
        return refused


def _is_refusal(error: BotoCoreError | ClientError) -> bool:
    """Whether AWS said no; after a fault of its own, or none of its words, nothing is known."""
    if not isinstance(error, ClientError):
        return False
    status: int = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return 0 < status < HTTPStatus.INTERNAL_SERVER_ERROR
