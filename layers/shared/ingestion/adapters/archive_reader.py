"""Reads what `archive` writes: rows of JSON Lines, hour by hour, one object at a time in memory."""

import json
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import boto3

from ingestion.adapters.aws_errors import translated
from ingestion.domain.errors import DamagedError
from ingestion.domain.hour import Hour
from ingestion.ports import ArchiveSection

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_GZIP: Final = 16 + zlib.MAX_WBITS


def reading_s3_client() -> "S3Client":
    """A client with botocore's own patience: nobody waits for its answer within a deadline."""
    return boto3.client("s3")  # pyright: ignore[reportUnknownMemberType]


class S3ArchiveReader:
    """The archive as rows; see the port."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def rows(self, section: ArchiveSection, hour: Hour) -> Iterator[dict[str, Any]]:
        """Every row of an hour's partition, object by object in order of their keys."""
        for key in self._keys(f"{section}/{hour.partition}/"):
            yield from _rows(self._body(key), key)

    def hours(self, section: ArchiveSection) -> Iterator[Hour]:
        """The hours that have a partition, in order; asks for names only."""
        for day in self._folders(f"{section}/"):
            for partition in self._folders(day):
                yield Hour.named(partition.removeprefix(f"{section}/").rstrip("/"))

    def _keys(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2")
        with translated("list the archive"):
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
                yield from (found["Key"] for found in page.get("Contents", ()) if "Key" in found)

    def _folders(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2")
        with translated("list the archive"):
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix, Delimiter="/"):
                yield from (f["Prefix"] for f in page.get("CommonPrefixes", ()) if "Prefix" in f)

    def _body(self, key: str) -> bytes:
        with translated("read the archive"):
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()


def _rows(body: bytes, key: str) -> Iterator[dict[str, Any]]:
    try:
        lines = zlib.decompress(body, _GZIP).split(b"\n")
        yield from (json.loads(line) for line in lines if line)
    except (zlib.error, ValueError) as error:
        raise DamagedError(key) from error
