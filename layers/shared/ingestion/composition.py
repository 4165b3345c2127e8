"""The parts that both recorders are made of: their ports, from their settings."""

from ingestion.adapters.archive import S3InteractionArchive, S3RejectionStore, s3_client
from ingestion.adapters.event_tracker import PersonalizeEventTracker, personalize_events_client
from ingestion.application.recording import RecorderPorts
from ingestion.settings import RecorderSettings


def recorder_ports(settings: RecorderSettings, recorded_by: str) -> RecorderPorts:
    """The event tracker, the archive and the store of rejections, on AWS."""
    s3 = s3_client()
    events = personalize_events_client(settings.max_concurrent_calls)
    return RecorderPorts(
        tracker=PersonalizeEventTracker(events, settings.tracking_id),
        interactions=S3InteractionArchive(s3, settings.archive_bucket),
        rejections=S3RejectionStore(s3, settings.archive_bucket, recorded_by),
        concurrent_calls=settings.max_concurrent_calls,
    )
