"""Failed batches: what Lambda gave up after six days, back to the function that could not take it.

The object is Lambda's invocation record with the whole event under `payload`
(https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from ingestion.adapters.aws_errors import translated
from ingestion.adapters.failed_batches import REDRIVEN_BATCH
from ingestion.domain.hour import Hour

from operations.clients import Clients
from operations.envelopes import Record, batches
from operations.ports import Journal, Progress, Redriven
from operations.redelivery import Redelivery
from operations.tally import End, Tally

_PREFIX = "aws/lambda/"
# It names its objects by the borders of a batch, so a batch must stay whole (ADR 0006).
_WHOLE = "archive_activity"


@dataclass(frozen=True, slots=True)
class FailedBatch:
    """One object, unread.

    Attributes:
        hour: When Lambda wrote it.
    """

    key: str
    hour: Hour
    size: int


@dataclass(frozen=True, slots=True)
class InvocationRecord:
    """What the object says.

    Attributes:
        function_arn: Who could not take it.
        condition: Why Lambda gave it up.
        records: Those of the event, as they were.
    """

    function_arn: str
    condition: str
    records: Sequence[Record]


class FailedBatches(Protocol):
    """The bucket of failed batches."""

    def listed(self) -> Iterable[FailedBatch]:
        """All there are; errors as of the archive."""
        ...

    def read(self, batch: FailedBatch) -> bytes:
        """What one says; errors as of the archive."""
        ...


class S3FailedBatches:
    """Failed batches in S3; see the port."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self._clients = clients
        self._bucket = bucket

    def listed(self) -> Iterator[FailedBatch]:
        """All there are, in order of their keys."""
        pages = self._clients("s3").get_paginator("list_objects_v2")
        with translated("list failed batches"):
            for page in pages.paginate(Bucket=self._bucket, Prefix=_PREFIX):
                for found in page.get("Contents", ()):
                    at_ms = round(found["LastModified"].timestamp() * 1000)
                    yield FailedBatch(found["Key"], Hour.of(at_ms), found["Size"])

    def read(self, batch: FailedBatch) -> bytes:
        """What one says."""
        with translated("read a failed batch"):
            return self._clients("s3").get_object(Bucket=self._bucket, Key=batch.key)["Body"].read()


def invocation_record(text: bytes) -> InvocationRecord | None:
    """What an object says; None when it is no invocation record with its event."""
    try:
        document = json.loads(text)
        payload = document["payload"]
        event = json.loads(payload) if isinstance(payload, str) else payload
        context = cast("Mapping[str, Any]", document["requestContext"])
        records = [record for record in event["Records"] if "kinesis" in record]
        return InvocationRecord(context["functionArn"], context["condition"], records)
    except (ValueError, KeyError, TypeError):
        return None


@dataclass
class FailedBatchRedrive:
    """One run over failed batches; counted in records.

    Attributes:
        use_case_of: The use case of a function of this stack, by its ARN; None for others.
        delivery: None for a dry run.
        again: Whether to give back even what was given back before.
    """

    batches: FailedBatches
    journal: Journal
    use_case_of: Callable[[str], str | None]
    delivery: Redelivery | None
    again: bool = False
    tally: Tally = field(default_factory=Tally)

    def run(self, progress: Progress) -> Tally:
        """Give back what there is; in order of the keys, so of a shard in order of time.

        Raises:
            TransientError, MisconfiguredError: The buckets or a function.
        """
        found = list(self.batches.listed())
        done = self.done(found)
        progress.begin(len(found))
        for batch in found:
            self._redrive(batch, is_done=batch.key in done and not self.again)
            progress.step(batch.hour.partition)
        return self.tally

    def done(self, found: Iterable[FailedBatch]) -> set[str]:
        """The keys of those that were given back before."""
        hours = {batch.hour for batch in found}
        notes = (each for hour in hours for each in self.journal.done(hour))
        return {each.key for each in notes if each.kind == REDRIVEN_BATCH}

    def _redrive(self, batch: FailedBatch, *, is_done: bool) -> None:
        told = invocation_record(self.batches.read(batch))
        if told is None:
            return self.tally.count(End.UNFIXABLE, detail="no invocation record")
        number = len(told.records)
        use_case = self.use_case_of(told.function_arn)
        if use_case is None:
            return self.tally.count(End.UNFIXABLE, number, detail="a function of another stack")
        if is_done or self.delivery is None:
            return self.tally.count(End.SKIPPED if is_done else End.REDRIVEN, number)
        failed = self._deliver(self.delivery, use_case, told.records)
        self.tally.count(End.REDRIVEN, number - failed)
        self.tally.count(End.FAILED, failed)
        if not failed:
            self.journal.note(batch.hour, [Redriven(REDRIVEN_BATCH, batch.key)])
        return None

    @staticmethod
    def _deliver(delivery: Redelivery, use_case: str, records: Sequence[Record]) -> int:
        if use_case == _WHOLE:
            return len(delivery.deliver(use_case, records, is_whole=True))
        return sum(len(delivery.deliver(use_case, some)) for some in batches(records))
