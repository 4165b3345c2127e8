"""Reads what Lambda put aside: one object for each batch of the stream that it gave up.

Giving a batch back deletes nothing; the journal of redrives says that it was done (ADR 0028).

Object key and document: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ingestion.adapters.aws_errors import translated
from ingestion.domain.conservation import FailedBatch
from ingestion.domain.errors import DamagedError
from ingestion.domain.hour import Hour
from ingestion.ports import ArchiveReader, ArchiveSection

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

REDRIVEN_BATCH: Final = "failed_batch"
"""The kind of those rows of the journal that name a batch that was taken as a whole."""

_PREFIX: Final = "aws/lambda/"


class S3FailedBatches:
    """The failed batches as Lambda wrote them; see the port."""

    def __init__(self, client: "S3Client", bucket: str, journal: ArchiveReader) -> None:
        self._client = client
        self._bucket = bucket
        self._journal = journal

    def batches(self) -> Iterator[FailedBatch]:
        """Every batch that was not given back, one object at a time in memory."""
        redriven = cache(self._redriven)
        pages = self._client.get_paginator("list_objects_v2")
        with translated("read failed batches"):
            for page in pages.paginate(Bucket=self._bucket, Prefix=_PREFIX):
                for found in page.get("Contents", ()):
                    if "Key" in found and "LastModified" in found:
                        written_at_ms = round(found["LastModified"].timestamp() * 1000)
                        if found["Key"] not in redriven(Hour.of(written_at_ms)):
                            yield self._batch(found["Key"])

    def _redriven(self, hour: Hour) -> frozenset[str]:
        """The batches that were written in an hour and given back since, by their keys."""
        notes = self._journal.rows(ArchiveSection.REDRIVES, hour)
        return frozenset(note["key"] for note in notes if note["kind"] == REDRIVEN_BATCH)

    def _batch(self, key: str) -> FailedBatch:
        body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        try:
            return _batch_in(json.loads(body))
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError(key) from error


def _batch_in(record: dict[str, Any]) -> FailedBatch:
    info = record["KinesisBatchInfo"]
    return FailedBatch(
        # arn:aws:lambda:<region>:<account>:function:<name>[:<version>]
        function=record["requestContext"]["functionArn"].split(":")[6],
        shard=info["shardId"],
        first=int(info["startSequenceNumber"]),
        last=int(info["endSequenceNumber"]),
    )
