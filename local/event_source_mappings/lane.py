"""One lane of a shard: batches in order, each led to its end before the next begins."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.event_source_mappings.envelopes import fitting
from local.event_source_mappings.resolution import BatchResolution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local.event_source_mappings.checkpoint import Checkpoint
    from local.event_source_mappings.destinations import Destination
    from local.event_source_mappings.envelopes import Element
    from local.event_source_mappings.invoker import Invoker
    from local.event_source_mappings.mapping import EventSourceMapping
    from local.event_source_mappings.pace import Pace
    from local.event_source_mappings.resolution import Attempt, Discard
    from local.event_source_mappings.responses import Verdict

logger = logging.getLogger(__name__)


class Buffer:
    """Records read and not yet in a batch. One thread fills it, one empties it."""

    def __init__(self) -> None:
        self._elements: deque[Element] = deque()
        self._changed = threading.Condition()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._elements)

    def put(self, elements: Iterable[Element]) -> None:
        """Append records, in stream order."""
        with self._changed:
            self._elements.extend(elements)
            self._changed.notify()

    def close(self) -> None:
        """Wake whoever waits; `take` returns nothing from now on."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def take(self, limit: int, window_s: float) -> tuple[Element, ...]:
        """Wait for records and return a batch of them; empty only after `close`.

        The window opens with the first record and closes early when the batch is full, by count
        or by size.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._elements or self._is_closed)
            self._changed.wait_for(lambda: self._is_full(limit), window_s)
            if self._is_closed:
                return ()
            count = fitting(self._elements, limit)
            return tuple(self._elements.popleft() for _ in range(count))

    def _is_full(self, limit: int) -> bool:
        waiting = len(self._elements)
        return self._is_closed or waiting >= limit or fitting(self._elements, limit) < waiting


@dataclass(frozen=True, slots=True)
class LaneContext:
    """What every lane of one shard works with."""

    mapping: EventSourceMapping
    pace: Pace
    invoker: Invoker
    destination: Destination
    checkpoint: Checkpoint
    stopping: threading.Event
    clock: Callable[[], float] = time.time


class Lane:
    """Takes batches from its buffer and leads each to its end."""

    def __init__(self, context: LaneContext) -> None:
        self._context = context
        self.buffer = Buffer()

    def run(self) -> None:
        """Work until stopped. What is then unresolved stays before the checkpoint."""
        mapping, pace = self._context.mapping, self._context.pace
        window_s = pace.window(mapping.window_s)
        while batch := self.buffer.take(mapping.batch_size, window_s):
            self.resolve(batch)

    def resolve(self, batch: tuple[Element, ...]) -> None:
        """Invoke with the batch, and with parts of it, until every record is dealt with."""
        resolution = BatchResolution(batch, self._context.mapping.retry_policy)
        repeats = 0
        while not self._context.stopping.is_set():
            self._discard(resolution.expire(self._context.clock()))
            attempt = resolution.current
            if attempt is None:
                return
            self._try(attempt, resolution)
            repeats = repeats + 1 if _is_repeat(attempt, resolution.current) else 0
            if repeats:
                self._context.stopping.wait(self._context.pace.backoff(repeats))

    def _try(self, attempt: Attempt[Element], resolution: BatchResolution[Element]) -> None:
        """Invoke once and take note of what it did."""
        verdict = self._context.invoker.invoke(attempt.records)
        if verdict is None:
            return
        if not verdict.failed:
            self._settle(resolution.succeed())
        elif verdict.is_total:
            self._discard(resolution.fail_whole())
        else:
            taken, discard = resolution.fail_from(_first_failed(attempt, verdict))
            self._settle(taken)
            self._discard(discard)

    def _discard(self, discard: Discard[Element] | None) -> None:
        """Deliver given-up records; insist until the destination takes them or we are stopped."""
        failures = 0
        while discard is not None and not self._context.stopping.is_set():
            try:
                self._context.destination.deliver(discard, self._context.clock())
            except (BotoCoreError, ClientError):
                failures += 1
                logger.exception("the on-failure destination of %s failed", self._name)
                self._context.stopping.wait(self._context.pace.backoff(failures))
            else:
                logger.warning(
                    "%s gave up %d records: %s", self._name, len(discard.records), discard.condition
                )
                self._settle(discard.records)
                return

    def _settle(self, records: tuple[Element, ...]) -> None:
        self._context.checkpoint.settle(record.identifier for record in records)

    @property
    def _name(self) -> str:
        mapping = self._context.mapping
        return f"{mapping.source_name} -> {mapping.function_arn.rsplit(':', 1)[1]}"


def _first_failed(attempt: Attempt[Element], verdict: Verdict) -> int:
    """Return the place of the lowest failed sequence number: records are in their order."""
    failed = verdict.failed
    return next(at for at, each in enumerate(attempt.records) if each.identifier in failed)


def _is_repeat(before: Attempt[Element], after: Attempt[Element] | None) -> bool:
    """Whether the same records come again, which calls for patience; a smaller part does not."""
    return after is not None and after.records == before.records
