"""The account of the archive, drawn up of what the deployed functions really left behind."""

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ingestion.domain.archive import activity_row
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message

from local.demo.imperfections import aggregated
from local.demo.tellers import segment
from local.stack import LocalStack
from tests.integration.conftest import REPOSITORY, FunctionLog
from tests.support.builders import a_comment, a_playback, a_reaction, a_start
from tests.support.performances import PLAY, Performance
from tests.support.s3 import keys_in

STACK_NAME = "reconciled"
PATIENCE_S = 60.0
HOUR_S = 3600
FOREIGN = "foreign"


@pytest.fixture(scope="module")
def outputs(stack: LocalStack) -> Mapping[str, str]:
    """A system through which some viewing and some opinions have gone."""
    outputs = stack.deploy(
        template=REPOSITORY / "template.yaml",
        stack_name=STACK_NAME,
        parameters={"SettleDelaySeconds": "1", "CommentSentiment": "true"},
    )
    _send(stack, outputs)
    _wait_until(stack.mappings.idle)
    _put(stack, outputs, _told_by_a_foreign_player(), key="one viewer")
    _put(stack, outputs, [_aggregate_with_a_comment()])
    _wait_until(stack.mappings.idle)
    return outputs


def test_the_command_finds_nothing_missing(stack: LocalStack, outputs: Mapping[str, str]) -> None:
    """Neither in the archive nor with Personalize."""
    assert outputs
    result = _reconcile(stack)
    assert result.returncode == 0, result.stdout + result.stderr
    together = next(line for line in result.stdout.splitlines() if "together" in line)
    assert together.split()[1:3] == [str(17 + len(_told_by_a_foreign_player())), "15"]
    assert "Personalize holds 15 of 15 interactions sent" in result.stdout


def test_a_lost_object_is_found(
    stack: LocalStack, outputs: Mapping[str, str], function_log: FunctionLog
) -> None:
    """By the command, which ends with 1, and by the function, whose metric has an alarm."""
    s3, bucket = stack.client("s3"), outputs["ArchiveBucketName"]
    key = keys_in(s3, "interactions/", bucket)[0]
    kept = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.delete_object(Bucket=bucket, Key=key)
    try:
        result = _reconcile(stack)
        answer = _invoke(stack, outputs)
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=kept)
    assert result.returncode == 1
    assert "unexplained: " in result.stdout
    assert sum(ends.get("unexplained", 0) for ends in answer.values()) > 0
    published = [line for _, line in function_log if '"Unexplained"' in line]
    assert any(json.loads(line)["Unexplained"] > 0 for line in published)


def test_the_function_finds_nothing_missing(stack: LocalStack, outputs: Mapping[str, str]) -> None:
    """As its schedule would invoke it, two hours after the hour."""
    answer = _invoke(stack, outputs)
    assert sum(ends.get("recorded", 0) for ends in answer.values()) == 15
    assert not any("unexplained" in ends or "unproven" in ends for ends in answer.values())


def test_a_lost_row_of_a_foreign_player_is_found(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """PlaybackStatesTable says that it was earned, so the row must be there."""
    s3, bucket = stack.client("s3"), outputs["ArchiveBucketName"]
    (key, kept), *_ = (
        (key, body)
        for key, body in _objects_in(s3, "interactions/", bucket)
        if f"{FOREIGN}:" in gzip.decompress(body).decode()
    )
    s3.delete_object(Bucket=bucket, Key=key)
    try:
        lost = _ended(_invoke(stack, outputs), "unexplained")
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=kept)
    assert lost > 0
    assert not _ended(_invoke(stack, outputs), "unexplained")


