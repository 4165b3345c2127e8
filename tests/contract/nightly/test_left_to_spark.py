"""The function with its real adapters, in a stack where Spark does the jobs."""

import json

import pytest

from tests.support.functions import function_world
from tests.support.s3 import BUCKET
from tests.support.variables import SPARK

EVENT = {"night": "2026-11-21", "asked": "auto", "train": "auto", "attempt": "one"}
ROWS = "interactions/dt=2026-11-20/hh=12/shardId-0/rows.jsonl.gz"


@pytest.mark.parametrize(
    "variables", [{"ENGINE": "spark"}, {"ENGINE": "auto", "SPARK_FROM_GB": "0.000002"}]
)
def test_a_job_is_named_for_whoever_starts_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """The same for every attempt; and stored in the archive, with what the template says."""
    with function_world(monkeypatch, **SPARK, **variables) as world:
        world.s3.put_object(Bucket=BUCKET, Key=ROWS, Body=bytes(2_000))
        told = world.invoke("build_datasets", EVENT)
        assert (told["outcome"], told["build"]) == ("spark", "night-2026-11-21")
        request = told["request"]
        assert request["applicationId"] == SPARK["SPARK_APPLICATION_ID"]
        assert request["executionRoleArn"] == SPARK["SPARK_JOB_ROLE_ARN"]
        submit = request["jobDriver"]["sparkSubmit"]
        assert submit["entryPoint"] == f"{SPARK['SPARK_CODE']}spark_job.py"
        key = submit["entryPointArguments"][0].removeprefix(f"s3://{BUCKET}/")
        stored = json.loads(world.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
        assert stored["sources"][0]["files"] == [f"s3://{BUCKET}/{ROWS}"]
        assert world.invoke("build_datasets", EVENT | {"attempt": "two"}) == told
