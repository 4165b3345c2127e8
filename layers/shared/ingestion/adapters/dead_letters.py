"""Looks into dead-letter queues, and leaves every message where it is.

To see a message of SQS is to receive it, which hides it from others for a while. Here it is hidden
until all were seen and is shown again at once; a dead-letter queue has no count of receipts that
would matter, and the age of its messages goes on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ingestion.adapters.aws_errors import translated
from ingestion.adapters.sqs import FIRST_ID

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

# More would take minutes; what is beyond stays without an explanation, and an alarm rings anyhow.
SEEN_AT_MOST: Final = 10_000

_AT_A_TIME: Final = 10
_HIDDEN_S: Final = 120


class SqsDeadLetterQueues:
    """Dead-letter queues in SQS; see the port."""

    def __init__(self, client: "Callable[[], SQSClient]", urls: Sequence[str]) -> None:
        """Look into queues.

        Args:
            client: Makes the client; not called before it is needed.
            urls: Of the dead-letter queues.
        """
        self._client = client
        self._urls = urls

    def ids(self) -> Iterator[str]:
        """The ids of the messages as they first arrived."""
        client = self._client()
        for url in self._urls:
            yield from map(_first_id, _look_into(client, url))


def _look_into(client: "SQSClient", url: str) -> Sequence[Mapping[str, Any]]:
    seen: list[Mapping[str, Any]] = []
    try:
        while len(seen) < SEEN_AT_MOST and (some := _receive(client, url)):
            seen += some
    finally:
        for each in seen:
            with translated("show a dead letter again"):
                client.change_message_visibility(
                    QueueUrl=url, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0
                )
    return seen


def _receive(client: "SQSClient", url: str) -> Sequence[Mapping[str, Any]]:
    """Some messages; waits a second, so that all servers of SQS are asked."""
    with translated("look into a dead-letter queue"):
        answer = client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=_AT_A_TIME,
            WaitTimeSeconds=1,
            VisibilityTimeout=_HIDDEN_S,
            MessageAttributeNames=[FIRST_ID],
        )
    return answer.get("Messages", [])


def _first_id(message: Mapping[str, Any]) -> str:
    """What a message that was held to settle was called when it arrived."""
    told = message.get("MessageAttributes", {}).get(FIRST_ID, {})
    return told.get("StringValue", message["MessageId"])
