"""The parts that both recorders are made of: their ports, from their settings."""

from typing import Final

from ingestion.adapters.archive import S3InteractionArchive, S3RejectionStore, s3_client
from ingestion.adapters.clock import MonotonicClock
from ingestion.adapters.event_tracker import PersonalizeEventTracker, personalize_events_client
from ingestion.application.pacing import TokenBucket
from ingestion.application.recording import RecorderPorts
from ingestion.settings import RecorderSettings

# What an environment may have saved up: enough not to wait in a small batch, and so little that
# all environments together stay within a twentieth of the rate in any second.
_BURST_S: Final = 0.05


def recorder_ports(settings: RecorderSettings, recorded_by: str) -> RecorderPorts:
    """The event tracker, the archive and the store of rejections, on AWS."""
    s3 = s3_client()
    at_once = settings.concurrent_calls
    pace = TokenBucket(settings.calls_per_s, MonotonicClock(), burst_s=_BURST_S, at_once=at_once)
    events = personalize_events_client(at_once)
    return RecorderPorts(
        tracker=PersonalizeEventTracker(events, settings.tracking_id, pace),
        interactions=S3InteractionArchive(s3, settings.archive_bucket),
        rejections=S3RejectionStore(s3, settings.archive_bucket, recorded_by),
        concurrent_calls=at_once,
    )
