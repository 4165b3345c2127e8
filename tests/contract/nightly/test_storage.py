"""The port `Storage`: a folder and a bucket keep the same promises."""

from collections.abc import Generator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from nightly.adapters.bucket import Bucket
from nightly.adapters.folder import Folder
from nightly.ports import Storage

from tests.support.s3 import BUCKET, make_bucket


class StorageContract:
    """What every storage does."""

    @pytest.fixture
    def storage(self) -> Storage:
        raise NotImplementedError

    def test_what_was_put_is_there(self, storage: Storage) -> None:
        """Whole, and the newest."""
        storage.put("a/b.json", b"old")
        storage.put("a/b.json", b"new")
        assert storage.get("a/b.json") == b"new"
        assert b"".join(storage.chunks("a/b.json")) == b"new"

    def test_what_was_not_put_is_nothing(self, storage: Storage) -> None:
        """Asking is no fault."""
        assert storage.get("a") is None
        assert storage.files("a/") == []
        assert storage.folders("a/") == []
        storage.delete(["a"])

    def test_a_file_is_replaced_only_while_it_is_as_expected(self, storage: Storage) -> None:
        """Who has not seen the newest content does not overwrite it."""
        assert storage.replace("a/b.json", b"first", None)
        assert not storage.replace("a/b.json", b"another first", None)
        assert not storage.replace("a/b.json", b"third", b"second")
        assert storage.replace("a/b.json", b"second", b"first")
        assert not storage.replace("a/nothing.json", b"second", b"first")
        assert storage.get("a/b.json") == b"second"
        assert [file.key for file in storage.files("a/")] == ["a/b.json"]

    def test_files_are_listed_in_order_with_their_sizes(self, storage: Storage) -> None:
        """Those below the prefix, however deep, each with the place where an engine finds it."""
        for key in ("a/dt=2/x", "a/dt=1/hh=3/y", "b/z"):
            storage.put(key, b"123")
        files = storage.files("a/")
        assert [(file.key, file.size_bytes) for file in files] == [
            ("a/dt=1/hh=3/y", 3),
            ("a/dt=2/x", 3),
        ]
        assert [file.location for file in files] == [storage.location(file.key) for file in files]

    def test_more_files_than_one_answer_lists_are_all_listed(self, storage: Storage) -> None:
        """S3 lists a thousand at most; and removes as many."""
        for number in range(1001):
            storage.put(f"a/{number:04}", b"")
        keys = [file.key for file in storage.files("a/")]
        assert (len(keys), keys[-1]) == (1001, "a/1000")
        storage.delete(keys)
        assert storage.files("a/") == []

    def test_folders_are_listed_by_name(self, storage: Storage) -> None:
        """Those right below the prefix."""
        for key in ("a/dt=2/x", "a/dt=1/hh=3/y", "b/z"):
            storage.put(key, b"")
        assert storage.folders("a/") == ["dt=1", "dt=2"]

    def test_what_was_deleted_is_gone(self, storage: Storage) -> None:
        """And nothing else."""
        storage.put("a/x", b"")
        storage.put("a/y", b"")
        storage.delete(["a/x"])
        assert [file.key for file in storage.files("a/")] == ["a/y"]

    def test_a_prefix_can_be_written_below_once_prepared(self, storage: Storage) -> None:
        """Preparing twice is as good as once, and makes no file."""
        storage.prepare("a/")
        storage.prepare("a/")
        assert storage.files("a/") == []


class TestFolder(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Folder:
        return Folder(tmp_path)

    def test_what_is_being_written_is_hidden(self, tmp_path: Path) -> None:
        """A temporary file is nobody's part."""
        (tmp_path / "a").mkdir()
        (tmp_path / "a/.part.1").write_bytes(b"half")
        assert Folder(tmp_path).files("a/") == []


class TestBucket(StorageContract):
    prefix = ""

    @pytest.fixture
    def storage(self) -> Generator[Bucket]:
        with mock_aws():
            make_bucket(boto3.client("s3"))
            yield Bucket.of_url(f"s3://{BUCKET}/{self.prefix}")

    def test_a_report_is_something_that_browsers_show(self, storage: Bucket) -> None:
        """A link to it opens it; anything else would be kept as a file."""
        storage.put("report.html", b"<!DOCTYPE html>")
        _, key = storage.location("report.html").removeprefix("s3://").split("/", 1)
        found = boto3.client("s3").head_object(Bucket=BUCKET, Key=key)
        assert found["ContentType"] == "text/html; charset=utf-8"


class TestBucketBelowAPrefix(TestBucket):
    prefix = "some/where"

    def test_the_prefix_is_in_the_place(self, storage: Bucket) -> None:
        """An engine knows of no prefix."""
        assert storage.location("a/b") == f"s3://{BUCKET}/some/where/a/b"
