"""A whole night through Spark on the local stack: real machines, real functions, real PySpark.

Each run takes half a minute, so all days but one are made clean by DuckDB before.
"""

import gzip
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto.emrserverless.models import JobRun
from nightly.domain.days import Day

from local.moto_extensions import emr_serverless
from local.stack import LocalStack
from scripts.spark_code import upload
from tests.integration.conftest import REPOSITORY
from tests.support.nightly import DAY_MS, a_row
from tests.support.nights_in_a_stack import imported_lines
from tests.support.s3 import keys_in

pytestmark = pytest.mark.system

DAY = Day.named("2026-11-20")
NIGHT = DAY.plus(4)
BUILD = f"nightly/builds/night-{NIGHT}/"
MANIFEST = f"clean/{DAY.partition}/manifest.json"
ROWS = 1_200
PATIENCE_S = 900.0
PARAMETERS = {
    "NightlyLookbackDays": "1",
    # Of films that nobody else sees there is nothing to be learnt.
    "NightlyMetricFloors": "coverage=0",
    "NightlyMetricDrops": "coverage=1",
    "NightlyPollSeconds": "1",
    "NightlyTrainingPollSeconds": "0",
    "NightlyGateLimits": "volume_failure=1000000,psi_failure=1000000,most_rejected=1",
}


@dataclass
class SparkNights:
    """A deployed stack whose nights leave everything to Spark.

    Attributes:
        code: Where the code of the runs is.
        expected: What DuckDB made: the manifest of the day, and the rows of the import.
        runs: The names of the runs that were started.
    """

    stack: LocalStack
    outputs: Mapping[str, str]
    code: str
    expected: tuple[bytes, list[str]]
    runs: list[str] = field(default_factory=list)

    def run(self, night: Day, run: Callable[[JobRun], None], attempt: str = "") -> dict[str, Any]:
        """Run a night to its end, with runs of Spark that do as is said."""

        def noted(job_run: JobRun) -> None:
            self.runs.append(str(job_run.name))
            run(job_run)

        client: Any = self.stack.client("stepfunctions")
        with emr_serverless.runs_by(noted):
            arn = client.start_execution(
                stateMachineArn=self.outputs["NightlyStateMachineArn"],
                name=f"night-{night}{attempt}",
                input=json.dumps({"night": str(night)}),
            )["executionArn"]
            deadline_s = time.monotonic() + PATIENCE_S
            while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
                assert time.monotonic() < deadline_s
                time.sleep(0.2)
        return found

    def made(self, folder: Path) -> tuple[bytes, list[str]]:
        """The manifest of the day, and the rows of the import."""
        return made_of(self.stack.client("s3"), self.outputs["ArchiveBucketName"], folder)

    def live(self) -> list[str]:
        """The versions that campaigns serve."""
        personalize: Any = self.stack.client("personalize")
        campaigns = personalize.list_campaigns()["campaigns"]
        described = [
            personalize.describe_campaign(campaignArn=each["campaignArn"]) for each in campaigns
        ]
        return [each["campaign"]["solutionVersionArn"] for each in described]


def made_of(s3: Any, bucket: str, folder: Path) -> tuple[bytes, list[str]]:
    """The manifest of the day, and the rows of the import."""
    manifest = s3.get_object(Bucket=bucket, Key=MANIFEST)["Body"].read()
    return manifest, imported_lines(s3, f"s3://{bucket}/{BUILD}interactions/", folder)


