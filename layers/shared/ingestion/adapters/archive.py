"""The archive in S3: compressed JSON Lines, partitioned by the hour of arrival.

    activities/dt=2026-11-24/hh=09/<origin>/<first id>-<last id>.jsonl.gz   exactly once
    interactions/dt=2026-11-24/hh=09/<content id>.jsonl.gz                  at least once a tracker
    rejections/dt=2026-11-24/hh=09/<content id>.jsonl.gz                    at least once

No key is ever made of what a message says. The hour is that of the source's clock, so a retry
cannot move an object; names come from ids alone, so a retry writes the same object.
"""

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from pydantic_core import to_json

from ingestion.domain.archive import ActivityBatch, activity_row, body_fields
from ingestion.domain.hour import Hour
from ingestion.domain.rejection import RefusedInteractions, Rejection

if TYPE_CHECKING:
    from ingestion.domain.interaction_row import InteractionRow

# Level 1 costs half the CPU of level 6 and a quarter more bytes; the nightly build compacts.
_GZIP_LEVEL: Final = 1


class Bucket(Protocol):
    """A bucket, as the archive needs it; see `boto3_bucket` and `signed_bucket`."""

    def put(self, key: str, body: bytes, doing: str) -> None:
        """Write an object, whatever stood there.

        Raises:
            TransientError, MisconfiguredError: By `fault_codes`; `doing` says what failed.
        """
        ...

    def put_if_absent(self, key: str, body: bytes, *, sha256: str, doing: str) -> bool:
        """Write an object unless there is one of that name; raises as `put`.

        A reply can be lost after the object was written; whoever tries again is told that it
        exists. So "exists" is a question about its content, not a fault.

        Args:
            key: Its name.
            body: Its content.
            sha256: Hash of what it means, kept with the object: compression may change its bytes.
            doing: For texts of errors.

        Returns:
            Whether the object there now has this hash, be it since an earlier attempt.
        """
        ...


class S3ActivityArchive:
    """Raw activities: a conditional write under a name that only these messages can have."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def store(self, batch: ActivityBatch) -> bool:
        """Keep a batch once; see the port."""
        lines = _json_lines(activity_row(message) for message in batch.messages)
        digest = hashlib.sha256(lines).hexdigest()
        prefix = f"activities/{_partition(batch.arrived_at_ms)}/{batch.name}"
        if self._put_if_absent(f"{prefix}.jsonl.gz", lines, digest):
            return True
        self._put_if_absent(f"{prefix}-{digest[:16]}.jsonl.gz", lines, digest)
        return False

    def _put_if_absent(self, key: str, lines: bytes, digest: str) -> bool:
        body = _compressed(lines)
        return self._bucket.put_if_absent(key, body, sha256=digest, doing="archive activities")


class S3InteractionArchive:
    """Normalised interactions: one object for each hour of arrival in a batch."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def store(self, rows: "Sequence[InteractionRow]", tracker: str) -> None:
        """Keep rows; see the port."""
        hours = _by_hour(rows, lambda row: row.received.message.arrived_at_ms)
        for partition, group in hours.items():
            ids = (f"{r.interaction.event_id}@{r.interaction.version}" for r in group)
            # With the tracker, or a retry after a switch would overwrite whom it was sent to first.
            name = _content_id([f"to {tracker}", *ids])
            self._bucket.put(
                f"interactions/{partition}/{name}.jsonl.gz",
                _compressed(_json_lines(row.as_dict(tracker) for row in group)),
                "archive interactions",
            )


class S3RejectionStore:
    """Rejected messages with their reason and bytes, as `recorded_by` saw them."""

    def __init__(self, bucket: Bucket, recorded_by: str) -> None:
        self._bucket = bucket
        self._recorded_by = recorded_by

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Keep rejections; see the port."""
        hours = _by_hour(rejections, lambda rejection: rejection.message.arrived_at_ms)
        for partition, group in hours.items():
            name = _content_id(rejection.id for rejection in group)
            self._bucket.put(
                f"rejections/{partition}/{name}.jsonl.gz",
                _compressed(_json_lines(self._row(rejection) for rejection in group)),
                "store rejections",
            )

    def _row(self, rejection: Rejection) -> dict[str, Any]:
        message = rejection.message
        return {
            "rejection_id": rejection.id,
            "reason": rejection.reason,
            "detail": rejection.detail,
            "recorded_by": self._recorded_by,
            "origin": message.origin,
            "id": message.id,
            "arrived_at_ms": message.arrived_at_ms,
            **_refused_fields(rejection.refused),
            **body_fields(message.body),
            **({"common": message.common.decode()} if message.common else {}),
        }


def _refused_fields(refused: RefusedInteractions | None) -> dict[str, Any]:
    if refused is None:
        return {}
    return {
        "refused_event_ids": list(refused.event_ids),
        "refused_from_ms": refused.from_ms,
        "refused_until_ms": refused.until_ms,
    }


def _partition(arrived_at_ms: int) -> str:
    return Hour.of(arrived_at_ms).partition


def _by_hour[T](items: Iterable[T], arrived_at_ms: Callable[[T], int]) -> Mapping[str, list[T]]:
    hours: defaultdict[Hour, list[T]] = defaultdict(list)
    for item in items:
        hours[Hour.of(arrived_at_ms(item))].append(item)
    return {hour.partition: group for hour, group in hours.items()}


def _content_id(ids: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:32]


def _json_lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(to_json(row) + b"\n" for row in rows)


def _compressed(lines: bytes) -> bytes:
    return gzip.compress(lines, _GZIP_LEVEL, mtime=0)
