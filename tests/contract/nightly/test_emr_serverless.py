"""A job in a Spark application: what is started, what is waited for, where results end up."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws
from nightly.adapters.emr_serverless import DeferringEngine, EmrServerlessEngine, SparkJobs
from nightly.domain.errors import SparkJobError, UnfinishedJobError

from tests.support.s3 import BUCKET
from tests.support.spark_runs import (
    JOB,
    ScriptedRuns,
    a_target,
    no_waiting,
    objects,
    write_results,
)

NIGHTLY = Path(__file__).parents[3] / "layers/nightly/nightly"


@pytest.fixture
def jobs() -> Iterator[SparkJobs]:
    """Jobs of one attempt over a bucket of moto's."""
    with mock_aws():
        yield SparkJobs(boto3.client("s3"), a_target(), "night-2026-11-24")


def an_engine(runs: ScriptedRuns, jobs: SparkJobs, *times: float) -> EmrServerlessEngine:
    """The waiting engine over scripted runs."""
    return EmrServerlessEngine(cast("Any", runs), jobs, no_waiting(times))


def test_results_come_to_their_places(jobs: SparkJobs) -> None:
    """Parts get plain names, a Parquet folder becomes the file asked for, nothing else is there."""
    answers = an_engine(ScriptedRuns(["PENDING", "RUNNING", "SUCCESS"]), jobs).run(JOB)
    assert answers == {"build_counts": [{"counted": 3}]}
    assert objects("nightly/builds/") == {
        "nightly/builds/b/interactions/part-0.csv": b"training 0",
        "nightly/builds/b/interactions/part-1.csv": b"training 1",
    }
    assert objects("clean/") == {"clean/dt=2026-11-21/a.parquet": b"clean 0"}


def test_a_finished_job_is_not_started_again(jobs: SparkJobs) -> None:
    """Its results are put in place again, from where Spark wrote them."""
    runs = ScriptedRuns(["SUCCESS"])
    an_engine(runs, jobs).run(JOB)
    s3 = boto3.client("s3")
    s3.delete_object(Bucket=BUCKET, Key="clean/dt=2026-11-21/a.parquet")
    an_engine(runs, jobs).run(JOB)
    assert len(runs.started) == 1
    assert objects("clean/")


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_run_that_fails_leaves_nothing_in_its_places(jobs: SparkJobs, state: str) -> None:
    """The error names the run and what EMR Serverless says of it."""
    with pytest.raises(SparkJobError, match=f"run run-1: {state}: because"):
        an_engine(ScriptedRuns([state]), jobs).run(JOB)
    assert not objects("clean/")


def test_a_run_that_takes_too_long_is_cancelled(jobs: SparkJobs) -> None:
    """At the deadline, and the error says so."""
    runs = ScriptedRuns(["RUNNING"])
    with pytest.raises(SparkJobError, match="cancelled after 60 s"):
        an_engine(runs, jobs, 0.0, 30.0, 60.0).run(JOB)
    assert runs.cancelled == ["run-1"]


def test_two_files_are_not_taken_for_one(jobs: SparkJobs) -> None:
    """A day of the clean layer is one file."""
    with pytest.raises(SparkJobError, match="2 files where one was wanted"):
        an_engine(ScriptedRuns(["SUCCESS"], parquet_parts=2), jobs).run(JOB)


def test_a_state_machine_is_told_what_to_start(jobs: SparkJobs) -> None:
    """The same each time it asks, until the run has written its answers."""
    engine = DeferringEngine(jobs)
    requests: list[Any] = []
    for _ in range(2):
        with pytest.raises(UnfinishedJobError) as raised:
            engine.run(JOB)
        requests.append(raised.value.request)
    assert requests[0] == requests[1]
    boto3.client("emr-serverless").start_job_run(**requests[0])
    write_results(requests[0])
    assert engine.run(JOB) == {"build_counts": [{"counted": 3}]}


def test_another_attempt_starts_another_run_of_the_same_job(jobs: SparkJobs) -> None:
    """A token is for ever, and a run that failed would be given again; the folder stays."""
    other = SparkJobs(boto3.client("s3"), jobs._target, "night-2026-11-24-2")  # noqa: SLF001
    one, two = jobs.request(JOB), other.request(JOB)
    assert one["clientToken"] != two["clientToken"]
    assert one["jobDriver"] == two["jobDriver"]
    assert max(len(one["clientToken"]), len(one["name"])) <= 64


@pytest.mark.parametrize("module", ["__init__", "adapters/__init__", "adapters/views"])
def test_what_a_cluster_imports_is_python_3_9(module: str) -> None:
    """EMR 7 runs PySpark with Python 3.9 unless told otherwise."""
    ast.parse((NIGHTLY / f"{module}.py").read_text(), feature_version=(3, 9))


def test_the_job_of_spark_is_python_3_9() -> None:
    """And it imports nothing of this project but the views."""
    tree = ast.parse((NIGHTLY / "adapters/spark_job.py").read_text(), feature_version=(3, 9))
    imports = [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert [name for name in imports if name and name.startswith("nightly")] == [
        "nightly.adapters.views"
    ]
