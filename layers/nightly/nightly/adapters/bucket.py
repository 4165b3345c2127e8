"""A bucket, or what lies below a prefix in it, as storage."""

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Final, TypedDict

import boto3
from botocore.exceptions import ClientError

from nightly.domain.manifest import StoredFile

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_CHUNK: Final = 1 << 20
_KEYS_PER_CALL: Final = 1000
_CHANGED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"})


class _Condition(TypedDict, total=False):
    IfNoneMatch: str
    IfMatch: str


class Bucket:
    """A bucket; see the port `Storage`. Each object is written whole or not at all."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @classmethod
    def of_url(cls, url: str) -> "Bucket":
        """Of `s3://bucket/prefix`, with the credentials and endpoint of the environment."""
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        client = boto3.client("s3")  # pyright: ignore[reportUnknownMemberType]
        return cls(client, bucket, prefix)

    def location(self, key: str) -> str:
        """An `s3://` address."""
        return f"s3://{self._bucket}/{self._prefix}{key}"

    def files(self, prefix: str) -> Sequence[StoredFile]:
        """All objects below a prefix; S3 lists them in order."""
        pages = self._client.get_paginator("list_objects_v2")
        return [
            StoredFile(key, found.get("Size", 0), self.location(key))
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix)
            for found in page.get("Contents", ())
            if (key := found.get("Key", "").removeprefix(self._prefix))
        ]

    def folders(self, prefix: str) -> Sequence[str]:
        """The parts of keys between a prefix and the next slash."""
        pages = self._client.get_paginator("list_objects_v2")
        whole = self._prefix + prefix
        return [
            found.get("Prefix", "").removeprefix(whole).rstrip("/")
            for page in pages.paginate(Bucket=self._bucket, Prefix=whole, Delimiter="/")
            for found in page.get("CommonPrefixes", ())
        ]

    def chunks(self, key: str) -> Iterator[bytes]:
        """An object, as it comes over the line."""
        answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
        yield from answer["Body"].iter_chunks(_CHUNK)

    def get(self, key: str) -> bytes | None:
        """An object, if it is there."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            raise
        return answer["Body"].read()

    def put(self, key: str, content: bytes) -> None:
        """Write an object."""
        self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=content)

    def replace(self, key: str, content: bytes, expected: bytes | None) -> bool:
        """Compare, and write on the condition that the object is still the one compared.

        (S3 user guide, "Conditional writes": If-None-Match and If-Match on PutObject; 412 when the
        object is another, 409 when it changes in the same moment, 404 when it is gone.)
        """
        whole = self._prefix + key
        try:
            condition = self._condition(whole, expected)
            if condition is None:
                return False
            self._client.put_object(Bucket=self._bucket, Key=whole, Body=content, **condition)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _CHANGED:
                return False
            raise
        return True

    def _condition(self, whole: str, expected: bytes | None) -> "_Condition | None":
        if expected is None:
            return {"IfNoneMatch": "*"}
        found = self._client.get_object(Bucket=self._bucket, Key=whole)
        return {"IfMatch": found["ETag"]} if found["Body"].read() == expected else None

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects."""
        for some in batched(keys, _KEYS_PER_CALL, strict=False):
            self._client.delete_objects(
                Bucket=self._bucket,
                Delete={"Objects": [{"Key": self._prefix + key} for key in some]},
            )

    def prepare(self, prefix: str) -> None:
        """A bucket has no folders."""
