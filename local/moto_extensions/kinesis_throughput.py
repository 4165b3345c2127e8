"""The throughput one shard has, as token buckets: what a producer or a reader gets throttled by.

Limits: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
(1 MiB/s and 1,000 records/s in; 2 MiB/s and 5 calls/s out).
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from local.token_bucket import TokenBucket

_MIB: Final = 1024 * 1024
WRITE_RECORDS_PER_S: Final = 1_000
WRITE_BYTES_PER_S: Final = _MIB
READ_CALLS_PER_S: Final = 5
READ_BYTES_PER_S: Final = 2 * _MIB


class ShardThroughput:
    """The four limits of one shard. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._written_records = TokenBucket(WRITE_RECORDS_PER_S, clock)
        self._written_bytes = TokenBucket(WRITE_BYTES_PER_S, clock)
        self._reads = TokenBucket(READ_CALLS_PER_S, clock)
        self._read_bytes = TokenBucket(READ_BYTES_PER_S, clock)

    def admits_write(self, size_bytes: int) -> bool:
        """Book one record of `size_bytes` (data and partition key), unless it does not fit."""
        with self._lock:
            fits = self._written_records.holds(1) and self._written_bytes.holds(size_bytes)
            if fits:
                self._written_records.take(1)
                self._written_bytes.take(size_bytes)
            return fits

    def admits_read(self) -> bool:
        """Book one GetRecords call, unless it comes too soon or earlier answers were too large."""
        with self._lock:
            fits = self._reads.holds(1) and self._read_bytes.holds(0)
            if fits:
                self._reads.take(1)
            return fits

    def book_read(self, size_bytes: int) -> None:
        """Charge the bytes of an answer; the calls after a large one are refused for a while."""
        with self._lock:
            self._read_bytes.take(size_bytes)
