"""EMR Serverless as far as the nightly build uses it: a job run that really runs Spark.

What moto 5.2 does: a job run succeeds at once and nothing runs, and the same client token starts a
second run. Here a run is a process of `.venv-spark` on this machine. PySpark from PyPI has no file
system for S3, so the objects that a job reads are brought to a folder, and what it writes is put
back; the code is the repository's, not that of the entry point's address.
"""

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from moto.emrserverless.models import EMRServerlessBackend, JobRun

from local.moto_extensions.patching import replace_attribute

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_REPOSITORY: Final = Path(__file__).parents[2]
_SUBMIT: Final = (
    "--master local[2] --driver-memory 2g --conf spark.sql.shuffle.partitions=4"
    " --conf spark.ui.enabled=false pyspark-shell"
)
_LONGEST_S: Final = 900

type Runner = Callable[[JobRun], None]


@contextmanager
def runs_by(run: Runner) -> Iterator[None]:
    """Let job runs run for a while.

    Args:
        run: Does a run, or raises RuntimeError.
    """
    before = EMRServerlessBackend.start_job_run

    def start(self: EMRServerlessBackend, **request: Any) -> JobRun:  # noqa: ANN401 - as moto's
        for known in self.job_runs.get(request["application_id"], []):
            if known.client_token == request["client_token"]:
                return known
        started = before(self, **request)
        started.state, started.state_details = "RUNNING", ""
        threading.Thread(target=_settle, args=(started, run), daemon=True).start()
        return started

    replace_attribute(EMRServerlessBackend, "start_job_run", start)
    try:
        yield
    finally:
        replace_attribute(EMRServerlessBackend, "start_job_run", before)


def by_pyspark(endpoint: str) -> Runner:
    """Runs that are processes of Spark over the S3 at an address."""
    return partial(_run, endpoint)


def _settle(job_run: JobRun, run: Runner) -> None:
    """Run, and say how it ended unless it was cancelled meanwhile."""
    state, details = "SUCCESS", ""
    try:
        run(job_run)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        state, details = "FAILED", str(error)[-1000:]
    if job_run.state == "RUNNING":
        job_run.state, job_run.state_details = state, details


def _run(endpoint: str, job_run: JobRun) -> None:
    driver: dict[str, Any] = (job_run.job_driver or {})["sparkSubmit"]
    job_url, answers_url = driver["entryPointArguments"]
    s3 = boto3.client("s3", endpoint_url=endpoint)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        job: dict[str, Any] = json.loads(_fetch(s3, job_url, folder).read_text())
        for source in job["sources"]:
            source["files"] = [str(_fetch(s3, file, folder)) for file in source["files"]]
        for export in job["exports"]:
            export["place"] = str(_path(export["place"], folder))
        (folder / "job.json").write_text(json.dumps(job))
        _spark(folder)
        for export in job["exports"]:
            _put_all(s3, Path(export["place"]), folder)
        bucket, _, key = answers_url.removeprefix("s3://").partition("/")
        s3.upload_file(str(folder / "answers.json"), bucket, key)


def _path(url: str, folder: Path) -> Path:
    return folder / "s3" / url.removeprefix("s3://")


def _fetch(s3: "S3Client", url: str, folder: Path) -> Path:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    path = _path(url, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    s3.download_file(bucket, key, str(path))
    return path


def _put_all(s3: "S3Client", place: Path, folder: Path) -> None:
    for path in sorted(place.glob("part-*")):
        bucket, _, key = path.relative_to(folder / "s3").as_posix().partition("/")
        s3.upload_file(str(path), bucket, key)


def _spark(folder: Path) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(_REPOSITORY / "layers/nightly"),
        "PYSPARK_SUBMIT_ARGS": _SUBMIT,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    python = _REPOSITORY / ".venv-spark/bin/python"
    program = _REPOSITORY / "layers/nightly/nightly/adapters/spark_job.py"
    done = subprocess.run(  # noqa: S603 - our own program
        [python, program, folder / "job.json", folder / "answers.json"],
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_LONGEST_S,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-1000:])
