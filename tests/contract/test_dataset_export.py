"""The reader of dataset exports: CSV files with the columns of the schema."""

from collections.abc import Iterator
from typing import Any

import pytest
from ingestion.adapters.archive_reader import reading_s3_client
from ingestion.adapters.dataset_export import S3DatasetExport
from ingestion.domain.conservation import digest, interaction_sent
from ingestion.domain.errors import DamagedError, MisconfiguredError
from moto import mock_aws

from tests.support.s3 import BUCKET, make_bucket

HEADER = "EVENT_TYPE,ITEM_ID,TIMESTAMP,USER_ID,EVENT_VALUE\n"


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = reading_s3_client()
        make_bucket(client)
        yield client


def put(s3: Any, key: str, text: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())


def test_every_file_of_the_export_is_read(s3: Any) -> None:
    """By the names of its columns, in whatever order; other objects are left alone."""
    put(s3, "export/part-1.csv", HEADER + 'Watch,"item ""1"", blue",1795499998,user-1,0.5\n')
    put(s3, "export/part-2.csv", HEADER + "Click,item-2,1795499999,,\n")
    put(s3, "export/_SUCCESS", "")
    put(s3, "elsewhere/part-3.csv", HEADER + "Click,item-3,1,user-3,\n")
    found = list(S3DatasetExport(s3, BUCKET, "export/").interactions())
    assert found == [
        digest("user-1", 'item "1", blue', "Watch", 1795499998),
        digest("", "item-2", "Click", 1795499999),
    ]


def test_it_names_interactions_as_the_archive_does(s3: Any) -> None:
    """Else nothing would ever be found."""
    row = {
        "user_id": "user-1",
        "item_id": "item-1",
        "event_type": "Click",
        "occurred_at_ms": 1_795_499_998_999,
    }
    put(s3, "part.csv", HEADER + "Click,item-1,1795499998,user-1,\n")
    assert list(S3DatasetExport(s3, BUCKET, "").interactions()) == [digest(*interaction_sent(row))]


@pytest.mark.parametrize("text", ["USER_ID,ITEM_ID\nu,i\n", HEADER + "Click,item,soon,user,\n"])
def test_what_is_no_export_of_interactions_is_named(s3: Any, text: str) -> None:
    """A dataset of users, or a file of somebody else's."""
    put(s3, "part.csv", text)
    with pytest.raises(DamagedError, match=r"part\.csv"):
        list(S3DatasetExport(s3, BUCKET, "").interactions())


def test_a_missing_bucket_is_a_misconfiguration(s3: Any) -> None:
    """An operator typed the wrong name."""
    with pytest.raises(MisconfiguredError):
        list(S3DatasetExport(s3, "no-such-bucket", "").interactions())
