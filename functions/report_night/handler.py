"""Complete the record of a night, write its report, say in words what became of it."""

from functools import cache
from typing import TYPE_CHECKING, Any

from ingestion.logs import logger
from ingestion.observability import metrics, misconfiguration_counted
from nightly.application.report_night import NightReport, ReportParts, report_night
from nightly.composition import archive, now
from nightly.settings import ReportNightSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def parts() -> ReportParts:
    """Where records and pages are; made at the first invocation of an environment."""
    return ReportParts(archive(ReportNightSettings.from_environment().archive_bucket), now)


@logger.inject_lambda_context
@metrics.log_metrics
@misconfiguration_counted
def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Report a step of the night, or its end."""
    report = NightReport.from_dict(event)
    told = report_night(report, parts())
    logger.info("night reported", night=report.night, step=report.step, outcome=report.outcome)
    return told
