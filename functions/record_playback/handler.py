"""Record the playback activities of the stream with the Amazon Personalize event tracker."""

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from ingestion.adapters.kinesis import messages_in
from ingestion.adapters.lambda_runtime import partial_response, time_left
from ingestion.application.outcome import Outcome
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.record_playback import PlaybackPorts, record_playback
from ingestion.composition import playback_states, recorder_ports
from ingestion.observability import metrics, misconfiguration_counted, report_recording
from ingestion.settings.record_playback import RecordPlaybackSettings
from ingestion.snapshots import prime_for_snapshot

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def recorder() -> partial[Outcome]:
    """The use case with its adapters; made at the first invocation of an environment."""
    settings = RecordPlaybackSettings.from_environment()
    return partial(
        record_playback,
        rules=PlaybackRules(
            settings.window, settings.thresholds, settings.columns, settings.dialects
        ),
        ports=PlaybackPorts(
            recorder=recorder_ports(settings, "record_playback"),
            states=playback_states(settings.playback_states_table),
        ),
    )


prime_for_snapshot(recorder)


@metrics.log_metrics
@misconfiguration_counted
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> "PartialItemFailureResponse":
    """Record one batch of a shard; what failed is delivered again."""
    outcome = recorder()(messages_in(event), time_left=time_left(context))
    report_recording(outcome)
    return partial_response(outcome.failed)
