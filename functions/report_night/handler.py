"""Complete the record of a night, write its report, say in words what became of it."""

from typing import TYPE_CHECKING, Any

from ingestion.observability import logger, metrics, misconfiguration_counted
from nightly.application.report_night import NightReport, report_night

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context
@metrics.log_metrics
@misconfiguration_counted
def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Report a step of the night, or its end."""
    return report_night(NightReport.from_dict(event))
