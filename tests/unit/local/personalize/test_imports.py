"""Dataset import jobs: what they need, what they replace, and why they fail."""

from typing import Any

import pytest

from local.personalize import Progress, Quotas
from tests.unit.local.personalize.world import (
    ITEM_FIELDS,
    ROLE,
    START,
    World,
    an_event,
    refusal,
)

HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
ROWS = [f"u{n},bulk{n},{START},Watch,1.5" for n in range(3)]


def dataset_of(world: World, group: str, dataset_type: str = "INTERACTIONS") -> str:
    """Finds the dataset of a type in a group."""
    found = world.control("ListDatasets", datasetGroupArn=group)["datasets"]
    return next(each["datasetArn"] for each in found if each["datasetType"] == dataset_type)


def items_of(world: World, group: str) -> list[str]:
    """Lists the items of what a training would see."""
    return [each.item_id for each in world.emulator.interactions(group)]


def failure(job: dict[str, Any]) -> str:
    """Gives the reason of a job that failed."""
    assert job["status"] == "CREATE FAILED"
    return job["failureReason"]


def test_rows_become_interactions(world: World) -> None:
    """An empty cell is null, and the source tells bulk from streamed."""
    group, _ = world.live_group()
    lines = [*ROWS[:2], f'"u,2","it\\"em",{START},Watch,']
    job = world.import_csv(dataset_of(world, group), HEADER, *lines)

    assert job["status"] == "ACTIVE"
    assert job["importMode"] == "FULL"
    last = world.emulator.interactions(group)[-1]
    assert (last.user_id, last.item_id, last.event_value, last.source) == (
        "u,2",
        'it"em',
        None,
        "BULK",
    )


def test_a_full_import_replaces_bulk_rows_and_keeps_streamed_ones(world: World) -> None:
    """What PutEvents brought is not deleted by an import."""
    group, tracking_id = world.live_group()
    dataset = dataset_of(world, group)
    world.put(tracking_id, an_event("streamed"))
    world.import_csv(dataset, HEADER, *ROWS)
    world.import_csv(dataset, HEADER, *(row.replace("bulk", "new") for row in ROWS))

    assert items_of(world, group) == ["new0", "new1", "new2", "streamed"]


def test_an_incremental_import_adds(world: World) -> None:
    """What is there stays, and exact duplicates are dropped."""
    group, _ = world.live_group()
    dataset = dataset_of(world, group)
    world.import_csv(dataset, HEADER, *ROWS)
    more = [ROWS[0], *(row.replace("bulk", "new") for row in ROWS[:2])]
    world.import_csv(dataset, HEADER, *more, mode="INCREMENTAL")

    assert items_of(world, group) == ["bulk0", "bulk1", "bulk2", "new0", "new1"]


