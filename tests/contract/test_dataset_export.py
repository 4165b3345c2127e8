"""The reader of dataset exports: CSV files with the columns of the schema."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from ingestion.adapters.archive_reader import reading_s3_client
from ingestion.adapters.dataset_export import S3DatasetExport
from ingestion.domain.conservation import digest, interaction_sent
from ingestion.domain.errors import DamagedError, MisconfiguredError
from moto import mock_aws

from tests.support.builders import NOW_MS
from tests.support.personalize import REGION, make_tracker, personalize
from tests.support.s3 import BUCKET, keys_in, make_bucket

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


def test_an_export_that_personalize_made_is_read() -> None:
    """Of events that were put, in more files than one; the emulator writes them as AWS says."""
    with personalize():
        group, tracking_id = make_tracker()
        s3 = reading_s3_client()
        client: Any = boto3.client("personalize", REGION)
        make_bucket(s3)
        rows = list(_put_events(tracking_id, users=110))
        job = client.create_dataset_export_job(
            jobName="interactions",
            datasetArn=client.list_datasets(datasetGroupArn=group)["datasets"][0]["datasetArn"],
            roleArn="arn:aws:iam::123456789012:role/export",
            jobOutput={"s3DataDestination": {"path": f"s3://{BUCKET}/export/"}},
        )["datasetExportJobArn"]
        made = client.describe_dataset_export_job(datasetExportJobArn=job)["datasetExportJob"]
        assert (made["status"], made["ingestionMode"]) == ("ACTIVE", "PUT")
        assert len(keys_in(s3, "export/")) == 2
        found = list(S3DatasetExport(s3, BUCKET, "export/").interactions())
    assert sorted(found) == sorted(digest(*interaction_sent(row)) for row in rows)


def _put_events(tracking_id: str, users: int) -> Iterator[dict[str, Any]]:
    """Ten interactions of each user, as the recorder sends them; yields their rows."""
    events: Any = boto3.client("personalize-events", REGION)
    for user in range(users):
        rows = [
            {
                "user_id": f"usuario-ñ-{user}",
                "item_id": f"film, part {number}",
                "event_type": "Watch",
                "occurred_at_ms": NOW_MS + number * 1500,
            }
            for number in range(10)
        ]
        events.put_events(
            trackingId=tracking_id,
            userId=rows[0]["user_id"],
            sessionId=f"visit-{user}",
            eventList=[
                {
                    "eventId": f"{user}-{row['item_id']}",
                    "itemId": row["item_id"],
                    "eventType": row["event_type"],
                    "sentAt": int(row["occurred_at_ms"]) // 1000,
                    "eventValue": 0.5,
                }
                for row in rows
            ],
        )
        yield from rows
