"""Metrics of the functions: counts and reasons, never what a message says."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps

from ingestion.application.outcome import Disposition, Outcome
from ingestion.domain.conservation import End, HourAccount
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.rejection import RejectionReason
from ingestion.embedded_metrics import EmbeddedMetrics

metrics = EmbeddedMetrics()


class MetricName(StrEnum):
    """Every metric that we publish; counts of one invocation.

    Received = Recorded + NoInteraction + Superseded + Settling + Rejected + Failed, always. A
    message that settles is received twice: it ends as Settling, and then again. An invocation that
    raises acknowledges nothing, so it counts none of them: its batch is received when it comes
    again (docs/conservation.md).
    """

    RECEIVED = "Received"  # messages delivered
    RECORDED = "Recorded"  # messages with an interaction that Personalize took
    NO_INTERACTION = "NoInteraction"  # messages understood and not worth an interaction
    SUPERSEDED = "Superseded"  # messages told before, or overtaken by a later verdict
    SETTLING = "Settling"  # messages that come again when the settle delay is over
    REJECTED = "Rejected"  # messages stored as rejections
    FAILED = "Failed"  # messages to be delivered again
    REJECTED_BY_REASON = "RejectedByReason"  # the same, with the dimension `reason`
    INTERNAL_ERROR_REJECTIONS = "InternalErrorRejections"  # rejections that are our own fault
    INTERACTIONS = "Interactions"  # interactions that Personalize took
    PUT_EVENTS_CALLS = "PutEventsCalls"  # calls made, refused and failed ones included
    METADATA_RECORDS = "MetadataRecords"  # users and items that Personalize took
    METADATA_CALLS = "MetadataCalls"  # PutUsers and PutItems calls, refused and failed ones too
    ARCHIVED = "Archived"  # messages kept in the archive
    ARCHIVE_CONFLICTS = "ArchiveConflicts"  # batches beside another content of the same name
    MISCONFIGURED = "Misconfigured"  # invocations that failed until an operator acts
    HOURS_RECONCILED = "HoursReconciled"  # hours of the archive that were accounted for
    RECONCILED = "Reconciled"  # messages of such an hour, by the dimension `end`
    UNEXPLAINED = "Unexplained"  # messages of them that the archive should explain, and does not


def report_recording(outcome: Outcome) -> None:
    """Publish the account of a recorder's invocation."""
    _report_messages(outcome)
    _count(MetricName.INTERACTIONS, outcome.recorded)
    _count(MetricName.PUT_EVENTS_CALLS, outcome.calls)


def report_metadata(outcome: Outcome) -> None:
    """Publish the account of an invocation that recorded users and items."""
    _report_messages(outcome)
    _count(MetricName.METADATA_RECORDS, outcome.recorded)
    _count(MetricName.METADATA_CALLS, outcome.calls)


def _report_messages(outcome: Outcome) -> None:
    _count(MetricName.RECEIVED, len(outcome.dispositions))
    ends = [end for _, end in outcome.dispositions]
    for name, disposition in _DISPOSITIONS.items():
        _count(name, ends.count(disposition))
    _count(MetricName.INTERNAL_ERROR_REJECTIONS, outcome.rejections[RejectionReason.INTERNAL_ERROR])
    for reason, count in outcome.rejections.items():
        metrics.count(MetricName.REJECTED_BY_REASON, count, reason=reason)


def report_archiving(*, archived: int, conflicts: int) -> None:
    """Publish the account of an archiver's invocation."""
    _count(MetricName.ARCHIVED, archived)
    _count(MetricName.ARCHIVE_CONFLICTS, conflicts)


def report_reconciliation(account: HourAccount) -> None:
    """Publish the account of an hour."""
    _count(MetricName.HOURS_RECONCILED, 1)
    _count(MetricName.UNEXPLAINED, account.ends.get(End.UNEXPLAINED, 0))
    for end, count in account.ends.items():
        metrics.count(MetricName.RECONCILED, count, end=end)


def misconfiguration_counted[**P, R](handler: Callable[P, R]) -> Callable[P, R]:
    """A handler whose failures by misconfiguration are counted, for the alarm, and then raised."""

    @wraps(handler)
    def counted(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except MisconfiguredError:
            _count(MetricName.MISCONFIGURED, 1)
            raise

    return counted


_DISPOSITIONS = {
    MetricName.RECORDED: Disposition.RECORDED,
    MetricName.NO_INTERACTION: Disposition.NO_INTERACTION,
    MetricName.SUPERSEDED: Disposition.SUPERSEDED,
    MetricName.SETTLING: Disposition.SETTLING,
    MetricName.REJECTED: Disposition.REJECTED,
    MetricName.FAILED: Disposition.FAILED,
}


def _count(name: MetricName, value: int) -> None:
    metrics.count(name, value)
