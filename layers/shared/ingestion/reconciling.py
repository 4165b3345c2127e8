"""What a reconciliation is made of, from its settings: for the function and for people."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import boto3

from ingestion.adapters.archive_reader import S3ArchiveReader
from ingestion.adapters.dead_letters import SqsDeadLetterQueues
from ingestion.adapters.failed_batches import S3FailedBatches
from ingestion.adapters.metadata import DynamoStandingMetadata
from ingestion.adapters.playback_states import DynamoPlaybackStates
from ingestion.application.claiming import ReconcileRules
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.reconcile_archive import reconcile_archive
from ingestion.application.record_feedback import FeedbackRules
from ingestion.application.traces import Evidence
from ingestion.domain.conservation import HourAccount
from ingestion.domain.interaction import Columns
from ingestion.domain.metadata_record import DatasetColumns, MetadataRules
from ingestion.settings.reconcile_archive import ReconcileArchiveSettings

type Reconcile = Callable[..., HourAccount]


def reconcile_rules(settings: ReconcileArchiveSettings) -> ReconcileRules:
    """Today's rules; what fills a column decides nothing of what is stored, so none is needed."""
    columns = Columns(frozenset())
    no_columns = DatasetColumns(frozenset(), frozenset())
    return ReconcileRules(
        playback=PlaybackRules(settings.window, settings.thresholds, columns, settings.dialects),
        feedback=FeedbackRules(
            settings.window,
            settings.feedback_thresholds,
            columns,
            sends_dislikes=settings.dislike_as_interaction,
        ),
        reads_comments=settings.comment_sentiment,
        metadata=MetadataRules(no_columns, no_columns, settings.max_skew_s),
        metadata_queue=settings.metadata_queue,
        recorder=settings.recorder_function,
        settled_after_s=min(settings.reconcile_hours_ago) * 3600,
    )


def reconciler(settings: ReconcileArchiveSettings) -> Reconcile:
    """The use case with its adapters; takes the hour and `now_ms`."""
    return partial(
        reconcile_archive, rules=reconcile_rules(settings), evidence=evidence_of(settings, _client)
    )


def _client(service: str) -> Any:  # noqa: ANN401  -- boto3's clients are made at run time
    """A client with botocore's own patience: nobody waits for its answer within a deadline."""
    make = cast("Callable[[str], Any]", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    return make(service)


def evidence_of(settings: ReconcileArchiveSettings, client: Callable[[str], Any]) -> Evidence:
    """Who is asked, from the settings and what gives the client of a service by its name."""
    s3 = client("s3")
    archive = S3ArchiveReader(s3, settings.archive_bucket)
    return Evidence(
        archive=archive,
        failed_batches=S3FailedBatches(s3, settings.failed_batches_bucket, archive),
        states=DynamoPlaybackStates(partial(client, "dynamodb"), settings.playback_states_table),
        metadata=DynamoStandingMetadata(partial(client, "dynamodb"), settings.metadata_table),
        dead_letters=SqsDeadLetterQueues(partial(client, "sqs"), settings.dead_letter_queue_urls),
    )
