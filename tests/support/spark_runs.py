"""A bucket and a Spark application in moto, and runs that write what a test says."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import boto3
from nightly.adapters.emr_serverless import Patience, SparkTarget
from nightly.domain.job import Export, Format, Job, Section, Source, Step

from tests.support.s3 import BUCKET, make_bucket

ROLE = "arn:aws:iam::123456789012:role/spark"
JOB = Job(
    (Source(Section.CLEAN, (f"s3://{BUCKET}/clean/dt=2026-11-20/a.parquet",)),),
    (Step("training", "SELECT 1"),),
    (
        Export("training", Format.CSV, f"s3://{BUCKET}/nightly/builds/b/interactions"),
        Export("clean", Format.PARQUET, f"s3://{BUCKET}/clean/dt=2026-11-21/a.parquet"),
    ),
    ("build_counts",),
)


def a_target(**fields: Any) -> SparkTarget:
    """An application of moto's, and a bucket; inside of `mock_aws`."""
    make_bucket(boto3.client("s3"))
    client = boto3.client("emr-serverless")
    application = client.create_application(
        name="n", releaseLabel="emr-7.9.0", type="SPARK", clientToken="n"
    )
    target = SparkTarget(application["applicationId"], ROLE, BUCKET, f"s3://{BUCKET}/code/")
    return replace(target, **fields)


@dataclass
class ScriptedRuns:
    """EMR Serverless, of which a test says how each look at a run finds it.

    Attributes:
        states: One after the other; the last one stays.
        started: The requests.
        cancelled: The runs that were cancelled.
    """

    states: list[str]
    bucket: str = BUCKET
    parquet_parts: int = 1

    def __post_init__(self) -> None:
        self.started: list[dict[str, Any]] = []
        self.cancelled: list[str] = []

    def start_job_run(self, **request: Any) -> dict[str, str]:
        self.started.append(request)
        return {"jobRunId": "run-1"}

    def get_job_run(self, **_request: Any) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "SUCCESS":
            write_results(self.started[-1], parquet_parts=self.parquet_parts)
        return {"jobRun": {"state": state, "stateDetails": "because"}}

    def cancel_job_run(self, **request: Any) -> None:
        self.cancelled.append(request["jobRunId"])


def write_results(request: dict[str, Any], *, parquet_parts: int = 1) -> None:
    """Do as Spark does: parts of its own names in the places of the stored job, answers last."""
    s3 = boto3.client("s3")
    job_place, answers = request["jobDriver"]["sparkSubmit"]["entryPointArguments"]
    key = job_place.removeprefix(f"s3://{BUCKET}/")
    job = json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    for export in job["exports"]:
        folder = export["place"].removeprefix(f"s3://{BUCKET}/")
        number = 2 if export["format"] == "csv" else parquet_parts
        for part in range(number):
            body = f"{export['step']} {part}".encode()
            s3.put_object(Bucket=BUCKET, Key=f"{folder}/part-0000{part}-uuid", Body=body)
        s3.put_object(Bucket=BUCKET, Key=f"{folder}/_SUCCESS", Body=b"")
    text = json.dumps({"build_counts": [{"counted": 3}]}).encode()
    s3.put_object(Bucket=BUCKET, Key=answers.removeprefix(f"s3://{BUCKET}/"), Body=text)


def objects(prefix: str) -> dict[str, bytes]:
    """What lies below a prefix."""
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())
    keys = [each.get("Key", "") for each in found]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def no_waiting(times: Sequence[float] = ()) -> Patience:
    """Patience whose clock a test reads out; it stands still at the last time."""
    clock = list(times) or [0.0]
    return Patience(
        deadline_s=60.0,
        sleep=lambda _seconds: None,
        now=lambda: clock.pop(0) if len(clock) > 1 else clock[0],
    )
