"""Settings of `archive_activity`."""

from ingestion.settings.sending import SenderSettings


class ArchiveActivitySettings(SenderSettings):
    """Settings of `archive_activity`."""
