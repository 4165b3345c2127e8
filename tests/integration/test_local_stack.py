"""The stack as a whole: one process, one port, and what it promises about both."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.server import InspectableApplication, LocalServer
from local.stack import LocalStack, StackAlreadyRunningError
from tests.integration.conftest import REPOSITORY, FunctionLog

type WriteProject = Callable[..., Path]

PATIENCE_S = 30.0

KEEP = """
    import base64
    import os

    import boto3

    def lambda_handler(event, context):
        s3 = boto3.client("s3")
        for record in event["Records"]:
            kinesis = record["kinesis"]
            data = base64.b64decode(kinesis["data"])
            s3.put_object(Bucket=os.environ["BUCKET"], Key=kinesis["sequenceNumber"], Body=data)
"""
KEEP_TEMPLATE = """
    Resources:
      Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
      Bucket: {Type: AWS::S3::Bucket}
      KeepFunction:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.13
          CodeUri: functions/keep
          Handler: handler.lambda_handler
          Timeout: 10
          Environment: {Variables: {BUCKET: !Ref Bucket}}
          Events:
            Stream:
              Type: Kinesis
              Properties:
                Stream: !GetAtt Stream.Arn
                StartingPosition: TRIM_HORIZON
    Outputs:
      Stream: {Value: !Ref Stream}
      Bucket: {Value: !Ref Bucket}
"""
REFUSE = """
    def lambda_handler(event, context):
        print("looking at", event["item"])
        raise ValueError("not that one")
"""
REFUSE_TEMPLATE = """
    Resources:
      RefuseFunction:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.13
          CodeUri: functions/refuse
          Handler: handler.lambda_handler
    Outputs:
      Name: {Value: !Ref RefuseFunction}
"""


def test_a_record_reaches_a_function_through_the_pump(
    stack: LocalStack, write_project: WriteProject
) -> None:
    """Put to a stream, read by the mapping, handled by a process, stored in S3."""
    outputs = _deploy(stack, write_project(KEEP_TEMPLATE, keep=KEEP))

    stack.client("kinesis").put_record(
        StreamName=outputs["Stream"], Data=b"watched", PartitionKey="viewer"
    )

    _wait_until(lambda: _objects(stack, outputs["Bucket"]) == [b"watched"])
    _wait_until(stack.mappings.idle)


def test_nothing_is_lost_or_repeated_over_a_reshard(
    stack: LocalStack, write_project: WriteProject
) -> None:
    """Records before, between and after a split and a merge all arrive, once each."""
    kinesis = stack.client("kinesis")
    outputs = _deploy(stack, write_project(KEEP_TEMPLATE, keep=KEEP))

    for shards in (2, 1):
        _put_viewers(stack, outputs["Stream"], f"before {shards}")
        kinesis.update_shard_count(
            StreamName=outputs["Stream"],
            TargetShardCount=shards,
            ScalingType="UNIFORM_SCALING",
        )
        _put_viewers(stack, outputs["Stream"], f"after {shards}")

    _wait_until(stack.mappings.idle)
    kept = [data.decode() for data in _objects(stack, outputs["Bucket"])]
    moments = ("before 2", "after 2", "before 1", "after 1")
    assert sorted(kept) == sorted(f"{moment} {viewer}" for moment in moments for viewer in range(9))


def test_invoking_through_the_api_runs_the_code(
    stack: LocalStack, write_project: WriteProject, function_log: FunctionLog
) -> None:
    """The caller gets the function's own error and the end of its log; the sink gets the log."""
    name = _deploy(stack, write_project(REFUSE_TEMPLATE, refuse=REFUSE))["Name"]

    answer = stack.client("lambda").invoke(
        FunctionName=name, Payload=b'{"item": "42"}', LogType="Tail"
    )

    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "ValueError"
    assert (name, "looking at 42") in function_log


def test_an_event_invocation_is_accepted_and_runs_later(
    stack: LocalStack, write_project: WriteProject, function_log: FunctionLog
) -> None:
    """The caller waits for nothing."""
    name = _deploy(stack, write_project(REFUSE_TEMPLATE, refuse=REFUSE))["Name"]

    answer = stack.client("lambda").invoke(
        FunctionName=name, Payload=b'{"item": "43"}', InvocationType="Event"
    )

    assert answer["StatusCode"] == 202
    _wait_until(lambda: (name, "looking at 43") in function_log)


def test_a_function_that_came_another_way_cannot_be_invoked(stack: LocalStack) -> None:
    """Nobody runs it, and the error is one of Lambda's."""
    name = f"function-{uuid.uuid4()}"
    stack.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    stack.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="handler.lambda_handler",
        Role=f"arn:aws:iam::123456789012:role/{name}",
        Code={"ZipFile": b"never unpacked"},
    )

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        stack.client("lambda").invoke(FunctionName=name, Payload=b"{}")


def test_an_empty_object_can_be_put(stack: LocalStack) -> None:
    """boto3 expects "100 Continue" even before no content."""
    bucket = f"bucket-{uuid.uuid4()}"
    stack.client("s3").create_bucket(Bucket=bucket)

    stack.client("s3").put_object(Bucket=bucket, Key="empty", Body=b"")

    assert _objects(stack, bucket) == [b""]


