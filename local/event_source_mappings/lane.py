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
        window_s = self._context.pace.window(self._context.mapping.window_s)
        while (progress := self.begin(window_s)) is not None:
            while not (progress.is_over or self._context.stopping.is_set()):
                if pause_s := progress.step():
                    self._context.stopping.wait(pause_s)

    def begin(self, window_s: float = 0.0) -> BatchInProgress | None:
        """Wait for a batch, and begin with it; None once nothing more comes."""
        batch = self.buffer.take(self._context.mapping.batch_size, window_s)
        return BatchInProgress(batch, self._context) if batch else None


class BatchInProgress:
    """Leads one batch to its end, one thing at a time.

    It waits for nothing by itself, so that a test can drive it in a time of its own.
    """

    def __init__(self, batch: tuple[Element, ...], context: LaneContext) -> None:
        self._context = context
        self._resolution = BatchResolution(batch, context.mapping.retry_policy)
        self._given_up: Discard[Element] | None = None
        self._repeats = 0
        self._undelivered = 0

    @property
    def is_over(self) -> bool:
        """Whether every record has been processed or discarded."""
        return self._given_up is None and self._resolution.current is None

    def step(self) -> float:
        """Invoke once, or deliver once what is given up; return how long to wait then."""
        if self._given_up is None:
            self._given_up = self._resolution.expire(self._context.clock())
        attempt = self._resolution.current
        if self._given_up is not None or attempt is None:
            return self._deliver()
        self._try(attempt)
        is_repeat = _is_repeat(attempt, self._resolution.current)
        self._repeats = self._repeats + 1 if is_repeat else 0
        return self._context.pace.backoff(self._repeats) if self._repeats else 0.0

    def _try(self, attempt: Attempt[Element]) -> None:
        """Invoke once and take note of what it did."""
        verdict = self._context.invoker.invoke(attempt.records)
        if verdict is None:
            return
        if not verdict.failed:
            self._settle(self._resolution.succeed())
        elif verdict.is_total:
            self._given_up = self._resolution.fail_whole()
        else:
            taken, self._given_up = self._resolution.fail_from(_first_failed(attempt, verdict))
            self._settle(taken)

    def _deliver(self) -> float:
        """Bring given-up records to the destination; if it does not take them, once more later."""
        discard = self._given_up
        if discard is None:
            return 0.0
        try:
            self._context.destination.deliver(discard, self._context.clock())
        except (BotoCoreError, ClientError):
            self._undelivered += 1
            logger.exception("the on-failure destination of %s failed", self._name)
            return self._context.pace.backoff(self._undelivered)
        logger.warning(
            "%s gave up %d records: %s", self._name, len(discard.records), discard.condition
        )
        self._settle(discard.records)
        self._given_up, self._undelivered = None, 0
        return 0.0

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
