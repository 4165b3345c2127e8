"""What Lambda gives to and takes from an invocation, beside the event."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingestion.ports import TimeLeft

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


def time_left(context: "LambdaContext") -> TimeLeft:
    """Seconds until Lambda ends the invocation."""
    return lambda: context.get_remaining_time_in_millis() / 1000


def partial_response(failed: Sequence[str]) -> "PartialItemFailureResponse":
    """The answer with ReportBatchItemFailures: the ids of the messages to deliver again.

    Kinesis delivers again from the lowest of these on, SQS exactly these. Any other shape would
    count as success of everything (Lambda developer guide), so there is one place to get it right.
    """
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
