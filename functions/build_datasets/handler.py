"""Make the archive ready for training, and decide what the night imports."""

from functools import cache
from typing import TYPE_CHECKING, Any

from ingestion.logs import logger
from ingestion.observability import metrics, misconfiguration_counted
from nightly.application.build_datasets import build_datasets
from nightly.application.night_parts import NightParts
from nightly.application.publish_days import Allowance
from nightly.composition import night_parts
from nightly.domain.night import NightRequest
from nightly.settings import BuildDatasetsSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def parts() -> NightParts:
    """What a build works with; made at the first invocation of an environment."""
    return night_parts(BuildDatasetsSettings.from_environment())


@logger.inject_lambda_context
@metrics.log_metrics
@misconfiguration_counted
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Prepare the night that the state machine asks for."""
    allowance = Allowance(lambda: context.get_remaining_time_in_millis() / 1000)
    decision = build_datasets(NightRequest.from_dict(event), parts(), allowance)
    told = {name: decision[name] for name in ("night", "outcome", "reasons", "import", "train")}
    logger.info("night prepared", **told)
    return decision