def test_a_dead_letter_has_failed_and_is_left_where_it_is(
    stack: LocalStack, outputs: Mapping[str, str]
) -> None:
    """Archived, as the recorder does first, and set aside; without its letter it is lost."""
    sqs, url = stack.client("sqs"), outputs["FeedbackDeadLetterQueueUrl"]
    like = a_reaction(user_id="u-9", activity_id="l-9", occurred_at_ms=_now_ms() - 2_000)
    sent = sqs.send_message(QueueUrl=url, MessageBody=json.dumps(like))
    queue = outputs["FeedbackQueueUrl"].rpartition("/")[2]
    message = Message(sent["MessageId"], queue, json.dumps(like).encode(), _now_ms())
    s3, bucket = stack.client("s3"), outputs["ArchiveBucketName"]
    key = f"activities/{Hour.of(message.arrived_at_ms).partition}/{queue}/{message.id}.jsonl.gz"
    row = json.dumps(activity_row(message)).encode()
    s3.put_object(Bucket=bucket, Key=key, Body=gzip.compress(row))
    try:
        assert _ended(_invoke(stack, outputs), "failed") == 1
        (letter,) = sqs.receive_message(QueueUrl=url)["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
        assert _ended(_invoke(stack, outputs), "unexplained") == 1
    finally:
        s3.delete_object(Bucket=bucket, Key=key)


def test_who_asks_for_no_stack_is_told() -> None:
    """In a line, and not in a traceback."""
    result = _run("--local", endpoint="http://127.0.0.1:9")
    assert (result.returncode, result.stderr.count("\n")) == (3, 1)


def _send(stack: LocalStack, outputs: Mapping[str, str]) -> None:
    at_ms = round(time.time() * 1000) - 2_000
    starts = [
        a_start(user_id=f"u-{n}", playback_id=f"p-{n}", activity_id=f"s-{n}", occurred_at_ms=at_ms)
        for n in range(10)
    ]
    heartbeat = a_playback(user_id="u-1", activity_id="h-1", occurred_at_ms=at_ms)
    stream = [*(json.dumps(body).encode() for body in (*starts, heartbeat)), b"{"]
    _put(stack, outputs, stream)
    said = [
        a_reaction(user_id="u-1", activity_id="l-1", occurred_at_ms=at_ms),
        a_reaction("dislike", user_id="u-2", activity_id="l-2", occurred_at_ms=at_ms),
        a_comment(
            "A wonderful film, excellent, I loved it!",
            user_id="u-3",
            activity_id="c-1",
            language="en",
            occurred_at_ms=at_ms,
        ),
    ]
    for body in said:
        stack.client("sqs").send_message(
            QueueUrl=outputs["FeedbackQueueUrl"], MessageBody=json.dumps(body)
        )


def _put(
    stack: LocalStack, outputs: Mapping[str, str], stream: Sequence[bytes], *, key: str = ""
) -> None:
    stack.client("kinesis").put_records(
        StreamName=outputs["ActivityStreamName"],
        Records=[{"Data": body, "PartitionKey": key or str(n)} for n, body in enumerate(stream)],
    )


def _told_by_a_foreign_player() -> Sequence[bytes]:
    """A viewing of 60 of 100 seconds that ended just now: worth a click and a watch."""
    told = Performance(FOREIGN, 100, (PLAY, ("watch", 60))).told(segment)
    began = datetime.now(UTC) - timedelta(seconds=100)
    return [
        json.dumps(body | {"timestamp": (began + timedelta(seconds=10 * n)).isoformat()}).encode()
        for n, body in enumerate(told)
    ]


def _aggregate_with_a_comment() -> bytes:
    """A comment where none belongs, beside a start that must not go with its words."""
    at_ms = _now_ms() - 2_000
    start = a_start(user_id="u-20", playback_id="p-20", activity_id="s-20", occurred_at_ms=at_ms)
    stray = a_comment("words", user_id="u-20", activity_id="c-20", occurred_at_ms=at_ms)
    return aggregated("u-20", [json.dumps(each).encode() for each in (start, stray)])


def _objects_in(s3: Any, prefix: str, bucket: str) -> Iterator[tuple[str, bytes]]:
    for key in keys_in(s3, prefix, bucket):
        yield key, s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def _ended(answer: Mapping[str, Mapping[str, int]], end: str) -> int:
    return sum(ends.get(end, 0) for ends in answer.values())


def _now_ms() -> int:
    return round(time.time() * 1000)


def _invoke(stack: LocalStack, outputs: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """The answers for this hour and the one before, in which the test may have begun."""
    answers: dict[str, dict[str, int]] = {}
    for hours in (2, 3):
        at = datetime.fromtimestamp(time.time() + hours * HOUR_S, UTC)
        answer = stack.client("lambda").invoke(
            FunctionName=outputs["ReconcileArchiveFunctionName"],
            Payload=json.dumps({"time": at.isoformat()}),
        )
        assert "FunctionError" not in answer
        answers |= json.loads(answer["Payload"].read())
    return answers


def _reconcile(stack: LocalStack) -> subprocess.CompletedProcess[str]:
    options = ("--local", "--settled", "--stack", STACK_NAME)
    return _run(*options, endpoint=stack.endpoint_url)


def _run(*options: str, endpoint: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  -- our own arguments
        [sys.executable, "-m", "reconcile", *options],
        cwd=REPOSITORY,
        env={"AWS_ENDPOINT_URL": endpoint, "AWS_MAX_ATTEMPTS": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def _wait_until(holds: Callable[[], Any]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s, "The functions are still at work"
        time.sleep(0.05)
