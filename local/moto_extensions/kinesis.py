"""Kinesis as AWS behaves, where moto does otherwise.

What moto 5.2 does and what would hide our faults:

* after a reshard it goes on writing to the closed parent (the first shard whose range fits wins),
  moves records on a split and copies them on a merge;
* a closed shard never ends: `NextShardIterator` stays set, `ChildShards` is missing;
* sequence numbers are 1, 2, 3 in every shard, so they collide between shards;
* `GetShardIterator` by `StreamARN` alone gives an iterator that no call accepts;
* `GetRecords` looks at all records of the shard, `PutRecord` is not safe under threads;
* nothing is ever throttled.
"""

import binascii
import hashlib
import threading
import time
from bisect import bisect_left, bisect_right
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, Final, cast

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.kinesis import models, utils
from moto.kinesis.exceptions import (
    InvalidArgumentError,
    RecordSizeExceedsLimit,
    ResourceNotFoundError,
    TooManyRecords,
    TotalRecordsSizeExceedsLimit,
)
from moto.kinesis.models import KinesisBackend, Record, Shard, Stream
from moto.kinesis.responses import KinesisResponse

from local.moto_extensions.kinesis_throughput import ShardThroughput
from local.moto_extensions.patching import replace_attribute

# Numbers of AWS have 56 digits because their 186th bit, the layout's version, is set.
_SEQUENCE_NUMBER_VERSION: Final = 1 << 185
_SHARD_BITS: Final = 16
# https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
_MAX_RECORDS_PER_READ: Final = 10_000
_MAX_BYTES_PER_READ: Final = 10 * 1024 * 1024
# https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html (moto's values)
_MAX_RECORDS_PER_WRITE: Final = 500
_MAX_BYTES_PER_WRITE: Final = 5 * 1024 * 1024
_MAX_RECORD_BYTES: Final = 1024 * 1024
_ITERATOR_PARTS: Final = 3


class ThroughputExceededError(JsonRESTError):
    """The shard took or gave as much as it can in this second."""

    ERROR_CODE: Final = "ProvisionedThroughputExceededException"

    def __init__(self, shard_id: str, stream: Stream) -> None:
        super().__init__(
            self.ERROR_CODE,
            f"Rate exceeded for shard {shard_id} in stream {stream.stream_name} "
            f"under account {stream.account_id}.",
        )


class LocalShard(Shard):
    """A shard that keeps its records for good, in order, under growing sequence numbers.

    moto's own dictionary `records` stays empty: what moto moves or copies when it splits or merges
    is what it finds there, and on AWS the records stay in the closed shard.
    """

    def __init__(  # noqa: PLR0913 - moto's signature and the switch
        self,
        shard_id: int,
        starting_hash: int,
        ending_hash: int,
        parent: str | None = None,
        adjacent_parent: str | None = None,
        *,
        limited: bool = False,
    ) -> None:
        super().__init__(shard_id, starting_hash, ending_hash, parent, adjacent_parent)
        self.throughput = ShardThroughput() if limited else None
        self._lock = threading.Lock()
        self._kept: list[Record] = []
        self._last_tick_ns = time.time_ns()
        self._opened = self._sequence_number()

    def _sequence_number(self) -> int:
        tick = self._last_tick_ns << _SHARD_BITS
        return _SEQUENCE_NUMBER_VERSION | tick | self._shard_id

    def put_record(self, partition_key: str, data: str, explicit_hash_key: str) -> str:
        """Append a record (base64 text) and say under which sequence number."""
        with self._lock:
            self._last_tick_ns = max(self._last_tick_ns + 1, time.time_ns())
            number = self._sequence_number()
            record = cast("Record", Record(partition_key, data, number, explicit_hash_key))
            self._kept.append(record)
            return str(number)

    def get_records(
        self, last_sequence_id: str, limit: int | None
    ) -> tuple[list[Record], int, int]:
        """Read what comes after a sequence number.

        Returns:
            The records, the number to go on from, and how many milliseconds the last of them lies
            behind the newest one.
        """
        kept = self._kept
        position = int(last_sequence_id)
        first = bisect_right(kept, position, key=attrgetter("sequence_number"))
        records = _within_answer(kept[first : first + (limit or _MAX_RECORDS_PER_READ)])
        if not records:
            return [], position, 0
        behind_s = kept[-1].created_at - records[-1].created_at
        return records, records[-1].sequence_number, int(behind_s * 1000)

    def get_min_sequence_number(self) -> int:
        """Give the number the shard begins with, which it has before its first record."""
        return self._opened

    def get_max_sequence_number(self) -> int:
        """Give the number of the last record, or the one the shard began with."""
        return self._kept[-1].sequence_number if self._kept else self._opened

    def get_sequence_number_at(self, at_timestamp: float | datetime) -> int:
        """Give the number before the first record that is not older than a time."""
        epoch_s = at_timestamp.timestamp() if isinstance(at_timestamp, datetime) else at_timestamp
        first = bisect_left(self._kept, epoch_s, key=attrgetter("created_at"))
        return self._kept[first - 1].sequence_number if first else 0

    def waiting_after(self, position: int) -> tuple[int, float | None]:
        """Count what comes after a sequence number.

        Returns:
            How many records, and when the first of them was put, epoch seconds.
        """
        kept = self._kept
        first = bisect_right(kept, position, key=attrgetter("sequence_number"))
        left = len(kept) - first
        return left, kept[first].created_at if left else None

    def is_finished_at(self, position: int) -> bool:
        """Say whether the shard is closed and `position` is its last record or behind it."""
        return not self.is_open and (not self._kept or position >= self.get_max_sequence_number())


