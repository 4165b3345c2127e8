"""Record the metadata of the queue: users and items, in Personalize's datasets."""

from functools import cache, partial
from time import time
from typing import TYPE_CHECKING, Any

from ingestion.adapters.archive import S3ActivityArchive, S3RejectionStore
from ingestion.adapters.boto3_bucket import Boto3Bucket, s3_client
from ingestion.adapters.clock import MonotonicClock
from ingestion.adapters.datasets import PersonalizeDatasets, datasets_client
from ingestion.adapters.dynamodb import dynamodb_client
from ingestion.adapters.lambda_runtime import partial_response, time_left
from ingestion.adapters.live_parameter import Boto3LiveParameter, ssm_client
from ingestion.adapters.metadata import DynamoMetadataStore
from ingestion.adapters.sqs import messages_in
from ingestion.application.following import Following
from ingestion.application.outcome import Outcome
from ingestion.application.pacing import TokenBucket
from ingestion.application.record_metadata import MetadataPorts, record_metadata
from ingestion.application.sending_metadata import MetadataSender
from ingestion.domain.dataset import Dataset
from ingestion.observability import metrics, misconfiguration_counted, report_metadata
from ingestion.settings.record_metadata import RecordMetadataSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def recorder() -> partial[Outcome]:
    """The use case with its adapters; made at the first invocation of an environment."""
    settings = RecordMetadataSettings.from_environment()
    bucket, clock = Boto3Bucket(s3_client(), settings.archive_bucket), MonotonicClock()
    parameter = Boto3LiveParameter(ssm_client(), settings.live_parameter)
    live = Following(parameter, settings.own_target, settings.live_refresh_s, time)
    return partial(
        record_metadata,
        rules=settings.rules,
        ports=MetadataPorts(
            sender=MetadataSender(
                datasets=PersonalizeDatasets(
                    datasets_client(), lambda dataset: live.current().dataset_arn(dataset)
                ),
                store=DynamoMetadataStore(dynamodb_client(), settings.metadata_table),
                paces={each: TokenBucket(settings.share_of_calls, clock) for each in Dataset},
            ),
            activities=S3ActivityArchive(bucket),
            rejections=S3RejectionStore(bucket, "record_metadata"),
        ),
    )


@metrics.log_metrics
@misconfiguration_counted
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> "PartialItemFailureResponse":
    """Record one batch of the queue; what failed is delivered again."""
    outcome = recorder()(messages_in(event), time_left=time_left(context))
    report_metadata(outcome)
    return partial_response(outcome.failed)
