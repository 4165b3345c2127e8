"""The demo's archive, kept in a folder: as the nightly commands and `make spark-check` read it."""

from pathlib import Path

from local.demo.system import System


def keep_archive(system: System, folder: Path) -> int:
    """Copy the whole archive bucket: activities, interactions and rejections.

    Returns:
        How many objects that were.
    """
    s3, bucket = system.client("s3"), system.outputs["ArchiveBucketName"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
    for key in keys:
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, key, str(path))
    return len(keys)
