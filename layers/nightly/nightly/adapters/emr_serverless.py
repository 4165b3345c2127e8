"""EMR Serverless: a job in a Spark application, its results put where the job wants them.

A job has a name made of its content, and a folder `nightly/jobs/<name>/` of the archive's bucket:
`job.json`, which Spark reads, `out/<n>/`, into which it writes, and `answers.json`, which it writes
last. Results are copied from there to their places within S3, so nobody sees half of one, a Parquet
folder becomes the one file that was asked for, and a job that was done once is not done again.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import boto3

from nightly.domain.errors import SparkJobError, UnfinishedJobError
from nightly.domain.job import Answers, Export, Format, Job

if TYPE_CHECKING:
    from types_boto3_emr_serverless.client import EMRServerlessClient
    from types_boto3_s3.client import S3Client

JOBS: Final = "nightly/jobs/"
_ENDED: Final = frozenset({"SUCCESS", "FAILED", "CANCELLED"})


@dataclass(frozen=True, slots=True)
class SparkTarget:
    """The application, and what it runs.

    Attributes:
        bucket: The archive's, which gets the jobs too.
        code: An `s3://` folder with `spark_job.py` and `nightly.zip`.
        timeout_minutes: After that EMR Serverless cancels the run by itself.
        parameters: Further ones of spark-submit: sizes of driver and executors.
    """

    application_id: str
    role_arn: str
    bucket: str
    code: str
    timeout_minutes: int = 120
    parameters: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a run is waited for; the clock is given so that a test need not wait."""

    poll_s: float = 15.0
    deadline_s: float = 7_200.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic


class SparkJobs:
    """Jobs in S3: what is to start, what is finished.

    Args:
        attempt: Names who asks. Runs of the same job for the same attempt have one token, so that
            EMR Serverless gives the same run, a failed one too: whoever wants another run must be
            another attempt, or make another token of it.
    """

    def __init__(self, s3: "S3Client", target: SparkTarget, attempt: str) -> None:
        self._s3 = s3
        self._target = target
        self._attempt = attempt

    @classmethod
    def of_environment(cls, target: SparkTarget, attempt: str) -> "SparkJobs":
        """With the credentials and endpoint of the environment."""
        client = boto3.client("s3")  # pyright: ignore[reportUnknownMemberType]
        return cls(client, target, attempt)

    def request(self, job: Job) -> dict[str, Any]:
        """Store a job; answers the parameters of StartJobRun."""
        name, staged = self._staged(job)
        self._s3.put_object(
            Bucket=self._target.bucket,
            Key=f"{JOBS}{name}/job.json",
            Body=json.dumps(staged.as_dict()).encode(),
        )
        folder = f"s3://{self._target.bucket}/{JOBS}{name}/"
        return {
            "applicationId": self._target.application_id,
            "clientToken": _short(f"{self._attempt} {name}"),
            "executionRoleArn": self._target.role_arn,
            "name": f"nightly-{name}",
            "executionTimeoutMinutes": self._target.timeout_minutes,
            "jobDriver": {
                "sparkSubmit": {
                    "entryPoint": f"{self._target.code}spark_job.py",
                    "entryPointArguments": [f"{folder}job.json", f"{folder}answers.json"],
                    "sparkSubmitParameters": self._submit(),
                }
            },
            "configurationOverrides": {
                "monitoringConfiguration": {
                    "s3MonitoringConfiguration": {"logUri": f"{folder}logs/"}
                }
            },
        }

    def answers(self, job: Job) -> Answers | None:
        """Put the results of a finished job in their places; None if it is not finished."""
        name, staged = self._staged(job)
        text = self._get(f"{JOBS}{name}/answers.json")
        if text is None:
            return None
        for export, written in zip(job.exports, staged.exports, strict=True):
            self._publish(written.place, export)
        return json.loads(text)

    def _staged(self, job: Job) -> tuple[str, Job]:
        """The job with a folder of its own for each result."""
        name = _short(json.dumps(job.as_dict(), sort_keys=True))
        folder = f"s3://{self._target.bucket}/{JOBS}{name}/out"
        exports = tuple(
            replace(export, place=f"{folder}/{number}") for number, export in enumerate(job.exports)
        )
        return name, replace(job, exports=exports)

    def _submit(self) -> str:
        return f"--py-files {self._target.code}nightly.zip {self._target.parameters}".strip()

    def _publish(self, folder: str, export: Export) -> None:
        bucket, _, key = export.place.removeprefix("s3://").partition("/")
        parts = self._parts(folder)
        if export.format is Format.PARQUET and len(parts) != 1:
            error = f"{len(parts)} files where one was wanted: {folder}"
            raise SparkJobError(error)
        for number, part in enumerate(parts):
            place = key if export.format is Format.PARQUET else f"{key}/part-{number}.csv"
            # Managed: an object above 5 GB cannot be copied by one call.
            self._s3.copy({"Bucket": self._target.bucket, "Key": part}, bucket, place)

    def _parts(self, folder: str) -> Sequence[str]:
        prefix = folder.removeprefix(f"s3://{self._target.bucket}/") + "/part-"
        pages = self._s3.get_paginator("list_objects_v2")
        return [
            found.get("Key", "")
            for page in pages.paginate(Bucket=self._target.bucket, Prefix=prefix)
            for found in page.get("Contents", ())
        ]

    def _get(self, key: str) -> bytes | None:
        try:
            answer = self._s3.get_object(Bucket=self._target.bucket, Key=key)
        except self._s3.exceptions.NoSuchKey:
            return None
        return answer["Body"].read()


