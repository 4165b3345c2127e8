"""What is built of a history and of a catalogue is imported as it is, row for row."""

from pathlib import Path
from typing import Any

import boto3
from nightly.command_line import main

from local.personalize import PersonalizeEmulator
from tests.support.nightly import lines_of
from tests.support.personalize import REGION, make_datasets, make_tracker, personalize
from tests.support.s3 import BUCKET, make_bucket

PEOPLE, FILMS = 60, 40
ROLE = "arn:aws:iam::123456789012:role/Import"
CONTEXT = ("--context-columns", "DEVICE_TYPE")
ITEMS_MAP = "item_id=movieId,genres=genres,description=title,price=0,duration_s=6000,created_at=1"


def data_set(folder: Path) -> None:
    """Files as MovieLens has them, with all that a title may have in it."""
    folder.mkdir()
    ratings = [
        f"{person},{film},{1 + (person * film) % 9 / 2},{1_500_000_000 + person * 1000 + film}\n"
        for person in range(1, PEOPLE + 1)
        for film in range(1, FILMS + 1)
    ]
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "".join(ratings))
    titles = ['"Matrix, The (1999)"', '"""Great"" \\ Performances"', "Léon: The Professional"]
    films = [f"{film},{titles[film % 3]},Drama|Sci-Fi\n" for film in range(1, FILMS + 1)]
    (folder / "movies.csv").write_text("movieId,title,genres\n" + "".join(films))
    users = [f"{person},{'F' if person % 2 else ''}\n" for person in range(1, PEOPLE + 1)]
    (folder / "users.csv").write_text("userId,gender\n" + "".join(users))


def imported(dataset: str, folder: Path, name: str) -> dict[str, Any]:
    """Upload parts, import all of them, and describe the job."""
    s3, client = boto3.client("s3"), boto3.client("personalize", REGION)
    for part in folder.iterdir():
        s3.put_object(Bucket=BUCKET, Key=f"{name}/{part.name}", Body=part.read_bytes())
    job: Any = client.create_dataset_import_job(
        jobName=name,
        datasetArn=dataset,
        dataSource={"dataLocation": f"s3://{BUCKET}/{name}/"},
        roleArn=ROLE,
        importMode="FULL",
    )
    described: Any = client.describe_dataset_import_job(
        datasetImportJobArn=job["datasetImportJobArn"]
    )
    return described["datasetImportJob"]


def test_a_whole_import_of_interactions_users_and_items(tmp_path: Path) -> None:
    """Three commands of a new user, then three jobs: all active, as many rows as were built."""
    old, archive, out = (tmp_path / name for name in ("old", "archive", "out"))
    data_set(old)
    origin = ("--from", str(old / "ratings.csv"), "--archive", str(archive), "--name", "movielens")
    assert main(["import-history", *origin, "--preset", "movielens", *CONTEXT]) == 0
    assert main(["build", "--clean", str(archive), "--out", str(out), *CONTEXT]) == 0
    users = ("--users-csv", str(old / "users.csv"), "--users-map", "user_id=userId,gender=gender")
    items = ("--items-csv", str(old / "movies.csv"), "--items-map", ITEMS_MAP)
    assert main(["metadata", "--out", str(out), *users, *items]) == 0
    assert main(["validate", str(out / "interactions")]) == 0
    assert main(["validate-metadata", str(out)]) == 0
    with personalize() as emulated:
        make_bucket(boto3.client("s3"))
        _import_all(emulated, out)


def _import_all(emulated: PersonalizeEmulator, out: Path) -> None:
    group, _ = make_tracker()
    users_arn, items_arn = make_datasets(group)
    client: Any = boto3.client("personalize", REGION)
    (interactions,) = [
        dataset["datasetArn"]
        for dataset in client.list_datasets(datasetGroupArn=group)["datasets"]
        if dataset["datasetType"].lower() == "interactions"
    ]
    arns = {"interactions": interactions, "users": users_arn, "items": items_arn}
    for name, arn in arns.items():
        job = imported(arn, out / name, name)
        assert job["status"] == "ACTIVE", job.get("failureReason")
    assert len(emulated.interactions(group)) == len(lines_of(out)) == PEOPLE * FILMS
    assert len(emulated.records(users_arn)) == PEOPLE
    assert len(emulated.records(items_arn)) == FILMS
