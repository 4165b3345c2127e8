"""The functions of the night as the template configures them, over the local stack's S3."""

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from nightly.command_line import main

from local.stack import LocalStack
from tests.integration.conftest import REPOSITORY
from tests.support.nightly import lines_of
from tests.support.nights_in_a_stack import (
    NIGHT,
    PARAMETERS,
    archive_evenings,
    imported_lines,
    rebuild_into,
    second_group,
)
from tests.support.s3 import keys_in

STACK_NAME = "nights"
# S3 lists a thousand objects at most in one answer.
MANY = 1001

type Invoke = Callable[[str, Mapping[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive as a folder."""
    return tmp_path_factory.mktemp("recorded")


@pytest.fixture(scope="module")
def outputs(stack: LocalStack, recorded: Path) -> Mapping[str, str]:
    """A system with some evenings in its archive, in more objects than one answer lists."""
    outputs = stack.deploy(
        template=REPOSITORY / "template.yaml", stack_name=STACK_NAME, parameters=PARAMETERS
    )
    bucket = outputs["ArchiveBucketName"]
    archive_evenings(stack.client("s3"), bucket, recorded)
    [first, *_] = keys_in(stack.client("s3"), "interactions/", bucket)
    for number in range(MANY):
        key = f"{first.rpartition('/')[0]}/0-{number}.jsonl.gz"
        stack.client("s3").put_object(Bucket=bucket, Key=key, Body=gzip.compress(b""))
    return outputs


@pytest.fixture(scope="module")
def invoke(stack: LocalStack, outputs: Mapping[str, str]) -> Invoke:
    """Invoke a function of the night by its name in the outputs."""

    def answer(function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        found = stack.client("lambda").invoke(
            FunctionName=outputs[f"{function}FunctionName"], Payload=json.dumps(event)
        )
        text = found["Payload"].read()
        assert "FunctionError" not in found, text
        return json.loads(text)

    return answer


def test_the_archive_becomes_the_file_of_an_import(
    stack: LocalStack, outputs: Mapping[str, str], invoke: Invoke, recorded: Path, tmp_path: Path
) -> None:
    """The same as the command makes of the same archive in a folder; and again the same."""
    s3, bucket = stack.client("s3"), outputs["ArchiveBucketName"]
    target = second_group(stack.client("personalize"), "nights-v2", outputs)
    decision = invoke("BuildDatasets", rebuild_into(target))
    assert decision["outcome"] == "go", decision
    written = {
        found["Key"]: found["LastModified"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for found in page["Contents"]
    }
    assert invoke("BuildDatasets", rebuild_into(target)) == decision
    for key in keys_in(s3, "clean/", bucket) + keys_in(s3, "nightly/", bucket):
        assert s3.head_object(Bucket=bucket, Key=key)["LastModified"] == written[key]
    out = str(tmp_path / "out")
    built = ["build", "--archive", str(recorded), "--out", out, "--context-columns", "DEVICE_TYPE"]
    assert main(built) == 0
    expected = lines_of(tmp_path / "out")
    found = imported_lines(s3, decision["import"]["location"], tmp_path / "found")
    assert found == expected
    assert decision["import"]["rows"] == len(expected) > 0


def test_a_night_is_reported(stack: LocalStack, outputs: Mapping[str, str], invoke: Invoke) -> None:
    """From the decision to the page, as the state machine goes through it."""
    decision = invoke("BuildDatasets", {"night": NIGHT, "train": "always"})
    assert (decision["outcome"], decision["train"]) == ("go", True)
    version = {"night": NIGHT, "build": decision["build"], "solution_version_arn": "arn"}
    metrics = {"normalized_discounted_cumulative_gain_at_25": 0.3, "coverage": 0.2}
    judged = invoke("JudgeVersion", version | {"metrics": metrics, "live_metrics": None})
    assert judged["accepted"] is True
    training = {"solution_version_arn": "arn", "metrics": metrics, "judgement": judged}
    told = {"step": "finished", "outcome": "accepted", "reasons": judged["reasons"]}
    night = {"night": NIGHT, "build": decision["build"]}
    answer = invoke("ReportNight", night | told | {"training": training, "import": None})
    key = answer["report"].removeprefix(f"s3://{outputs['ArchiveBucketName']}/")
    assert key in keys_in(stack.client("s3"), "nightly/", outputs["ArchiveBucketName"])
    assert answer["subject"] == f"Night {NIGHT}: a new version is live"
