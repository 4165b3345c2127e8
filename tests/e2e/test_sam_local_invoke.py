"""What `sam build` made, run by `sam local invoke` in Lambda's container on the local stack."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from nightly.command_line import main

from local.connection import connection_variables
from local.docker_bridge import route_from_containers
from local.function_variables import sam_local_variables
from local.stack import STACK_NAME, LocalStack
from scripts.sample_events import SAMPLES
from tests.support.dialects import ITEM_PATH
from tests.support.functions import trained_on
from tests.support.nightly import lines_of
from tests.support.nights_in_a_stack import (
    PARAMETERS,
    archive_evenings,
    imported_lines,
    rebuild_into,
    second_group,
)
from tests.support.s3 import keys_in

ROOT = Path(__file__).parents[2]
SAM = ROOT / ".venv-sam" / "bin" / "sam"
CASES = sorted((function, case) for function, cases in SAMPLES.items() for case in cases)
# `--skip-pull-image` where the image is there already and no registry is.
FLAGS = os.environ.get("SAM_LOCAL_FLAGS", "").split()

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class System:
    """The local stack with the template deployed, and the file that leads containers to it."""

    stack: LocalStack
    outputs: Mapping[str, str]
    variables: Path
    environment: Mapping[str, str]

    def invoke(self, function: str, event: Path) -> Any:
        """Invoke a built function in its container and give its answer."""
        command = [
            *(str(SAM), "local", "invoke", logical_id(function), "--event", str(event)),
            *("--env-vars", str(self.variables), *FLAGS),
        ]
        result = subprocess.run(  # noqa: S603  -- our own arguments
            command, cwd=ROOT, capture_output=True, text=True, check=False, env=self.environment
        )
        assert result.returncode == 0, result.stderr
        lines = result.stdout.strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    def keys(self) -> list[str]:
        """What lies in the archive."""
        return keys_in(self.stack.client("s3"), bucket=self.outputs["ArchiveBucketName"])


def logical_id(function: str) -> str:
    """The spelling of a function in the template."""
    return "".join(map(str.capitalize, function.split("_"))) + "Function"


def comparable(answer: Any) -> Any:
    """An answer without what names the stack that gave it: buckets and dataset groups."""
    if not isinstance(answer, dict):
        return answer
    bare = {name: value for name, value in answer.items() if name != "target"}
    text = re.sub(r"s3://[a-z0-9.-]+/", "s3://archive/", json.dumps(bare))
    return json.loads(re.sub(r"(night-\d{4}-\d\d-\d\d)-[0-9a-f]{8}", r"\1-group", text))


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One stack for all invocations."""
    route = route_from_containers()
    with LocalStack.start(host=route.listen_on) as stack:
        # Where the samples have what the template leaves to whoever deploys.
        parameters = {"SnowplowItemPath": ITEM_PATH, **PARAMETERS}
        outputs = stack.deploy(template=ROOT / "template.yaml", parameters=parameters)
        variables = tmp_path_factory.mktemp("sam") / "env.json"
        connection = connection_variables(
            f"http://{route.host}:{urlsplit(stack.endpoint_url).port}"
        )
        by_function = sam_local_variables(stack.client, STACK_NAME, connection)
        # The samples tell their settling queue by its name, which the template leaves to AWS.
        settling = stack.client("sqs").create_queue(QueueName="settling")["QueueUrl"]
        by_function["RecordFeedbackFunction"]["SETTLING_QUEUE_URL"] = settling
        variables.write_text(json.dumps(by_function))
        yield System(stack, outputs, variables, {**os.environ, **connection})


def _without_content_id(key: str) -> str:
    """What interactions lie under depends on the tracking id, which is another in each stack."""
    return re.sub(r"^(interactions/.*/)[^/]*(\.jsonl\.gz)$", r"\1\2", key)


@pytest.mark.parametrize(("function", "case"), CASES)
def test_sample(system: System, function: str, case: str) -> None:
    """The container answers and leaves behind what the golden test expects of the source."""
    expected = json.loads((ROOT / "tests" / "golden" / function / f"{case}.json").read_text())
    answer = system.invoke(function, ROOT / "events" / function / f"{case}.json")
    assert comparable(answer) == comparable(expected["answer"])
    assert set(expected["archive"]) <= {_without_content_id(key) for key in system.keys()}  # noqa: SIM118 - no dict
    recorded = trained_on(system.stack.personalize, system.outputs["DatasetGroupArn"])
    assert [row for row in expected["interactions"] if row not in recorded] == []


@pytest.mark.parametrize(
    ("function", "source"),
    [
        ("archive_activity", ("kinesis", "get-records")),
        ("record_playback", ("kinesis", "get-records")),
        ("record_feedback", ("sqs", "receive-message")),
        ("record_metadata", ("sqs", "receive-message", "--queue-name", "Metadata")),
    ],
)
def test_what_sam_generates_is_handled(
    system: System, function: str, source: tuple[str, ...], tmp_path: Path
) -> None:
    """`sam local generate-event` makes a message that is no activity: rejected, not a crash."""
    event = tmp_path / "event.json"
    command = [str(SAM), "local", "generate-event", *source]
    generated = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    event.write_text(generated.stdout)
    before = set(system.keys())
    answer = system.invoke(function, event)
    assert answer == (None if function == "archive_activity" else {"batchItemFailures": []})
    prefix = "activities/" if function == "archive_activity" else "rejections/"
    assert any(key.startswith(prefix) for key in set(system.keys()) - before)


def test_the_archive_becomes_the_file_of_an_import(system: System, tmp_path: Path) -> None:
    """DuckDB and its extension run from the layer, over S3, with Lambda's image around them.

    The container's Python knows nothing but the layers, its home is not writable, and nothing is
    downloaded; a command makes the same of the same archive in a folder.
    """
    s3, bucket = system.stack.client("s3"), system.outputs["ArchiveBucketName"]
    for key in system.keys():  # noqa: SIM118 - no dictionary
        s3.delete_object(Bucket=bucket, Key=key)
    archive_evenings(s3, bucket, tmp_path / "recorded")
    target = second_group(system.stack.client("personalize"), "nights-v2", system.outputs)
    event = tmp_path / "night.json"
    event.write_text(json.dumps(rebuild_into(target)))
    decision = system.invoke("build_datasets", event)
    assert decision["outcome"] == "go", decision
    found = imported_lines(s3, decision["import"]["location"], tmp_path / "found")
    recorded, out = str(tmp_path / "recorded"), str(tmp_path / "out")
    build = ["build", "--archive", recorded, "--out", out, "--context-columns", "DEVICE_TYPE"]
    assert main(build) == 0
    assert found == lines_of(tmp_path / "out")
    assert decision["import"]["rows"] == len(found) > 0
