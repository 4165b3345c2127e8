"""Dataset export jobs: which rows they write, and why they fail."""

import pytest

from local.personalize import EmulatedError, Progress
from tests.unit.local.personalize.test_imports import HEADER, ROWS, dataset_of
from tests.unit.local.personalize.world import ITEM_FIELDS, START, World, an_event


def exported(world: World) -> list[list[str]]:
    """The rows of all files, without their headers."""
    files = [world.files[name].decode() for name in sorted(world.files) if name[:4] == "out/"]
    return [line.split(",") for text in files for line in text.splitlines()[1:]]


@pytest.mark.parametrize(
    ("mode", "items"),
    [
        ({}, {"streamed"}),
        ({"ingestionMode": "PUT"}, {"streamed"}),
        ({"ingestionMode": "BULK"}, {"bulk0", "bulk1", "bulk2"}),
        ({"ingestionMode": "ALL"}, {"streamed", "bulk0", "bulk1", "bulk2"}),
    ],
)
def test_the_mode_says_which_rows(world: World, mode: dict[str, str], items: set[str]) -> None:
    """What PutEvents brought, by default."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, an_event("streamed"))
    dataset = dataset_of(world, group)
    world.import_csv(dataset, HEADER, *ROWS)
    assert world.export(dataset, **mode)["status"] == "ACTIVE"
    assert {row[1] for row in exported(world)} == items


def test_rows_that_are_equal_are_written_once(world: World) -> None:
    """Two sessions of one second; in mode ALL both."""
    group, tracking_id = world.live_group()
    for session in ("s1", "s2"):
        world.put(tracking_id, an_event("film", at=START - 5), sessionId=session, userId=None)
        world.put(tracking_id, an_event(f"end-{session}", at=START - 1), sessionId=session)
    dataset = dataset_of(world, group)
    world.export(dataset)
    assert len([row for row in exported(world) if row[1] == "film"]) == 1
    world.export(dataset, ingestionMode="ALL")
    assert len([row for row in exported(world) if row[1] == "film"]) == 2


def test_items_are_written_as_they_stand(world: World) -> None:
    """The newest of each id, as far as its source is asked for."""
    group = world.group()
    dataset = world.dataset(group, ITEM_FIELDS, "Items")
    item = {"itemId": "film", "properties": '{"genres":"Crime","creationTimestamp":1}'}
    world.events("PutItems", datasetArn=dataset, items=[item])
    world.export(dataset)
    assert [row[0] for row in exported(world)] == ["film"]
    world.files.clear()
    world.export(dataset, ingestionMode="BULK")
    assert exported(world) == []


def test_a_bucket_that_is_not_there_fails_the_job(world: World) -> None:
    """Later, and with a reason."""
    group, tracking_id = world.live_group()
    world.put(tracking_id)
    job = world.export(dataset_of(world, group), "s3://gone/")
    assert job["status"] == "CREATE FAILED"
    assert "s3://gone/" in job["failureReason"]


def test_a_path_must_be_a_folder(world: World) -> None:
    """As the developer guide has it."""
    group, _ = world.live_group()
    with pytest.raises(EmulatedError, match="folder"):
        world.export(dataset_of(world, group), "s3://out/file")


def test_a_job_takes_its_time() -> None:
    """And is listed meanwhile, with its dataset."""
    world = World(progress=Progress(pending_s=5))
    group = world.group()
    world.clock.advance(5)
    dataset = world.dataset(group)
    world.clock.advance(5)
    assert world.export(dataset)["status"] == "CREATE PENDING"
    (listed,) = world.control("ListDatasetExportJobs", datasetArn=dataset)["datasetExportJobs"]
    assert listed["status"] == "CREATE PENDING"
