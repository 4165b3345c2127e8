"""Reads a dataset export of Personalize: CSV files in S3, with the columns of the schema.

`CreateDatasetExportJob` with ingestionMode PUT writes what PutEvents brought, one row for records
that are equal in every field, into one or more files (developer guide, "Exporting the training
data in a dataset to Amazon S3").
"""

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ingestion.adapters.aws_errors import translated
from ingestion.domain.conservation import Digest, digest
from ingestion.domain.errors import DamagedError

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_SUFFIX: Final = ".csv"


class S3DatasetExport:
    """The interactions of an export, named as `comparing.by_content` names rows."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def interactions(self) -> Iterator[Digest]:
        """A digest for each row, file by file.

        Raises:
            DamagedError: A file lacks a column of an interactions dataset.
            TransientError: Not now.
            MisconfiguredError: Not with this permission or bucket.
        """
        pages = self._client.get_paginator("list_objects_v2")
        with translated("read the export"):
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for found in page.get("Contents", ()):
                    if "Key" in found and found["Key"].endswith(_SUFFIX):
                        yield from self._rows(found["Key"])

    def _rows(self, key: str) -> Iterator[Digest]:
        body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        text = io.StringIO(body.decode("utf-8-sig"), newline="")
        for row in csv.DictReader(text):
            try:
                time_s = int(row["TIMESTAMP"])
                yield digest(row["USER_ID"], row["ITEM_ID"], row["EVENT_TYPE"], time_s)
            except (KeyError, ValueError) as error:
                raise DamagedError(key) from error
