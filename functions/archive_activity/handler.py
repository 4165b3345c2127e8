"""Archive every activity of the stream in S3, as it arrived, exactly once.

Partial responses and bisecting are off for this function: a batch that fails is delivered again as
a whole, so it has the same name again, and is found to be there (ADR 0006).
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from ingestion.adapters.archive import S3ActivityArchive
from ingestion.adapters.kinesis import messages_in
from ingestion.application.archive_activity import archive_activity
from ingestion.archive_composition import archive_bucket
from ingestion.domain.message import Message
from ingestion.observability import metrics, misconfiguration_counted, report_archiving
from ingestion.settings.archive_activity import ArchiveActivitySettings
from ingestion.snapshots import prime_for_snapshot

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def archiver() -> Callable[[Sequence[Message]], int]:
    """The use case with its adapters; made at the first invocation of an environment."""
    settings = ArchiveActivitySettings.from_environment()
    archive = S3ActivityArchive(archive_bucket(settings))
    return partial(archive_activity, archive=archive)


prime_for_snapshot(archiver)


@metrics.log_metrics
@misconfiguration_counted
def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> None:
    """Archive one batch of a shard."""
    messages = messages_in(event)
    conflicts = archiver()(messages)
    report_archiving(archived=len(messages), conflicts=conflicts)
