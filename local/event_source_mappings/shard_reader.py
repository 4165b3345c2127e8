"""Reads one shard from where it should begin to its end, and deals its records out to lanes."""

from __future__ import annotations

import logging
import threading
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from local.event_source_mappings.envelopes import Element, stream_element
from local.event_source_mappings.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.event_source_mappings.invoker import Activity
    from local.event_source_mappings.lane import LaneContext

logger = logging.getLogger(__name__)

# GetRecords returns at most this many.
# https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
MAX_PAGE: Final = 10_000
# How many batches a lane may have waiting before its shard is read no further.
BATCHES_AHEAD: Final = 2


@dataclass(frozen=True, slots=True)
class ShardSource:
    """Where a shard's records come from.

    `start` holds the arguments of GetShardIterator for a shard without a checkpoint.
    """

    kinesis: Any
    shard_id: str
    start: Mapping[str, Any]
    role_arn: str


class ShardReader:
    """One thread that reads, and one for each lane."""

    def __init__(self, source: ShardSource, context: LaneContext, activity: Activity) -> None:
        self._source = source
        self._context = context
        self._activity = activity
        self.lanes = [Lane(context) for _ in range(context.mapping.lanes)]
        # One GetRecords at a time: the reading thread and `is_drained` share the iterator.
        self._reading = threading.Lock()
        self._iterator: str | None = None
        self._last_read = context.checkpoint.position
        self._is_at_end = False
        self._is_caught_up = False
        self._failures = 0
        self._threads = [threading.Thread(target=self._run, name="shard-reader", daemon=True)]
        self._threads += [
            threading.Thread(target=lane.run, name="shard-lane", daemon=True) for lane in self.lanes
        ]

    def start(self) -> None:
        """Begin to read."""
        for thread in self._threads:
            thread.start()

    def release(self) -> None:
        """End the lanes, once nothing more is to come or when all is to stop."""
        for lane in self.lanes:
            lane.buffer.close()

    def join(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic) for the threads to end."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    @property
    def is_finished(self) -> bool:
        """Whether the shard is closed and every record in it has been dealt with."""
        return self._is_at_end and not self._context.checkpoint.open_records

    def is_drained(self) -> bool:
        """Look again, and return whether everything put until now has been dealt with."""
        if self._context.checkpoint.open_records or self.read_page():
            return False
        # Asked last: the reading thread may have dealt out a page since the first look.
        return self._is_caught_up and not self._context.checkpoint.open_records

    def _run(self) -> None:
        while not self._context.stopping.is_set() and not self._is_at_end:
            if self.is_crowded or not self.read_page():
                self._context.stopping.wait(self._pause())

    def _pause(self) -> float:
        pace = self._context.pace
        return pace.backoff(self._failures) if self._failures else pace.poll_s

    @property
    def is_crowded(self) -> bool:
        """Whether lanes have enough waiting, so that the shard is read no further for now."""
        limit = BATCHES_AHEAD * self._context.mapping.batch_size
        return any(len(lane.buffer) >= limit for lane in self.lanes)

    def read_page(self) -> int:
        """Read once and deal out; return how many records there were."""
        with self._reading:
            try:
                page = self._get_records()
            except (BotoCoreError, ClientError) as error:
                # Throttled, expired iterator, server trouble: begin again after the last read.
                self._note_failure(error)
                return 0
            self._failures = 0
            self._accept(page)
            return len(page["Records"])

    def _get_records(self) -> Mapping[str, Any]:
        if self._is_at_end:
            return {"Records": [], "MillisBehindLatest": 0}
        if self._iterator is None:
            self._iterator = self._find_iterator()
        mapping = self._context.mapping
        limit = min(mapping.batch_size * mapping.lanes, MAX_PAGE)
        return self._source.kinesis.get_records(ShardIterator=self._iterator, Limit=limit)

    def _find_iterator(self) -> str:
        start = dict(self._source.start)
        if self._last_read is not None:
            start = {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "StartingSequenceNumber": self._last_read,
            }
        name = self._context.mapping.source_name
        answer = self._source.kinesis.get_shard_iterator(
            StreamName=name, ShardId=self._source.shard_id, **start
        )
        return answer["ShardIterator"]

    def _note_failure(self, error: Exception) -> None:
        self._iterator = None
        self._is_caught_up = False
        self._failures += 1
        logger.warning("reading %s failed: %s", self._source.shard_id, error)

    def _accept(self, page: Mapping[str, Any]) -> None:
        records = page["Records"]
        if records:
            self._activity.note()
            self._last_read = records[-1]["SequenceNumber"]
            self._deal([self._element(record) for record in records])
        self._iterator = page.get("NextShardIterator")
        self._is_at_end = self._is_at_end or self._iterator is None
        self._is_caught_up = not page.get("MillisBehindLatest")

    def _element(self, record: Mapping[str, Any]) -> Element:
        return stream_element(
            record,
            shard_id=self._source.shard_id,
            mapping=self._context.mapping,
            role_arn=self._source.role_arn,
        )

    def _deal(self, elements: Sequence[Element]) -> None:
        """Give each record to the lane of its partition key, and settle what filters leave out."""
        checkpoint = self._context.checkpoint
        checkpoint.add(element.identifier for element in elements)
        hands: list[list[Element]] = [[] for _ in self.lanes]
        for element in elements:
            if self._context.mapping.filters.passes(element.envelope):
                hands[_lane_of(element.lane_key, len(hands))].append(element)
            else:
                checkpoint.settle([element.identifier])
        for lane, hand in zip(self.lanes, hands, strict=True):
            lane.buffer.put(hand)


def _lane_of(key: str, lanes: int) -> int:
    # Not `hash`: that is salted per process, and a test should meet the same lanes each time.
    return zlib.crc32(key.encode()) % lanes
