"""Record the feedback of the queue: verdicts, and likes with the Personalize event tracker."""

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from ingestion.adapters.archive import S3ActivityArchive
from ingestion.adapters.comprehend import ComprehendSentimentDetector, comprehend_client
from ingestion.adapters.dynamodb import dynamodb_client
from ingestion.adapters.lambda_runtime import partial_response, time_left
from ingestion.adapters.settling import SqsSettlingQueue, sqs_client
from ingestion.adapters.sqs import messages_in
from ingestion.adapters.verdicts import DynamoVerdictStore
from ingestion.application.outcome import Outcome
from ingestion.application.record_feedback import (
    FeedbackPorts,
    FeedbackRules,
    record_feedback,
)
from ingestion.archive_composition import archive_bucket
from ingestion.composition import recorder_ports
from ingestion.observability import metrics, misconfiguration_counted, report_recording
from ingestion.settings.record_feedback import RecordFeedbackSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def settings() -> RecordFeedbackSettings:
    """What the environment says; read at the first invocation."""
    return RecordFeedbackSettings.from_environment()


@cache
def recorder() -> partial[Outcome]:
    """The use case with its adapters; made at the first invocation of an environment."""
    read = settings()
    return partial(
        record_feedback,
        rules=FeedbackRules(
            read.window,
            read.feedback_thresholds,
            read.columns,
            settle_delay_s=read.settle_delay_s,
            sends_dislikes=read.dislike_as_interaction,
            keeps_words=read.archive_comment_text,
        ),
        ports=FeedbackPorts(
            recorder=recorder_ports(read, "record_feedback"),
            activities=S3ActivityArchive(archive_bucket(read)),
            verdicts=DynamoVerdictStore(dynamodb_client(), read.verdicts_table),
            settling=SqsSettlingQueue(sqs_client(), read.settling_queue_url),
            sentiments=(
                ComprehendSentimentDetector(comprehend_client()) if read.comment_sentiment else None
            ),
        ),
    )


@metrics.log_metrics
@misconfiguration_counted
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> "PartialItemFailureResponse":
    """Record one batch of either queue; what failed is delivered again."""
    messages = messages_in(event, settling_queue=settings().settling_queue)
    outcome = recorder()(messages, time_left=time_left(context))
    report_recording(outcome)
    return partial_response(outcome.failed)