def _within_answer(records: list[Record]) -> list[Record]:
    """Keep what fits the 10 MiB of one answer, and at least one record."""
    size_bytes = 0
    for count, record in enumerate(records):
        size_bytes += _size_bytes(record.data, record.partition_key)
        if count and size_bytes > _MAX_BYTES_PER_READ:
            return records[:count]
    return records


def _size_bytes(data: str, partition_key: str) -> int:
    """Size a record as the limits do; `data` is base64, four characters for three bytes."""
    return len(data) * 3 // 4 - data.count("=", -2) + len(partition_key.encode())


class LocalStream(Stream):
    """A stream that writes to open shards only, one writer or resharder at a time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - moto's arguments, handed on
        self._writes = threading.RLock()
        super().__init__(*args, **kwargs)

    def get_shard_for_key(self, partition_key: str, explicit_hash_key: str) -> Shard | None:
        """Find the open shard whose range holds a key; ranges include their end."""
        super().get_shard_for_key(partition_key, explicit_hash_key)
        if explicit_hash_key:
            hashed = int(explicit_hash_key)
        else:
            hashed = int(hashlib.md5(partition_key.encode(), usedforsecurity=False).hexdigest(), 16)
        return next(
            shard
            for shard in self.shards.values()
            if shard.is_open and shard.starting_hash <= hashed <= shard.ending_hash
        )

    def put_record(self, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
        """Write one record.

        Returns:
            Its sequence number and its shard's id.

        Raises:
            ThroughputExceededError: The shard has no throughput left in this second.
        """
        with self._writes:
            shard = cast("LocalShard", self.get_shard_for_key(partition_key, explicit_hash_key))
            throughput = shard.throughput
            if throughput and not throughput.admits_write(_size_bytes(data, partition_key)):
                raise ThroughputExceededError(shard.shard_id, self)
            return shard.put_record(partition_key, data, explicit_hash_key), shard.shard_id

    def split_shard(self, shard_to_split: str, new_starting_hash_key: str) -> None:
        """Split a shard while nobody writes, so that nothing lands in a shard read to its end."""
        with self._writes:
            super().split_shard(shard_to_split, new_starting_hash_key)

    def merge_shards(self, shard_to_merge: str, adjacent_shard_to_merge: str) -> None:
        """Merge two shards while nobody writes."""
        with self._writes:
            super().merge_shards(shard_to_merge, adjacent_shard_to_merge)

    def children_of(self, shard_id: str) -> list[dict[str, Any]]:
        """List the shards that took over from a closed one, as `ChildShards` has them."""
        return [
            {
                "ShardId": shard.shard_id,
                "ParentShards": [p for p in (shard.parent, shard.adjacent_parent) if p],
                "HashKeyRange": shard.to_json()["HashKeyRange"],
            }
            for shard in self.shards.values()
            if shard_id in {shard.parent, shard.adjacent_parent}
        ]


def install(*, throughput_limits: bool = False) -> None:
    """Repair Kinesis for the whole process; once is enough, twice does no harm.

    Args:
        throughput_limits: Throttle each new shard as AWS does. Off by default: a demo or a test
            that writes faster than one shard takes would otherwise have to wait.
    """
    replace_attribute(models, "Shard", partial(LocalShard, limited=throughput_limits))
    replace_attribute(models, "Stream", LocalStream)
    replace_attribute(KinesisBackend, "get_shard_iterator", _get_shard_iterator)
    replace_attribute(KinesisBackend, "put_records", _put_records)
    replace_attribute(KinesisResponse, "get_records", _get_records)


def _get_shard_iterator(  # noqa: PLR0913, PLR0917 - moto's signature
    self: KinesisBackend,
    stream_arn: str | None,
    stream_name: str | None,
    shard_id: str,
    shard_iterator_type: str,
    starting_sequence_number: int,
    at_timestamp: datetime,
) -> str:
    """Give an iterator that names its stream even when the caller gave only the ARN."""
    stream = self.describe_stream(stream_arn, stream_name)
    if shard_id not in stream.shards:
        message = (
            f"Shard {shard_id} in stream {stream.stream_name} "
            f"under account {self.account_id} does not exist"
        )
        raise ResourceNotFoundError(message)
    return utils.compose_new_shard_iterator(
        stream.stream_name,
        stream.shards[shard_id],
        shard_iterator_type,
        starting_sequence_number,
        at_timestamp,
    )


def _get_records(self: KinesisResponse) -> ActionResult:
    """Answer GetRecords, with an end for closed shards."""
    stream, shard, position = _read_iterator(self)
    if shard.throughput and not shard.throughput.admits_read():
        raise ThroughputExceededError(shard.shard_id, stream)
    records, position, behind_ms = shard.get_records(str(position), self._get_param("Limit"))
    if shard.throughput:
        shard.throughput.book_read(sum(_size_bytes(r.data, r.partition_key) for r in records))
    answer: dict[str, Any] = {
        "Records": [record.to_json() for record in records],
        "MillisBehindLatest": behind_ms,
    }
    if shard.is_finished_at(position):
        answer["ChildShards"] = stream.children_of(shard.shard_id)
    else:
        answer["NextShardIterator"] = utils.compose_shard_iterator(
            stream.stream_name, shard, position
        )
    return ActionResult(answer)


def _read_iterator(response: KinesisResponse) -> tuple[LocalStream, LocalShard, int]:
    """Take an iterator apart.

    Raises:
        InvalidArgumentError: It is not one of ours (moto would answer with a fault of its own).
    """
    try:
        parts = utils.decompose_shard_iterator(response._get_param("ShardIterator"))  # noqa: SLF001 - moto's own way to read a parameter
    except (binascii.Error, UnicodeDecodeError):
        parts = []
    if len(parts) != _ITERATOR_PARTS:
        message = "Invalid ShardIterator."
        raise InvalidArgumentError(message)
    stream = response.kinesis_backend.describe_stream(None, parts[0])
    shard = stream.get_shard(parts[1])
    return cast("LocalStream", stream), cast("LocalShard", shard), int(parts[2])


def _put_records(
    self: KinesisBackend, stream_arn: str, stream_name: str, records: list[dict[str, Any]]
) -> dict[str, Any]:
    """Write records one by one; a throttled one fails alone, as on AWS."""
    stream = self.describe_stream(stream_arn, stream_name)
    sizes_bytes = [_size_bytes(record["Data"], record["PartitionKey"]) for record in records]
    _check_sizes(sizes_bytes)
    answers = [_put_one(stream, record) for record in records]
    self._send_stream_metrics(
        stream.stream_name, incoming_bytes=sum(sizes_bytes), incoming_records=len(records)
    )
    failed = sum("ErrorCode" in answer for answer in answers)
    return {"FailedRecordCount": failed, "Records": answers}


def _check_sizes(sizes_bytes: list[int]) -> None:
    """Refuse what moto refuses: too many records, one too large, or too much together."""
    if len(sizes_bytes) > _MAX_RECORDS_PER_WRITE:
        raise TooManyRecords
    if sum(sizes_bytes) > _MAX_BYTES_PER_WRITE:
        raise TotalRecordsSizeExceedsLimit
    for position, size_bytes in enumerate(sizes_bytes, start=1):
        if size_bytes > _MAX_RECORD_BYTES:
            raise RecordSizeExceedsLimit(position=position)


def _put_one(stream: Stream, record: dict[str, Any]) -> dict[str, str]:
    """Write one of several records and describe what became of it."""
    try:
        sequence_number, shard_id = stream.put_record(
            record["PartitionKey"], record.get("ExplicitHashKey") or "", record["Data"]
        )
    except ThroughputExceededError as error:
        return {"ErrorCode": error.ERROR_CODE, "ErrorMessage": error.message}
    return {"SequenceNumber": sequence_number, "ShardId": shard_id}
