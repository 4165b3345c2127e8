"""The state machine of a run of Spark, on the local stack."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.emrserverless.models import JobRun
from nightly.adapters.emr_serverless import SparkJobs, SparkTarget

from local.moto_extensions import emr_serverless
from local.stack import LocalStack
from scripts.spark_code import upload
from tests.support.s3 import make_bucket
from tests.support.spark_runs import JOB, ROLE

DEFINITION = Path(__file__).parents[2] / "statemachines/spark_build.asl.json"
SUBSTITUTIONS = {"${Partition}": "aws", "${SparkPollSeconds}": "1"}

type Execute = Callable[[Callable[[JobRun], None]], dict[str, Any]]


@pytest.fixture
def execute(stack: LocalStack) -> Iterator[Execute]:
    """One execution, of which a test says what its run of Spark does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url)
        bucket = f"spark-{uuid4()}"
        make_bucket(boto3.client("s3"), bucket)
        yield lambda run: _execute(stack, bucket, run)


def _execute(stack: LocalStack, bucket: str, run: Callable[[JobRun], None]) -> dict[str, Any]:
    with emr_serverless.runs_by(run):
        application = stack.client("emr-serverless").create_application(
            name="n", releaseLabel="emr-7.9.0", type="SPARK"
        )["applicationId"]
        s3 = boto3.client("s3")
        target = SparkTarget(application, ROLE, bucket, upload(s3, f"s3://{bucket}/code"))
        definition = DEFINITION.read_text()
        for word, value in SUBSTITUTIONS.items():
            definition = definition.replace(word, value)
        sfn = stack.client("stepfunctions")
        machine = sfn.create_state_machine(name=bucket, definition=definition, roleArn=ROLE)
        request = SparkJobs(s3, target, "night").request(JOB)
        arn = sfn.start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps(request)
        )["executionArn"]
        deadline_s = time.monotonic() + 60
        while (found := sfn.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline_s
        return dict(found)


def test_a_run_is_waited_for(execute: Execute) -> None:
    """The job that is started is the one that was stored, with the code that was put there."""
    seen: list[Any] = []
    assert execute(lambda run: seen.append(run.job_driver))["status"] == "SUCCEEDED"
    submit = seen[0]["sparkSubmit"]
    assert submit["entryPoint"].partition("/code/")[0].startswith("s3://spark-")
    assert submit["sparkSubmitParameters"].endswith("/nightly.zip")


def test_a_run_that_fails_fails_the_execution(execute: Execute) -> None:
    """With what EMR Serverless says of it."""

    def fail(_run: JobRun) -> None:
        error = "no memory"
        raise RuntimeError(error)

    found = execute(fail)
    assert (found["status"], found["error"]) == ("FAILED", "SparkRunFailed")
    assert "FAILED: no memory" in found["cause"]
