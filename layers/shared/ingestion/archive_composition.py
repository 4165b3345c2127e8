"""The bucket of the archive, for every function that writes to it, from its settings.

Apart from what the recorders need, so that the archiver starts without the models of the contract.
"""

from ingestion.adapters.archive import Bucket
from ingestion.adapters.signed_bucket import signed_bucket
from ingestion.settings.sending import Sender, SenderSettings


def archive_bucket(settings: SenderSettings) -> Bucket:
    """The bucket of the archive, by the sender that is set."""
    if settings.sender is Sender.SIGNED:
        return signed_bucket(settings.archive_bucket)
    from ingestion.adapters.boto3_bucket import Boto3Bucket, s3_client  # noqa: PLC0415

    return Boto3Bucket(s3_client(), settings.archive_bucket)
