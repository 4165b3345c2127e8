"""The nightly build over S3: the extension from PyPI, credentials and endpoint as in boto3."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from nightly.adapters.bucket import Bucket
from nightly.command_line import main

from tests.support.nightly import lines_of
from tests.support.recorded_archive import record_archive
from tests.support.s3 import BUCKET, keys_in, make_bucket

CONTEXT = ("--context-columns", "DEVICE_TYPE")


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket on a server of this machine, with an archive that `record_playback` wrote."""
    archive = tmp_path / "recorded"
    record_archive(archive)
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("HOME", "/nonexistent")  # as in a Lambda function: nothing is installed
    try:
        s3 = boto3.client("s3")
        make_bucket(s3)
        for path in sorted(path for path in archive.rglob("*") if path.is_file()):
            s3.put_object(
                Bucket=BUCKET, Key=path.relative_to(archive).as_posix(), Body=path.read_bytes()
            )
        yield f"s3://{BUCKET}"
    finally:
        server.stop()


def test_a_night_over_a_bucket(bucket: str, tmp_path: Path) -> None:
    """Days, a build and its reading back, all in S3; the same as in a folder."""
    where = ("--archive", bucket, "--clean", bucket, *CONTEXT)
    out, folder = f"{bucket}/builds/1", tmp_path / "out"
    assert main(["backfill", *where]) == 0
    assert main(["build", "--clean", bucket, "--out", out, *CONTEXT]) == 0
    assert main(["validate", f"{out}/interactions/"]) == 0
    recorded = str(tmp_path / "recorded")
    assert main(["build", "--archive", recorded, "--out", str(folder), *CONTEXT]) == 0
    parts = Bucket.of_url(out).files("interactions/")
    text = b"".join(b"".join(Bucket.of_url(out).chunks(part.key)) for part in parts).decode()
    assert sorted(text.splitlines()[1:]) == lines_of(folder)
    assert "builds/1/report.json" in keys_in(boto3.client("s3"))


def test_a_second_build_removes_what_a_first_left(bucket: str) -> None:
    """Nothing of an attempt that failed is imported with the next."""
    boto3.client("s3").put_object(Bucket=BUCKET, Key="b/interactions/part-9.csv", Body=b"half")
    assert main(["build", "--archive", bucket, "--out", f"{bucket}/b", *CONTEXT]) == 0
    assert "b/interactions/part-9.csv" not in keys_in(boto3.client("s3"))
    assert main(["build", "--archive", bucket, "--out", f"{bucket}/b", *CONTEXT]) == 1


def test_a_history_over_a_bucket(bucket: str) -> None:
    """From a bucket into a bucket, twice, and a build of it and of what was recorded."""
    s3 = boto3.client("s3")
    text = "userId,movieId,rating,timestamp\n1,10,4.0,964982703\n1,11,2.5,964982931\n"
    s3.put_object(Bucket=BUCKET, Key="old/ratings.csv", Body=text.encode())
    where = ("--archive", bucket, "--clean", bucket, *CONTEXT)
    take = ("--from", f"{bucket}/old/ratings.csv", "--archive", bucket, "--name", "old", *CONTEXT)
    assert main(["backfill", *where]) == 0
    assert main(["import-history", *take, "--preset", "movielens"]) == 0
    before = {key for key in keys_in(s3) if key.startswith("history/")}
    assert main(["import-history", *take, "--preset", "movielens"]) == 0
    assert {key for key in keys_in(s3) if key.startswith("history/")} == before
    assert len(before) == 2
    assert main(["build", "--clean", bucket, "--out", f"{bucket}/b", *CONTEXT]) == 0
    built = b"".join(Bucket.of_url(f"{bucket}/b").chunks("interactions/part-0.csv")).decode()
    assert "1,10,964982703,Watch,0.8000,,,," in built.splitlines()
    items = ("--items-csv", f"{bucket}/old/", "--items-map")
    mapping = 'item_id=movieId,genres="Drama",price=0,duration_s=1,created_at=timestamp'
    assert main(["metadata", "--archive", bucket, "--out", f"{bucket}/m", *items, mapping]) == 0
    assert {"m/items/part-0.csv", "m/metadata.json"} <= set(keys_in(s3))
