"""Settings of those that write to the archive by the sender of choice."""

from enum import StrEnum

from ingestion.settings.environment import Bucket, Settings


class Sender(StrEnum):
    """Who makes the calls of PutEvents and of the archive (ADR 0023)."""

    SIGNED = "signed"
    BOTO3 = "boto3"


class SenderSettings(Settings):
    """What every function reads that writes to the archive by the sender of choice."""

    sender: Sender
    archive_bucket: Bucket
