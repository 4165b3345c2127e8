"""A bucket of S3 by boto3."""

from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ingestion.adapters.aws_errors import code_of, translated

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_SHA256: Final = "sha256"
_CONTENT_TYPE: Final = "application/gzip"


def s3_client() -> "S3Client":
    """A client that gives up in time for the batch to be delivered again."""
    config = Config(
        connect_timeout=1.0,
        read_timeout=5.0,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return boto3.client("s3", config=config)  # pyright: ignore[reportUnknownMemberType]


class Boto3Bucket:
    """What the archive needs of a bucket."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, key: str, body: bytes, doing: str) -> None:
        """See `Bucket`."""
        with translated(doing):
            self._client.put_object(
                Bucket=self._name, Key=key, Body=body, ContentType=_CONTENT_TYPE
            )

    def put_if_absent(self, key: str, body: bytes, *, sha256: str, doing: str) -> bool:
        """See `Bucket`."""
        with translated(doing):
            try:
                self._client.put_object(
                    Bucket=self._name,
                    Key=key,
                    Body=body,
                    ContentType=_CONTENT_TYPE,
                    IfNoneMatch="*",
                    Metadata={_SHA256: sha256},
                )
            except ClientError as error:
                if code_of(error) != "PreconditionFailed":
                    raise
                return self._sha256_of(key) == sha256
        return True

    def _sha256_of(self, key: str) -> str | None:
        """The digest that an object was written with.

        Metadata travels in HTTP headers, whose case nobody has to keep; boto3 hands on what it got.
        """
        head = self._client.head_object(Bucket=self._name, Key=key)
        names = {name.lower(): value for name, value in head["Metadata"].items()}
        return names.get(_SHA256)
