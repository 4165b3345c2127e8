"""The operator's `failed-batches redrive`, with a function that is not behind Lambda's API."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from operations.envelopes import Record, record_id
from operations.failed_batches import FailedBatchRedrive, S3FailedBatches
from operations.journal import S3Journal
from operations.ports import FunctionFailedError
from operations.tally import Tally
from tests.faults.shard import Shard
from tests.support.operations import FakeProgress, a_delivery
from tests.support.s3 import BUCKET

if TYPE_CHECKING:
    from operations.clients import Clients

FAILED_BATCHES = "failed-batches"


@dataclass(frozen=True, slots=True)
class ShardDoor:
    """Invokes the function of a shard, and reads the answer as Lambda does."""

    shard: Shard

    def deliver(self, use_case: str, records: Sequence[Record]) -> Collection[str]:
        """Hand over records; see the port."""
        assert use_case == "record_playback"
        result = self.shard.invoke(json.dumps({"Records": list(records)}).encode())
        if result.function_error is not None:
            raise FunctionFailedError(result.function_error)
        failed = {
            each["itemIdentifier"] for each in json.loads(result.payload)["batchItemFailures"]
        }
        return failed & {record_id(record) for record in records}


def redrive(client: Callable[[str], Any], shard: Shard, *, again: bool = False) -> Tally:
    """Give back what lies in the bucket, as the command does: its run, bucket and journal."""
    clients = cast("Clients", client)  # which gives the client of a service by its name
    return FailedBatchRedrive(
        batches=S3FailedBatches(clients, FAILED_BATCHES),
        journal=S3Journal(clients, BUCKET),
        use_case_of=lambda _arn: "record_playback",
        delivery=a_delivery(ShardDoor(shard)),
        again=again,
    ).run(FakeProgress())
