"""Say whether a solution version may replace the live one."""

from functools import cache
from typing import TYPE_CHECKING, Any

from ingestion.logs import logger
from ingestion.observability import metrics, misconfiguration_counted
from nightly.application.judge_version import judge_version
from nightly.domain.judgement import MetricLimits
from nightly.settings import JudgeVersionSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def limits() -> MetricLimits:
    """What is asked of a version; read at the first invocation of an environment."""
    return JudgeVersionSettings.from_environment().limits


@logger.inject_lambda_context
@metrics.log_metrics
@misconfiguration_counted
def lambda_handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Judge the version that the night has trained."""
    judgement = judge_version(event, limits())
    logger.info("version judged", accepted=judgement.accepted, reasons=judgement.reasons)
    return judgement.as_dict()
