"""What is to be found once the load is over: in the stores, and at Personalize."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.demo.conservation import Conservation
from local.demo.stores import Stores
from local.demo.system import System
from local.personalize import TrackerCounters
from local.stack import LocalStack

_DEAD_LETTER_QUEUES: Final = ("FeedbackDeadLetterQueueUrl", "MetadataDeadLetterQueueUrl")
# Longer than it takes to read them all, so that none is received twice.
_UNSEEN_S: Final = 600


@dataclass(frozen=True, slots=True)
class Findings:
    """All evidence.

    Attributes:
        held: Event ids of what Personalize would train on.
        records: Columns of the users and items that Personalize has, by id.
        dead_letters: Bodies of the messages that were given up.
        failed_batches: How many batches of the stream were put aside.
        conservation: The account of the archive as an operator draws it up, who has no ledger.
    """

    stores: Stores
    held: frozenset[str]
    records: Mapping[str, Mapping[str, Any]]
    counters: TrackerCounters
    dead_letters: tuple[bytes, ...]
    failed_batches: int
    conservation: Conservation


def find(stack: LocalStack, system: System) -> Findings:
    """Gather all evidence of a deployed stack."""
    conservation = system.conservation()  # before dead letters are hidden for long
    stores = system.stores()
    dead_letters = tuple(_dead_letters(system.client, system.outputs))
    emulator, outputs = stack.personalize, system.outputs
    held = (each.event_id for each in emulator.interactions(system.dataset_group_arn))
    records = {
        record.record_id: record.columns
        for output in ("UsersDatasetArn", "ItemsDatasetArn")
        for record in emulator.records(outputs[output])
    }
    return Findings(
        stores=stores,
        held=frozenset(event_id for event_id in held if event_id),
        records=records,
        counters=system.counters(),
        dead_letters=dead_letters,
        failed_batches=_objects(system.client("s3"), outputs["FailedBatchesBucketName"]),
        conservation=conservation,
    )


def _dead_letters(client: Callable[[str], Any], outputs: Mapping[str, str]) -> Iterator[bytes]:
    sqs = client("sqs")
    for output in _DEAD_LETTER_QUEUES:
        while messages := sqs.receive_message(
            QueueUrl=outputs[output], MaxNumberOfMessages=10, VisibilityTimeout=_UNSEEN_S
        ).get("Messages"):
            yield from (message["Body"].encode() for message in messages)


def _objects(s3: Any, bucket: str) -> int:  # noqa: ANN401 -- boto3
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return sum(page.get("KeyCount", 0) for page in pages)
