"""Record the feedback of the queue: verdicts, and likes with the Personalize event tracker."""

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from ingestion.adapters.archive import S3ActivityArchive, s3_client
from ingestion.adapters.dynamodb import dynamodb_client
from ingestion.adapters.lambda_runtime import partial_response, time_left
from ingestion.adapters.sqs import messages_in
from ingestion.adapters.verdicts import DynamoVerdictStore
from ingestion.application.outcome import Outcome
from ingestion.application.record_feedback import (
    FeedbackPorts,
    FeedbackRules,
    record_feedback,
)
from ingestion.composition import recorder_ports
from ingestion.observability import logger, metrics, misconfiguration_counted, report_recording
from ingestion.settings import RecordFeedbackSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def recorder() -> partial[Outcome]:
    """The use case with its adapters; made at the first invocation of an environment."""
    settings = RecordFeedbackSettings.from_environment()
    return partial(
        record_feedback,
        rules=FeedbackRules(settings.window, settings.thresholds, settings.columns),
        ports=FeedbackPorts(
            recorder=recorder_ports(settings, "record_feedback"),
            activities=S3ActivityArchive(s3_client(), settings.archive_bucket),
            verdicts=DynamoVerdictStore(dynamodb_client(), settings.verdicts_table),
        ),
    )


@logger.inject_lambda_context
@metrics.log_metrics
@misconfiguration_counted
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> "PartialItemFailureResponse":
    """Record one batch of the queue; what failed is delivered again."""
    outcome = recorder()(messages_in(event), time_left=time_left(context))
    report_recording(outcome)
    return partial_response(outcome.failed)