@pytest.fixture(scope="module")
def nights(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> SparkNights:
    """What DuckDB made of a night is kept and taken away, but for three clean days of four."""
    outputs = deployed(stack, {})
    s3: Any = stack.client("s3")
    bucket = outputs["ArchiveBucketName"]
    archive_rows(s3, bucket)
    answer = stack.client("lambda").invoke(
        FunctionName=outputs["BuildDatasetsFunctionName"], Payload=json.dumps({"night": str(NIGHT)})
    )
    decision = json.loads(answer["Payload"].read())
    assert decision["import"]["rows"] == ROWS, decision
    expected = made_of(s3, bucket, tmp_path_factory.mktemp("embedded"))
    for key in (*keys_in(s3, BUILD, bucket), *keys_in(s3, f"clean/{DAY.partition}/", bucket)):
        s3.delete_object(Bucket=bucket, Key=key)
    code = upload(s3, f"s3://{bucket}/code")
    spark = deployed(stack, {"Engine": "spark", "SparkCode": code})
    return SparkNights(stack, spark, code, expected)


def deployed(stack: LocalStack, engine: Mapping[str, str]) -> Mapping[str, str]:
    """The template, with an engine."""
    return stack.deploy(
        template=REPOSITORY / "template.yaml",
        stack_name="spark-nights",
        parameters={**PARAMETERS, **engine},
    )


def archive_rows(s3: Any, bucket: str, day: Day = DAY, *, packed: bool = True) -> int:
    """Rows of a day that no tracker was ever sent, as recorders leave them; the file's bytes."""
    noon_ms = day.number * DAY_MS + DAY_MS // 2
    rows = [
        a_row(
            f"{day}-{number}",
            user_id=f"user-{number % 60}",
            visit_id=f"visit-{number % 60}",
            arrived_at_ms=noon_ms + number,
            tracker="none",
        )
        for number in range(ROWS)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    key = f"interactions/{day.partition}/hh=12/shardId-0/rows.jsonl.gz"
    body = gzip.compress(text.encode(), 9 if packed else 0)
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    return len(body)


def sections_read(s3: Any, bucket: str, run: str) -> set[str]:
    """What the job of a run reads, by the names of the views."""
    key = f"nightly/jobs/{run.removeprefix('nightly-')}/job.json"
    job = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return {source["section"] for source in job["sources"] if source["files"]}


def fail(_run: JobRun) -> None:
    """What a run does that fails."""
    error = "no memory"
    raise RuntimeError(error)


def test_a_night_goes_through_spark(
    nights: SparkNights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed run leaves nothing; the next attempt makes what DuckDB made; then all is done."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", nights.stack.endpoint_url)
    pyspark = emr_serverless.by_pyspark(nights.stack.endpoint_url)

    failed = nights.run(NIGHT, fail)
    assert (failed["status"], failed["error"]) == ("FAILED", "Night.SparkFailed"), failed
    assert "no memory" in failed["cause"]
    assert (len(nights.runs), nights.live()) == (1, [])

    ended = nights.run(NIGHT, pyspark, "-2")
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["outcome"] == "accepted"
    assert nights.made(tmp_path) == nights.expected
    # The failed one again, figures, two counts of the plan, and the file: none of them twice.
    assert nights.runs[0] == nights.runs[1]
    assert len(nights.runs) == 1 + len(set(nights.runs)) == 6

    [live] = nights.live()
    assert nights.run(NIGHT, pyspark, "-3")["status"] == "SUCCEEDED"
    assert nights.run(NIGHT.plus(1), fail)["error"] == "Night.SparkFailed"
    assert len(nights.runs) == 7
    assert nights.live() == [live]


def test_by_size_a_night_does_some_jobs_itself_and_leaves_others_to_spark(
    nights: SparkNights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raw rows of a day are above the limit, for the day after as well; what is clean is not."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", nights.stack.endpoint_url)
    s3: Any = nights.stack.client("s3")
    bucket = nights.outputs["ArchiveBucketName"]
    limit = archive_rows(s3, bucket, NIGHT, packed=False) // 2
    by_size = {"Engine": "auto", "SparkCode": nights.code, "SparkFromGigabytes": f"{limit / 1e9:f}"}
    deployed(nights.stack, by_size)
    before, night = len(nights.runs), NIGHT.plus(2)

    ended = nights.run(night, emr_serverless.by_pyspark(nights.stack.endpoint_url))

    assert ended["status"] == "SUCCEEDED", ended
    # The day and the next; figures, counts of the plan and the file were made where the night is.
    read = [sections_read(s3, bucket, run) for run in nights.runs[before:]]
    assert read == [{"archive"}, {"archive"}]
    clean = s3.list_objects_v2(Bucket=bucket, Prefix="clean/")["Contents"]
    assert 0 < sum(each["Size"] for each in clean) < limit
    place = f"s3://{bucket}/nightly/builds/night-{night}/interactions/"
    assert len(imported_lines(s3, place, tmp_path)) == ROWS