def test_a_bulk_copy_of_a_streamed_event_is_a_second_interaction(world: World) -> None:
    """Nothing says AWS removes duplicates between the two sources, so they show here."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, an_event("bulk0", eventValue=1.5), userId="u0")
    world.import_csv(dataset_of(world, group), HEADER, *ROWS)

    assert items_of(world, group).count("bulk0") == 2


def test_exact_duplicates_within_a_file_count_once(world: World) -> None:
    """A file with the same row thrice is one interaction, though it has rows enough."""
    group, _ = world.live_group()
    world.import_csv(dataset_of(world, group), HEADER, *[ROWS[0]] * 3)

    assert items_of(world, group) == ["bulk0"]


def test_the_first_import_must_be_full(world: World) -> None:
    """An incremental one has nothing to add to; a failed job does not count as a first."""
    group, _ = world.live_group()
    dataset = dataset_of(world, group)
    world.import_csv(dataset, HEADER)

    error = refusal(world.import_csv, dataset, HEADER, *ROWS, mode="INCREMENTAL")
    assert error.code == "InvalidInputException"
    assert "FULL" in error.message


@pytest.mark.parametrize("rows", [999, 1_000])
def test_a_thousand_rows_are_needed(rows: int) -> None:
    """The real minimum, to the row."""
    world = World(quotas=Quotas())
    group, _ = world.live_group()
    lines = [f"u{n},i{n},{START},Watch," for n in range(rows)]
    job = world.import_csv(dataset_of(world, group), HEADER, *lines)

    if rows == 1_000:
        assert job["status"] == "ACTIVE"
    else:
        assert failure(job) == (
            "An import job of interactions must have at least 1000 rows, and this one has 999."
        )
    assert len(items_of(world, group)) == (rows if rows == 1_000 else 0)


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        (
            "USER_ID,ITEM_ID,TIMESTAMP",
            None,
            "Input CSV is missing the following columns: ['EVENT_TYPE', 'EVENT_VALUE']",
        ),
        (HEADER.lower(), None, "Input CSV is missing the following columns"),
        (
            "ITEM_ID,USER_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE",
            None,
            "Input CSV must have the columns of the schema in their order",
        ),
        (HEADER + ",EXTRA", None, "Input CSV must have the columns of the schema in their order"),
        (HEADER, f"u,i,{START}.5,Watch,", "line 2: TIMESTAMP is not of type long"),
        (HEADER, "u,i,1_764_000_000,Watch,", "line 2: TIMESTAMP is not of type long"),
        (HEADER, "u,i,soon,Watch,", "line 2: TIMESTAMP is not of type long"),
        (HEADER, "u,i,,Watch,", "line 2: TIMESTAMP is empty but not nullable"),
        (HEADER, f",i,{START},Watch,", "line 2: USER_ID is empty but not nullable"),
        (HEADER, f"u,i,{START},Watch,much", "line 2: EVENT_VALUE is not of type float"),
        (HEADER, f"u,i,{START},Watch,nan", "line 2: EVENT_VALUE is not of type float"),
        (HEADER, f"u,i,{START},Watch,1_0", "line 2: EVENT_VALUE is not of type float"),
        (HEADER, f"u,{'i' * 257},{START},Watch,", "line 2: ITEM_ID is longer than 256 characters"),
        (HEADER, f"u,i,{START},Watch", "line 2: the row has 4 cells and the schema 5 columns"),
        (HEADER, f"u,i,{START},Watch,1,2", "line 2: the row has 6 cells and the schema 5 columns"),
        (HEADER, "", "line 2: the row has 0 cells"),
        (HEADER, f'"u,i,{START},Watch,', "Invalid CSV in"),
    ],
)
def test_a_bad_file_fails_the_whole_job(
    world: World, header: str, row: str | None, reason: str
) -> None:
    """One bad row is enough; what was imported before stays."""
    group, _ = world.live_group()
    dataset = dataset_of(world, group)
    world.import_csv(dataset, HEADER, *ROWS)
    lines = ROWS if row is None else [row, *ROWS]

    assert reason in failure(world.import_csv(dataset, header, *lines))
    assert items_of(world, group) == ["bulk0", "bulk1", "bulk2"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "missing the following columns"), (b"\xff\xfe", "is not UTF-8"), (None, "No object")],
)
def test_a_file_that_cannot_be_read_fails_the_job(
    world: World, content: bytes | None, reason: str
) -> None:
    """The reason says which it is."""
    group, _ = world.live_group()
    if content is not None:
        world.files["bucket/f.csv"] = content

    job = world.import_location(dataset_of(world, group), "s3://bucket/f.csv")
    assert reason in failure(job)


def test_a_folder_is_imported_as_one(world: World) -> None:
    """The minimum counts the rows of all its files."""
    group, _ = world.live_group()
    for number, row in enumerate(ROWS):
        world.files[f"bucket/in/{number}.csv"] = f"{HEADER}\n{row}\n".encode()
    job = world.import_location(dataset_of(world, group), "s3://bucket/in/")

    assert job["status"] == "ACTIVE"
    assert items_of(world, group) == ["bulk0", "bulk1", "bulk2"]


def test_too_many_event_types_fail_the_job(world: World) -> None:
    """Ten event types and optional columns in all; the schema here has two columns of these."""
    group, _ = world.live_group()
    dataset = dataset_of(world, group)

    def job(types: int) -> dict[str, Any]:
        lines = [f"u{n},i{n},{START},Type{n}," for n in range(types)]
        return world.import_csv(dataset, HEADER, *lines)

    assert job(8)["status"] == "ACTIVE"
    assert "9 distinct event types and 2 optional columns" in failure(job(9))


@pytest.mark.parametrize("change", [{"roleArn": None}, {"dataSource": {}}])
def test_a_job_needs_a_role_and_a_location(world: World, change: dict[str, Any]) -> None:
    """The model lets both out, and nothing could be read without them."""
    group, _ = world.live_group()
    call = {
        "jobName": "j",
        "datasetArn": dataset_of(world, group),
        "dataSource": {"dataLocation": "s3://b/k"},
        "roleArn": ROLE,
        **change,
    }
    assert refusal(world.control, "CreateDatasetImportJob", **call).code == "InvalidInputException"


def test_items_are_imported_and_put_one_by_one(world: World) -> None:
    """A FULL import keeps what PutItems brought; the newest record of an id counts."""
    group = world.group()
    dataset = world.dataset(group, ITEM_FIELDS, "Items")
    header = "ITEM_ID,GENRES,CREATION_TIMESTAMP"
    world.import_csv(dataset, header, f"i1,Drama|Comedy,{START}", f"i2,,{START}")
    put = {"itemId": "i3", "properties": f'{{"genres": "News", "creationTimestamp": {START}}}'}
    world.events("PutItems", datasetArn=dataset, items=[put])
    world.import_csv(dataset, header, f"i1,Horror,{START}")

    found = {each.record_id: each.columns["GENRES"] for each in world.emulator.records(dataset)}
    assert found == {"i1": "Horror", "i3": "News"}


def import_slowly(world: World) -> tuple[str, str, str]:
    """Starts an import that takes its time; gives the group, the dataset and the job."""
    group = world.group()
    world.emulator.complete(group)
    dataset = world.dataset(group)
    world.emulator.complete(dataset)
    job = world.import_csv(dataset, HEADER, *ROWS)
    return group, dataset, job["datasetImportJobArn"]


def test_a_job_shows_its_rows_when_it_ends() -> None:
    """Until it is ACTIVE the dataset is as it was."""
    world = World(progress=Progress(pending_s=10, in_progress_s=100))
    group, _, job = import_slowly(world)
    seen = [(world.status("DatasetImportJob", job), len(items_of(world, group)))]
    for seconds in (10, 100):
        world.clock.advance(seconds)
        seen.append((world.status("DatasetImportJob", job), len(items_of(world, group))))

    assert seen == [("CREATE PENDING", 0), ("CREATE IN_PROGRESS", 0), ("ACTIVE", 3)]


def test_five_jobs_may_be_under_way() -> None:
    """The sixth is told to come later, and comes."""
    world = World(progress=Progress(in_progress_s=100))
    _, dataset, _ = import_slowly(world)
    for _ in range(4):
        world.import_csv(dataset, HEADER, *ROWS)

    error = refusal(world.import_csv, dataset, HEADER, *ROWS)
    assert error.code == "LimitExceededException"
    world.clock.advance(100)
    world.import_csv(dataset, HEADER, *ROWS)
