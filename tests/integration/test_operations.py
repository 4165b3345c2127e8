"""The operator's commands against the local stack, each run as a person runs it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ingestion.domain.message import Message

from local.connection import connection_variables
from local.stack import LocalStack
from operations.__main__ import main
from operations.envelopes import record_of
from tests.integration.conftest import REPOSITORY
from tests.support.builders import a_playback, a_reaction, progress, totals
from tests.support.functions import metadata_of, trained_on
from tests.support.metadata import a_profile
from tests.support.s3 import keys_in, rows_in

STACK_NAME = "operations-template"
PATIENCE_S = 60.0
DAY_MS = 86_400_000
FROM = datetime.fromtimestamp(time.time() - 7200, UTC).isoformat()


@pytest.fixture(scope="module")
def outputs(stack: LocalStack) -> Mapping[str, str]:
    """What the deployed template gives out; likes are sent at once."""
    return stack.deploy(
        template=REPOSITORY / "template.yaml",
        stack_name=STACK_NAME,
        parameters={"SettleDelaySeconds": "0"},
    )


@pytest.fixture
def operate(
    stack: LocalStack,
    outputs: Mapping[str, str],  # noqa: ARG001  -- deployed first
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """Run a command and give what it printed."""
    for name, value in _variables(stack).items():
        monkeypatch.setenv(name, value)

    def operate(*arguments: str, status: int = 0) -> str:
        found = main(["--stack", STACK_NAME, *arguments])
        captured = capsys.readouterr()
        assert found == status, captured.out + captured.err
        return captured.out + captured.err

    return operate


def test_what_a_schema_rejected_is_mended_and_recorded_at_its_time(
    stack: LocalStack, outputs: Mapping[str, str], operate: Callable[..., str], tmp_path: Path
) -> None:
    """Rejected, seen, mended by a file, recorded; again changes nothing (F43, F46)."""
    now_ms = _now_ms()
    body = _watched("renamed", "film-1", now_ms - 60_000) | {"sent_at_ms": now_ms}
    body["userId"] = body.pop("user_id")
    _put(stack, outputs, body)
    _wait_until(stack.mappings.idle)
    (rejection,) = _rejections(stack, outputs, "extra_forbidden: playback")
    fix = tmp_path / "fix.jsonl"
    fix.write_text(
        json.dumps(
            {
                "when": {"detail": "extra_forbidden*", "fields": {"/item_id": "film-1"}},
                "then": [{"op": "rename", "path": "/userId", "to": "user_id"}],
            }
        )
    )
    select = ("rejections", "redrive", "--reason", "schema", "--fix", str(fix))

    listed = operate("rejections", "list", "--reason", "schema")
    shown = operate("rejections", "show", rejection["rejection_id"])
    dry = operate(*select, "--dry-run")
    assert rejection["rejection_id"][:16] in listed
    assert "renamed" not in listed + shown
    assert "renamed" in operate("rejections", "show", rejection["rejection_id"], "--body")
    assert _counts(dry) == {"found": 1, "redriven": 1}
    assert not _of("renamed", stack, outputs)
    assert _counts(operate(*select)) == {"found": 1, "redriven": 1}
    once = _of("renamed", stack, outputs)
    assert {row["event_type"] for row in once} == {"Click", "Watch"}
    assert {row["timestamp"] for row in once} == {_corrected_s(rejection, body)}
    assert _counts(operate(*select)) == {"found": 1, "skipped": 1}
    assert _counts(operate(*select, "--again")) == {"found": 1, "redriven": 1}
    assert _of("renamed", stack, outputs) == once


def test_a_redrive_that_was_killed_goes_on_where_it_was(
    stack: LocalStack, outputs: Mapping[str, str], operate: Callable[..., str], tmp_path: Path
) -> None:
    """SIGKILL in the middle, then once more: everything is recorded once (F46)."""
    now_ms = _now_ms()
    users = [f"killed-{n}" for n in range(24)]
    bodies = [_watched(user, "film-2", now_ms - 60_000) | {"debug": True} for user in users]
    _put(stack, outputs, *bodies)
    _wait_until(stack.mappings.idle)
    fix = tmp_path / "fix.json"
    steps = [{"op": "remove", "path": "/debug"}]
    rule = {"when": {"fields": {"/item_id": "film-2"}}, "then": steps}
    fix.write_text(json.dumps([rule]))
    select = ("rejections", "redrive", "--detail", "extra", "--fix", str(fix), "--from", FROM)
    before = len(_journal(stack, outputs))

    with _command(stack, *select, "--messages-per-second", "12") as process:
        _wait_until(lambda: len(_journal(stack, outputs)) > before)
        process.kill()
    noted = len(_journal(stack, outputs)) - before
    assert 0 < noted < len(users)

    account = _counts(operate(*select, "--messages-per-second", "1000"))
    assert account["skipped"] >= noted
    assert account["skipped"] + account["redriven"] == account["found"]
    for user in users:
        assert [row["event_type"] for row in _of(user, stack, outputs)] == ["Click", "Watch"]


def test_a_failed_batch_is_recorded_at_the_time_when_it_happened(
    stack: LocalStack, outputs: Mapping[str, str], operate: Callable[..., str]
) -> None:
    """Six days late, in full and not as of today; a second time changes nothing (F41)."""
    arrived_ms = _now_ms() - 6 * DAY_MS
    body = _watched("outage", "film-3", arrived_ms - 60_000) | {"sent_at_ms": arrived_ms}
    message = Message("4" * 56, "shardId-000000000007", json.dumps(body).encode(), arrived_ms)
    function = outputs["RecordPlaybackFunctionName"]
    told = {
        "requestContext": {
            "functionArn": f"arn:aws:lambda:us-east-1:123456789012:function:{function}",
            "condition": "RecordAgeExceeded",
        },
        "payload": {"Records": [record_of(message)]},
    }
    stack.client("s3").put_object(
        Bucket=outputs["FailedBatchesBucketName"],
        Key="aws/lambda/uuid/shardId-000000000007/2026/11/24/one",
        Body=json.dumps(told).encode(),
    )

    assert "RecordAgeExceeded" in operate("failed-batches", "list")
    assert _counts(operate("failed-batches", "redrive")) == {"found": 1, "redriven": 1}
    assert _counts(operate("failed-batches", "redrive")) == {"found": 1, "skipped": 1}
    recorded = _of("outage", stack, outputs)
    assert [row["event_type"] for row in recorded] == ["Click", "Watch"]
    assert {row["timestamp"] for row in recorded} == {(arrived_ms - 60_000) // 1000}


def test_dead_letters_go_to_their_function(
    stack: LocalStack, outputs: Mapping[str, str], operate: Callable[..., str]
) -> None:
    """What failed too often is recorded, and the queue is empty (F44)."""
    like = a_reaction(user_id="patient", item_id="film-4", occurred_at_ms=_now_ms() - 1000)
    profile = a_profile(user_id="patient", occurred_at_ms=_now_ms() - 1000)
    for url, body in (
        ("FeedbackDeadLetterQueueUrl", like),
        ("MetadataDeadLetterQueueUrl", profile),
    ):
        stack.client("sqs").send_message(QueueUrl=outputs[url], MessageBody=json.dumps(body))

    assert _counts(operate("dlq", "redrive", "--dry-run")) == {"found": 2, "redriven": 2}
    assert _counts(operate("dlq", "redrive")) == {"found": 2, "redriven": 2}
    assert _counts(operate("dlq", "redrive")) == {"found": 0}
    (row,) = _of("patient", stack, outputs)
    assert (row["event_type"], row["item_id"]) == ("Like", "film-4")
    users = metadata_of(stack.personalize, outputs["DatasetGroupArn"])["users"]
    assert "patient" in {user["id"] for user in users}


def test_the_archive_is_played_again(
    stack: LocalStack, outputs: Mapping[str, str], operate: Callable[..., str]
) -> None:
    """Rows that were lost come back the same; Personalize trains on nothing twice."""
    now_ms = _now_ms()
    foreign = _segment_batch("foreign", now_ms - 100_000)
    _put(stack, outputs, _watched("replayed", "film-5", now_ms - 60_000), foreign)
    like = a_reaction(user_id="replayed", item_id="film-5", occurred_at_ms=now_ms - 1000)
    stack.client("sqs").send_message(
        QueueUrl=outputs["FeedbackQueueUrl"], MessageBody=json.dumps(like)
    )
    _wait_until(stack.mappings.idle)
    s3, bucket = stack.client("s3"), outputs["ArchiveBucketName"]
    before = _event_ids(stack, outputs)
    trained_before = trained_on(stack.personalize, outputs["DatasetGroupArn"])
    for key in keys_in(s3, "interactions/", bucket):
        s3.delete_object(Bucket=bucket, Key=key)
    span = ("--from", FROM)

    dry = _counts(operate("replay", *span, "--dry-run"))
    assert not _event_ids(stack, outputs)
    rows_only = _counts(operate("replay", *span))
    again = _counts(operate("replay", *span))
    restored = _event_ids(stack, outputs)
    sent = _counts(operate("replay", *span, "--put-events"))

    assert restored == before
    assert {kind for _, kind in restored} == {"Click", "Watch", "Like"}
    assert dry == rows_only
    assert again == {"found": rows_only["found"], "skipped": rows_only["found"]}
    assert sent["found"] == rows_only["found"]
    assert trained_on(stack.personalize, outputs["DatasetGroupArn"]) == trained_before


def test_what_is_wrong_is_said_in_a_sentence(operate: Callable[..., str]) -> None:
    """No traceback for a wrong name, a wrong file or a wrong time."""
    no_bucket = operate("--name", "ArchiveBucketName=nothing-here", "rejections", "list", status=3)
    no_stack = operate("--stack", "no-such-stack", "rejections", "list", status=3)
    no_file = operate("rejections", "redrive", "--fix", "nowhere.json", status=3)
    no_moment = operate("replay", "--from", "yesterday", status=2)
    assert "NoSuchBucket" in no_bucket
    assert "no stack 'no-such-stack'" in no_stack
    assert "nowhere.json" in no_file
    assert "no moment" in no_moment


def _corrected_s(rejection: Mapping[str, Any], body: Mapping[str, Any]) -> int:
    late_ms: int = body["sent_at_ms"] - body["occurred_at_ms"]
    return (rejection["arrived_at_ms"] - late_ms) // 1000


def _variables(stack: LocalStack) -> dict[str, str]:
    return connection_variables(stack.endpoint_url)


def _command(stack: LocalStack, *arguments: str) -> subprocess.Popen[str]:
    """Run a command in a process of its own, which can be killed."""
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "operations", "--stack", STACK_NAME, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **_variables(stack)},
        stdout=subprocess.PIPE,
        text=True,
    )


def _counts(printed: str) -> dict[str, int]:
    """The account that a command printed; what was found is the sum of the rest."""
    lines = [line.split() for line in printed.splitlines()]
    begins = next(n for n, words in enumerate(lines) if words[:1] == ["found"])
    account: dict[str, int] = {}
    for words in lines[begins:]:
        if len(words) != 2 or not words[1].isdigit():
            break
        account[words[0]] = int(words[1])
    assert account["found"] == sum(n for name, n in account.items() if name != "found")
    return account


def _watched(user: str, item: str, at_ms: int, **fields: Any) -> dict[str, Any]:
    """A playback that crosses from nothing over the thresholds of click and watch."""
    before = progress(0.0, start=None)
    return a_playback(
        user_id=user,
        item_id=item,
        activity_id=f"{user}-{item}",
        playback_id=f"{user}-{item}",
        visit_id=f"visit-{user}",
        occurred_at_ms=at_ms,
        elapsed_ms=70_000,
        totals=totals(60.0),
        before=before,
        **fields,
    )


def _segment_batch(user: str, began_ms: int) -> dict[str, Any]:
    """A minute of watching, in moments, in one batch."""
    told = [
        ("Video Content Started", 0),
        *(("Video Content Playing", s) for s in range(10, 70, 10)),
    ]
    calls = [
        {
            "type": "track",
            "event": event,
            "messageId": f"{user}-{position}",
            "userId": user,
            "anonymousId": f"visit-{user}",
            "timestamp": _iso(began_ms + position * 1000),
            "properties": {
                "session_id": f"session-{user}",
                "asset_id": "film-6",
                "position": position,
                "total_length": 100,
            },
        }
        for event, position in told
    ]
    return {"batch": calls, "sentAt": _iso(began_ms + 70_000)}


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat().replace("+00:00", "Z")


def _journal(stack: LocalStack, outputs: Mapping[str, str]) -> list[dict[str, Any]]:
    return rows_in(stack.client("s3"), "redrives/", outputs["ArchiveBucketName"])


def _event_ids(stack: LocalStack, outputs: Mapping[str, str]) -> set[tuple[str, str]]:
    rows = rows_in(stack.client("s3"), "interactions/", outputs["ArchiveBucketName"])
    # The failed batch of another test was never archived.
    return {(row["event_id"], row["event_type"]) for row in rows if row["user_id"] != "outage"}


def _put(stack: LocalStack, outputs: Mapping[str, str], *bodies: Mapping[str, Any]) -> None:
    records = [
        {"Data": json.dumps(body).encode(), "PartitionKey": str(body.get("user_id"))}
        for body in bodies
    ]
    answer = stack.client("kinesis").put_records(
        StreamName=outputs["ActivityStreamName"], Records=records
    )
    assert not answer["FailedRecordCount"]


def _of(user: str, stack: LocalStack, outputs: Mapping[str, str]) -> list[dict[str, Any]]:
    """What a training would see of a user."""
    rows = trained_on(stack.personalize, outputs["DatasetGroupArn"])
    return [row for row in rows if row["user_id"] == user]


def _rejections(
    stack: LocalStack, outputs: Mapping[str, str], detail: str
) -> Sequence[dict[str, Any]]:
    rows = rows_in(stack.client("s3"), "rejections/", outputs["ArchiveBucketName"])
    return [row for row in rows if row["detail"] == detail]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.05)
