"""The functions with their real adapters, in this process, on moto and the emulator."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from functions.archive_activity import handler as archive_activity
from functions.build_datasets import handler as build_datasets
from functions.judge_version import handler as judge_version
from functions.reconcile_archive import handler as reconcile_archive
from functions.record_feedback import handler as record_feedback
from functions.record_metadata import handler as record_metadata
from functions.record_playback import handler as record_playback
from functions.report_night import handler as report_night
from local.personalize import PersonalizeEmulator
from tests.support.lambda_context import FakeLambdaContext
from tests.support.personalize import REGION, make_datasets, make_tracker, personalize
from tests.support.s3 import BUCKET, keys_in, make_bucket, rows_in
from tests.support.variables import FEEDBACK, METADATA, NIGHT, PLAYBACK, RECONCILIATION, RECORDER

HANDLERS: dict[str, Any] = {
    "archive_activity": archive_activity.lambda_handler,
    "record_playback": record_playback.lambda_handler,
    "record_feedback": record_feedback.lambda_handler,
    "record_metadata": record_metadata.lambda_handler,
    "reconcile_archive": reconcile_archive.lambda_handler,
    "build_datasets": build_datasets.lambda_handler,
    "judge_version": judge_version.lambda_handler,
    "report_night": report_night.lambda_handler,
}
_VERDICTS_TABLE = "verdicts"
_METADATA_TABLE = "metadata"
_SETTLING_QUEUE = "settling"
_PLAYBACK_STATES_TABLE = "playback-states"
_COMMON = {
    **RECORDER,
    **PLAYBACK,
    **FEEDBACK,
    **METADATA,
    **RECONCILIATION,
    **NIGHT,
    "ARCHIVE_BUCKET": BUCKET,
    "CONTEXT_COLUMNS": "DEVICE_TYPE",
    "VERDICTS_TABLE": _VERDICTS_TABLE,
    "PLAYBACK_STATES_TABLE": _PLAYBACK_STATES_TABLE,
    "METADATA_TABLE": _METADATA_TABLE,
}


@dataclass(frozen=True)
class FunctionWorld:
    """Functions, and what they left behind."""

    emulator: PersonalizeEmulator
    group: str
    tracking_id: str
    s3: Any
    dynamodb: Any
    sqs: Any

    def invoke(self, function: str, event: dict[str, Any], **context: Any) -> Any:
        """Invoke a handler with a whole Lambda event; the answer must be JSON."""
        answer = HANDLERS[function](event, FakeLambdaContext(**context))
        return json.loads(json.dumps(answer))

    def interactions(self) -> list[dict[str, Any]]:
        """What a training would see, in order of time and type."""
        return trained_on(self.emulator, self.group)

    def rows(self, prefix: str) -> list[dict[str, Any]]:
        """The rows of the archive under a prefix."""
        return rows_in(self.s3, prefix)

    def keys(self) -> list[str]:
        """The keys of the archive."""
        return keys_in(self.s3)

    def metadata(self) -> dict[str, list[dict[str, Any]]]:
        """The users and items that Personalize has, by dataset; none where there are none."""
        return metadata_of(self.emulator, self.group)

    def held(self) -> int:
        """How many messages wait for the settle delay."""
        name = "ApproximateNumberOfMessagesDelayed"
        url = self.sqs.get_queue_url(QueueName=_SETTLING_QUEUE)["QueueUrl"]
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def opinions(self) -> dict[str, str]:
        """The verdicts that stand, by viewer and item."""
        items = self.dynamodb.scan(TableName=_VERDICTS_TABLE)["Items"]
        return {f"{i['viewer']['S']} {i['item_id']['S']}": i["opinion"]["S"] for i in items}


def forget_compositions() -> None:
    """Let each function read its environment and make its clients anew, as a cold start does."""
    for root in (
        archive_activity.archiver,
        record_playback.recorder,
        record_feedback.recorder,
        record_feedback.settings,
        record_metadata.recorder,
        reconcile_archive.settings,
        reconcile_archive.reconcile,
        build_datasets.parts,
        judge_version.limits,
    ):
        root.cache_clear()


def trained_on(emulator: PersonalizeEmulator, group: str) -> list[dict[str, Any]]:
    """What a training of a dataset group would see, in order of time and type."""
    rows = [
        {
            "user_id": each.user_id,
            "item_id": each.item_id,
            "timestamp": each.timestamp,
            "event_type": each.event_type,
            "event_value": each.event_value and round(each.event_value, 4),
        }
        for each in emulator.interactions(group)
    ]
    return sorted(rows, key=lambda r: (r["timestamp"], str(r["event_type"]), r["item_id"]))


def metadata_of(emulator: PersonalizeEmulator, group: str) -> dict[str, list[dict[str, Any]]]:
    """The users and items of a dataset group, by dataset; none where there are none."""
    arn = group.replace(":dataset-group/", ":dataset/")
    return {
        name: [{"id": each.record_id} | each.columns for each in records]
        for name in ("users", "items")
        if (records := sorted(emulator.records(f"{arn}/{name.upper()}"), key=lambda r: r.record_id))
    }


@contextmanager
def function_world(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Generator[FunctionWorld]:
    """Buckets, table, queue and tracker, empty; the functions configured for them."""
    with personalize() as emulator:
        group, tracking_id = make_tracker()
        users_arn, items_arn = make_datasets(group)
        arns = {"USERS_DATASET_ARN": users_arn, "ITEMS_DATASET_ARN": items_arn}
        environment = {**_COMMON, **arns, "TRACKING_ID": tracking_id, **variables}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        s3 = boto3.client("s3", REGION)
        make_bucket(s3)
        make_bucket(s3, RECONCILIATION["FAILED_BATCHES_BUCKET"])
        dynamodb = boto3.client("dynamodb", REGION)
        make_table(dynamodb, _VERDICTS_TABLE, viewer="HASH", item_id="RANGE")
        make_table(dynamodb, _PLAYBACK_STATES_TABLE, playback_key="HASH")
        make_table(dynamodb, _METADATA_TABLE, record_id="HASH", dataset="RANGE")
        sqs = boto3.client("sqs", REGION)
        url = sqs.create_queue(QueueName=_SETTLING_QUEUE)["QueueUrl"]
        monkeypatch.setenv("SETTLING_QUEUE_URL", url)
        forget_compositions()
        yield FunctionWorld(emulator, group, tracking_id, s3, dynamodb, sqs)


def make_table(dynamodb: Any, name: str, **keys: str) -> None:
    """A table with these key attributes, all of them strings."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": n, "KeyType": k} for n, k in keys.items()],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in keys],
    )