def test_metadata_of_an_object_keeps_its_name(stack: LocalStack) -> None:
    """In lower case, as S3 gives it back: the archive recognises its own objects by it."""
    s3, bucket = stack.client("s3"), f"bucket-{uuid.uuid4()}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="object", Body=b"content", Metadata={"sha256": "digest"})

    assert s3.head_object(Bucket=bucket, Key="object")["Metadata"] == {"sha256": "digest"}


def test_connections_are_kept(stack: LocalStack) -> None:
    """Two requests go through one connection."""
    connection = http.client.HTTPConnection(stack.endpoint_url.removeprefix("http://"))
    connection.request("GET", "/_local/health")
    first = connection.getresponse()
    first.read()
    socket = connection.sock
    connection.request("GET", "/_local/health")
    second = connection.getresponse()
    second.read()

    assert (first.status, second.status) == (200, 200)
    assert connection.sock is socket
    connection.close()


def test_the_pages_show_what_is_going_on(stack: LocalStack) -> None:
    """Health, the pump and what reached Personalize, as JSON."""
    counters = _page(stack, "personalize/counters")

    assert _page(stack, "health") == {"status": "ok"}
    assert set(_page(stack, "mappings")) == {"idle"}
    assert counters["unknownTrackers"]["calls"] >= 0


def test_an_unknown_page_names_the_known_ones(stack: LocalStack) -> None:
    """A misspelt page helps on."""
    connection = http.client.HTTPConnection(stack.endpoint_url.removeprefix("http://"))
    connection.request("GET", "/_local/heath")
    answer = connection.getresponse()

    assert answer.status == 404
    assert "/_local/health" in json.load(answer)["pages"]
    connection.close()


def test_there_is_one_stack_per_process(stack: LocalStack) -> None:
    """A second one would share moto's state with the first, so it is refused."""
    assert stack.endpoint_url

    with pytest.raises(StackAlreadyRunningError):
        LocalStack.start()


def test_a_port_is_not_shared(stack: LocalStack) -> None:
    """Starting on a port that is taken fails instead of answering every other request."""
    port = int(stack.endpoint_url.rsplit(":", 1)[1])

    with pytest.raises(OSError, match="in use"):
        LocalServer(InspectableApplication(), host="127.0.0.1", port=port)


def test_nothing_but_moto_port_is_in_the_environment(stack: LocalStack) -> None:
    """Clients get endpoint and keys as arguments, so the process keeps its own environment."""
    port = stack.endpoint_url.rsplit(":", 1)[1]

    assert [key for key, value in os.environ.items() if port in value] == ["MOTO_PORT"]


def test_the_command_line_starts_describes_and_stops(tmp_path: Path) -> None:
    """`up` prints what to paste, `env` serves `sam local`, and SIGTERM frees the port."""
    (tmp_path / "functions/refuse").mkdir(parents=True)
    (tmp_path / "functions/refuse/handler.py").write_text("def lambda_handler(e, c): pass\n")
    template = tmp_path / "template.yaml"
    template.write_text(_undented(REFUSE_TEMPLATE))

    with _command_line("up", "--port", "0", "--template", str(template)) as up:
        described = _read_until(up, "/_local/personalize/counters")
        port = described.split("http://127.0.0.1:", 1)[1].split(" ", 1)[0]
        with _command_line("env", "--endpoint-url", f"http://127.0.0.1:{port}") as env:
            variables = json.loads(env.communicate(timeout=PATIENCE_S)[0])
        up.send_signal(signal.SIGTERM)
        assert up.wait(timeout=PATIENCE_S) == 0

    assert f"export AWS_ENDPOINT_URL=http://127.0.0.1:{port}" in described
    assert variables["RefuseFunction"]["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{port}"
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(f"127.0.0.1:{port}").connect()


def _undented(template: str) -> str:
    lines = template.removeprefix("\n").splitlines()
    return "\n".join(["Transform: AWS::Serverless-2016-10-31", *(line[4:] for line in lines)])


def _deploy(stack: LocalStack, template: Path) -> Any:
    return stack.deploy(template=template, stack_name=f"stack-{uuid.uuid4().hex[:12]}")


def _objects(stack: LocalStack, bucket: str) -> list[bytes]:
    s3 = stack.client("s3")
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return [s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in listed]


def _put_viewers(stack: LocalStack, stream: str, moment: str) -> None:
    answer = stack.client("kinesis").put_records(
        StreamName=stream,
        Records=[
            {"Data": f"{moment} {viewer}".encode(), "PartitionKey": f"viewer-{viewer}"}
            for viewer in range(9)
        ],
    )
    assert answer["FailedRecordCount"] == 0


def _page(stack: LocalStack, name: str) -> Any:
    with urllib.request.urlopen(f"{stack.endpoint_url}/_local/{name}") as page:  # noqa: S310 - our own address
        return json.load(page)


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.02)


@contextmanager
def _command_line(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `python -m local` as a person would; it does not outlive the test."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "local", *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _read_until(process: subprocess.Popen[str], end: str) -> str:
    """Read a process's output up to a line that contains `end`."""
    assert process.stdout is not None
    read: list[str] = []
    for line in process.stdout:
        read.append(line)
        if end in line:
            return "".join(read)
    raise AssertionError("".join(read))
