"""What really lies in the stores: S3, DynamoDB and the queues and buckets for what failed."""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

_READERS: Final = 8

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArchivedMessage:
    """A message in the archive of activities.

    Attributes:
        origin: Shard or queue; with `id` unique for ever.
    """

    origin: str
    id: str
    arrived_at_ms: int
    body: bytes

    @property
    def place(self) -> tuple[str, str]:
        """Where it stood: what a rejection names."""
        return self.origin, self.id

    @property
    def digest(self) -> bytes:
        """What tells its body from every other."""
        return digest(self.body)


@dataclass(frozen=True, slots=True)
class Stores:
    """The content of all stores at one time.

    Attributes:
        activities: Everything that arrived, in order of arrival.
        interactions: Rows, by event id and version; some may be there twice.
        rejections: Rows, by rejection id.
        verdicts: The activity that decided, by viewer and item.
        objects: How many objects lie under each prefix of the archive.
        given_up: Messages in the dead-letter queue and objects in the bucket of failed batches.
    """

    activities: tuple[ArchivedMessage, ...]
    interactions: tuple[Row, ...]
    rejections: Mapping[str, Row]
    verdicts: Mapping[tuple[str, str], str]
    objects: Mapping[str, int]
    given_up: int


def digest(body: bytes) -> bytes:
    """Hash a body, so that bodies can be compared without keeping them."""
    return hashlib.sha256(body).digest()


class StoreReader:
    """Reads everything that a deployed stack stored."""

    def __init__(self, client: Any, outputs: Mapping[str, str]) -> None:  # noqa: ANN401 -- boto3
        """Prepare to read.

        Args:
            client: Gives the boto3 client of a service by its name.
            outputs: Outputs of the CloudFormation stack.
        """
        self._client = client
        self._outputs = outputs

    def read(self) -> Stores:
        """Read all of it."""
        archive = self._outputs["ArchiveBucketName"]
        prefixes = ("activities/", "interactions/", "rejections/")
        keys = {prefix: self._keys(archive, prefix) for prefix in prefixes}
        rows = {prefix: self._rows(archive, keys[prefix]) for prefix in prefixes}
        return Stores(
            activities=_in_order_of_arrival(rows["activities/"]),
            interactions=tuple(rows["interactions/"]),
            rejections={row["rejection_id"]: row for row in rows["rejections/"]},
            verdicts=dict(self._verdicts()),
            objects={prefix: len(found) for prefix, found in keys.items()},
            given_up=self._given_up(),
        )

    def _keys(self, bucket: str, prefix: str = "") -> list[str]:
        pages = self._client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=bucket, Prefix=prefix)
        return [each["Key"] for page in found for each in page.get("Contents", ())]

    def _rows(self, bucket: str, keys: Sequence[str]) -> list[Row]:
        s3 = self._client("s3")

        def read(key: str) -> list[Row]:
            content = gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            return [json.loads(line) for line in content.splitlines()]

        with ThreadPoolExecutor(_READERS, thread_name_prefix="archive-reader") as pool:
            return [row for rows in pool.map(read, keys) for row in rows]

    def _verdicts(self) -> Iterator[tuple[tuple[str, str], str]]:
        pages = self._client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=self._outputs["VerdictsTableName"]):
            for item in page["Items"]:
                yield (item["viewer"]["S"], item["item_id"]["S"]), item["activity_id"]["S"]

    def _given_up(self) -> int:
        counted = "ApproximateNumberOfMessages"
        queue = self._client("sqs").get_queue_attributes(
            QueueUrl=self._outputs["FeedbackDeadLetterQueueUrl"], AttributeNames=[counted]
        )
        failed_batches = self._keys(self._outputs["FailedBatchesBucketName"])
        return int(queue["Attributes"][counted]) + len(failed_batches)


def _in_order_of_arrival(rows: Sequence[Row]) -> tuple[ArchivedMessage, ...]:
    messages = (
        ArchivedMessage(row["origin"], row["id"], row["arrived_at_ms"], _body(row)) for row in rows
    )
    return tuple(sorted(messages, key=lambda each: (each.arrived_at_ms, each.origin, each.id)))


def _body(row: Row) -> bytes:
    text = row.get("body")
    return base64.b64decode(row["body_base64"]) if text is None else text.encode()
