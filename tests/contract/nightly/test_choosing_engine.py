"""Two engines in one: whose a job is, and a night that leaves its jobs to another process."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nightly.adapters.folder import Folder
from nightly.application.choosing_engine import ChoosingEngine, size_of
from nightly.application.clean_day import CLEAN, MANIFEST
from nightly.domain.engine_choice import EngineSetting
from nightly.domain.errors import UnfinishedJobError
from nightly.domain.job import Answers, Job, Section, Source

from tests.support.nightly import DAY, ENGINE
from tests.support.prepared_nights import NIGHT, UNSENT, WatchedEngine, night_parts, prepared, watch


@dataclass
class LaterEngine:
    """Spark, which has done a job when it is asked for the second time."""

    jobs: list[str] = field(default_factory=list)

    def run(self, job: Job) -> Answers:
        """See the port."""
        name = json.dumps(job.as_dict(), sort_keys=True)
        if name not in self.jobs:
            self.jobs.append(name)
            raise UnfinishedJobError({"clientToken": f"job-{len(self.jobs)}"})
        return ENGINE.run(job)


@dataclass
class NotedEngine:
    """Notes its jobs, and does none."""

    jobs: list[Job] = field(default_factory=list)

    def run(self, job: Job) -> Answers:
        """See the port."""
        self.jobs.append(job)
        return {}


def a_job(root: Path, files: Mapping[str, int]) -> Job:
    """A job over files of so many bytes."""
    for key, size in files.items():
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(bytes(size))
    source = Source(Section.CLEAN, tuple(Folder(root).location(key) for key in files))
    return Job((source,), (), (), ())


def test_the_size_of_a_job_is_that_of_its_files_alone(tmp_path: Path) -> None:
    """Whatever lies beside them, and in whatever section they are."""
    a_job(tmp_path, {"clean/dt=2026-11-01/old": 1_000, "interactions/dt=2026-11-02/a": 1_000})
    job = a_job(
        tmp_path,
        {
            "clean/dt=2026-11-01/a": 1,
            "clean/dt=2026-11-02/a": 2,
            "history/old/dt=2026-11-02/a": 4,
            "interactions/dt=2026-11-01/hh=12/a": 8,
            "rejections/dt=2026-11-01/a": 16,
        },
    )
    assert size_of(job, Folder(tmp_path)) == 31


@pytest.mark.parametrize(
    ("setting", "spark_from_bytes", "is_of_spark"),
    [
        (EngineSetting.EMBEDDED, 0, False),
        (EngineSetting.SPARK, 10**9, True),
        (EngineSetting.AUTO, 3, True),
        (EngineSetting.AUTO, 4, False),
    ],
)
def test_a_job_goes_to_one_engine(
    tmp_path: Path, *, setting: EngineSetting, spark_from_bytes: int, is_of_spark: bool
) -> None:
    """Which the operator wants, or by its size."""
    embedded, spark = NotedEngine(), NotedEngine()
    job = a_job(tmp_path, {"clean/dt=2026-11-01/a": 3})
    ChoosingEngine(embedded, spark, setting, spark_from_bytes, Folder(tmp_path)).run(job)
    assert spark.jobs == ([job] if is_of_spark else [])
    assert embedded.jobs == ([] if is_of_spark else [job])


def run_to_its_end(root: Path, spark: LaterEngine) -> tuple[Mapping[str, Any], list[Any]]:
    """Ask again until there is a decision; and what was said until then."""
    archive = Folder(root)
    engine = ChoosingEngine(WatchedEngine(), spark, EngineSetting.SPARK, 0, archive)
    waited: list[Any] = []
    while (told := prepared(night_parts(root, engine=engine)))["outcome"] == "spark":
        waited.append(told)
    return told, waited


def test_a_night_by_spark_decides_as_one_without(tmp_path: Path) -> None:
    """A job at a time; the same rows are imported."""
    for name in ("embedded", "spark"):
        watch(tmp_path / name, 1200, tracker=UNSENT)
    expected = prepared(night_parts(tmp_path / "embedded"))
    told, waited = run_to_its_end(tmp_path / "spark", spark := LaterEngine())
    assert told["import"]["rows"] == expected["import"]["rows"] == 1200
    assert [each["request"]["clientToken"] for each in waited] == [
        f"job-{number + 1}" for number in range(len(spark.jobs))
    ]
    first = waited[0]
    assert (first["night"], first["build"]) == (NIGHT, f"night-{NIGHT}")
    assert (first["import"], first["train"]) == (None, False)
    assert first["reasons"] == ["a run of Spark has to end first"]


def test_a_day_that_is_not_done_is_not_published(tmp_path: Path) -> None:
    """Nobody sees a day of which Spark has not ended."""
    watch(tmp_path, 1200, tracker=UNSENT)
    engine = ChoosingEngine(
        WatchedEngine(), LaterEngine(), EngineSetting.SPARK, 0, Folder(tmp_path)
    )
    assert prepared(night_parts(tmp_path, engine=engine))["outcome"] == "spark"
    assert not (tmp_path / CLEAN / DAY.partition / MANIFEST).exists()
