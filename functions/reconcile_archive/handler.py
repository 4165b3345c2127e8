"""Prove that nothing was lost: account for past hours of the archive, and say what is missing."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from ingestion.domain.hour import Hour
from ingestion.logs import log_account, logger
from ingestion.observability import (
    metrics,
    misconfiguration_counted,
    report_reconciliation,
)
from ingestion.reconciling import Reconcile, reconciler
from ingestion.settings.reconcile_archive import ReconcileArchiveSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def settings() -> ReconcileArchiveSettings:
    """What the environment says; read at the first invocation."""
    return ReconcileArchiveSettings.from_environment()


@cache
def reconcile() -> Reconcile:
    """The use case with its adapters; made at the first invocation of an environment."""
    return reconciler(settings())


@logger.inject_lambda_context
@metrics.log_metrics
@misconfiguration_counted
def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Account for the hours that ended as long ago as the settings say.

    The event is that of a schedule: its `time` says as of when, so that a repeated one repeats the
    account.
    """
    now_ms = round(datetime.fromisoformat(event["time"]).timestamp() * 1000)
    accounts = [reconcile()(hour, now_ms=now_ms) for hour in _hours_to_reconcile(now_ms)]
    for account in accounts:
        report_reconciliation(account)
        log_account(account)
    return {account.hour.partition: account.ends for account in accounts}


def _hours_to_reconcile(now_ms: int) -> Iterator[Hour]:
    """An hour soon after it ended, and again when what came late should be there."""
    this_hour = Hour.of(now_ms)
    return (this_hour.plus(-1 - ago) for ago in settings().reconcile_hours_ago)
