"""A shard that delivers a batch to a function until it has been dealt with, as Lambda does."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from samtranslator.yaml_helper import yaml_parse

from local.event_source_mappings.envelopes import Element, event, stream_element
from local.event_source_mappings.mapping import EventSourceMapping, read_mapping
from local.event_source_mappings.resolution import BatchResolution, Discard
from local.event_source_mappings.responses import Verdict, read_response
from local.lambda_runtime import InvocationResult
from tests.faults.world import REPOSITORY
from tests.support.builders import NOW_MS, a_start

_PROPERTIES: Final = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "FunctionResponseTypes",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
)
_STREAM: Final = "arn:aws:kinesis:us-east-1:123456789012:stream/activities"

type Body = dict[str, Any] | bytes


class UndrainedError(AssertionError):
    """A batch came again and again."""


@dataclass(frozen=True)
class Delivery:
    """One invocation: how many records it was given, and how many of them it did not take."""

    size: int
    failed: int
    is_total: bool


@dataclass
class Shard:
    """One lane of a shard, with the settings of the template.

    Attributes:
        before: Told the number of each delivery before it: the place to break and to heal things.
        clock: Epoch seconds, for the age of records.
    """

    mapping: EventSourceMapping
    invoke: Callable[[bytes], InvocationResult]
    before: Callable[[int], object] = id
    clock: Callable[[], float] = lambda: NOW_MS / 1000
    shard_id: str = "shardId-000000000000"
    most: int = 60
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    given_up: list[Discard[Element]] = field(default_factory=list[Discard[Element]])
    _put: int = 0

    def deliver(self, bodies: Iterable[Body]) -> None:
        """Put records and deliver them until each has been taken or given up."""
        self.deliver_elements(self.elements(bodies))

    def elements(self, bodies: Iterable[Body]) -> tuple[Element, ...]:
        """New records of the shard."""
        return tuple(map(self._element, bodies))

    def deliver_elements(self, elements: Sequence[Element]) -> None:
        """Deliver these records, which may have been delivered before."""
        resolution = BatchResolution(tuple(elements), self.mapping.retry_policy)
        for _ in range(self.most):
            if (discard := resolution.expire(self.clock())) is not None:
                self.given_up.append(discard)
            if resolution.current is None:
                return
            self._attempt(resolution)
        raise UndrainedError(self.deliveries)

    def _attempt(self, resolution: BatchResolution[Element]) -> None:
        assert resolution.current is not None
        records = resolution.current.records
        self.before(len(self.deliveries))
        verdict = self._verdict(records)
        self.deliveries.append(Delivery(len(records), len(verdict.failed), verdict.is_total))
        if not verdict.failed:
            resolution.succeed()
        elif verdict.is_total:
            resolution.fail_whole()
        else:
            at = next(n for n, each in enumerate(records) if each.identifier in verdict.failed)
            resolution.fail_from(at)

    def _verdict(self, records: Sequence[Element]) -> Verdict:
        identifiers = [record.identifier for record in records]
        result = self.invoke(event(records))
        if result.function_error is not None:
            return Verdict.total(identifiers)
        if not self.mapping.reports_item_failures:
            return Verdict()
        return read_response(result.payload, identifiers)

    def _element(self, body: Body) -> Element:
        self._put += 1
        record = {
            "SequenceNumber": f"{self._put:020d}",
            "PartitionKey": "key",
            "ApproximateArrivalTimestamp": datetime.fromtimestamp(NOW_MS / 1000, UTC),
            "Data": body if isinstance(body, bytes) else json.dumps(body).encode(),
        }
        return stream_element(record, shard_id=self.shard_id, mapping=self.mapping, role_arn="role")


@cache
def template() -> dict[str, Any]:
    """The template as it is written."""
    return yaml_parse((REPOSITORY / "template.yaml").read_text())


@cache
def mapping_of(function: str) -> EventSourceMapping:
    """The event source mapping of a function on the stream, as the template declares it."""
    logical_id = function.title().replace("_", "") + "Function"
    declared = template()["Resources"][logical_id]["Properties"]["Events"]["ActivityStream"]
    settings = {name: declared["Properties"].get(name) for name in _PROPERTIES}
    return read_mapping(
        {"UUID": function, "EventSourceArn": _STREAM, "FunctionArn": f"arn:{function}"} | settings
    )


def starts(count: int, *, prefix: str = "viewer") -> list[dict[str, Any]]:
    """The first activities of so many viewers: each earns one `Click`."""
    return [
        a_start(
            user_id=f"{prefix}-{n:03d}",
            visit_id=f"visit-{n:03d}",
            playback_id=f"playback-{n:03d}",
            activity_id=f"{prefix}-{n:03d}",
        )
        for n in range(count)
    ]


def viewers(count: int, *, prefix: str = "viewer") -> list[str]:
    """Those who told `starts`, in order of their names."""
    return [f"{prefix}-{n:03d}" for n in range(count)]


def once_there_were(deliveries: int, heal: Callable[[], object]) -> Callable[[int], object]:
    """Heal before the delivery that follows so many others."""
    return lambda number: heal() if number == deliveries else None


def wait_until(holds: Callable[[], bool], limit_s: float = 60) -> None:
    """Look again and again, for a limited time."""
    deadline_s = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.02)
