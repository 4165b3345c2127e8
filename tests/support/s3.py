"""An archive bucket on moto, and what lies in it."""

import gzip
import json
from typing import Any

BUCKET = "archive"


def make_bucket(s3: Any, bucket: str = BUCKET) -> None:
    """Create the archive bucket, or another one."""
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


def keys_in(s3: Any, prefix: str = "", bucket: str = BUCKET) -> list[str]:
    """All keys under a prefix."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def rows_in(s3: Any, prefix: str = "", bucket: str = BUCKET) -> list[dict[str, Any]]:
    """All rows of the objects under a prefix, in order of their keys."""
    bodies = [
        s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys_in(s3, prefix, bucket)
    ]
    return [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]