class DeferringEngine:
    """For a state machine: a job that is not finished is stored and named, not waited for.

    Whoever asks again, once the run has ended, gets its answers; see the port `Engine`.
    """

    def __init__(self, jobs: SparkJobs) -> None:
        self._jobs = jobs

    def run(self, job: Job) -> Answers:
        """Give the answers of a finished job.

        Raises:
            UnfinishedJobError: Its `request` has the parameters of StartJobRun.
        """
        answers = self._jobs.answers(job)
        if answers is None:
            raise UnfinishedJobError(self._jobs.request(job))
        return answers


class EmrServerlessEngine:
    """For a command: starts a run and waits for it; see the port `Engine`."""

    def __init__(
        self, client: "EMRServerlessClient", jobs: SparkJobs, patience: Patience | None = None
    ) -> None:
        self._client = client
        self._jobs = jobs
        self._patience = patience or Patience()

    def run(self, job: Job) -> Answers:
        """Do a job; what was done before is only put in place.

        Raises:
            SparkJobError: The run failed, or took longer than the patience and was cancelled.
        """
        answers = self._jobs.answers(job)
        if answers is None:
            self._do(self._jobs.request(job))
            answers = self._jobs.answers(job)
        if answers is None:
            error = "the run succeeded and left no answers"
            raise SparkJobError(error)
        return answers

    def _do(self, request: Mapping[str, Any]) -> None:
        application = request["applicationId"]
        run_id = self._client.start_job_run(**request)["jobRunId"]
        end = self._patience.now() + self._patience.deadline_s
        while True:
            found = self._client.get_job_run(applicationId=application, jobRunId=run_id)["jobRun"]
            if found["state"] in _ENDED:
                break
            if self._patience.now() >= end:
                self._client.cancel_job_run(applicationId=application, jobRunId=run_id)
                error = f"run {run_id} was cancelled after {self._patience.deadline_s:g} s"
                raise SparkJobError(error)
            self._patience.sleep(self._patience.poll_s)
        if found["state"] != "SUCCESS":
            error = f"run {run_id}: {found['state']}: {found['stateDetails']}"
            raise SparkJobError(error)


def _short(text: str) -> str:
    """Fits a client token (64 characters at most) and is one for equal texts."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
