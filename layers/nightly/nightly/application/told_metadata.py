"""What was told of users and items: messages in the archive, and what stood when they were read."""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ingestion.domain.dataset import Dataset
from ingestion.domain.message import Message
from ingestion.domain.metadata_record import MetadataRecord

from nightly.application.foreign_files import plain_chunks
from nightly.domain.days import Day
from nightly.domain.errors import UnusableError
from nightly.domain.metadata_rows import SchemaColumns
from nightly.ports import Storage

STANDING: Final = "metadata/standing.jsonl.gz"
_FORMAT: Final = 1
_KINDS: Final = frozenset({"profile", "catalogue"})
# An activity that names neither is not worth parsing.
_MARKS: Final = (b"profile", b"catalogue")
# Raw objects can come into the partition of a day when that is over: an outage, drained later.
_LOOKBACK_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """What stood when the archive was last read, under these columns.

    Attributes:
        through: The last day that was read; None if none was.
    """

    columns: Sequence[str]
    through: Day | None = None
    records: tuple[MetadataRecord, ...] = ()


def read_standing(archive: Storage, schemas: Iterable[SchemaColumns]) -> Standing:
    """Read what stood.

    Under other columns than now, all messages that are still there are read again: they may have
    told what had no column then.

    Raises:
        UnusableError: It is none of ours.
    """
    columns = [_described(schema) for schema in schemas]
    content = archive.get(STANDING)
    if content is None:
        return Standing(columns)
    head, *rows = [json.loads(line) for line in gzip.decompress(content).splitlines()]
    if head.get("format") != _FORMAT:
        error = f"{STANDING} has another format"
        raise UnusableError(error)
    records = tuple(MetadataRecord(Dataset(row[0]), *row[1:]) for row in rows)
    through = None if head["through"] is None else Day.named(head["through"])
    return Standing(columns, through if head["columns"] == columns else None, records)


def write_standing(archive: Storage, standing: Standing) -> None:
    """Keep what stands, in one piece."""
    through = None if standing.through is None else str(standing.through)
    head = {"format": _FORMAT, "through": through, "columns": standing.columns}
    ordered = sorted(standing.records, key=lambda record: record.subject)
    rows: list[object] = [head]
    rows += [(r.dataset, r.record_id, r.properties, r.occurred_at_ms) for r in ordered]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    archive.put(STANDING, gzip.compress(text.encode(), 6, mtime=0))


def told_days(archive: Storage, through: Day | None) -> Sequence[Day]:
    """The days of arrival whose messages have to be read."""
    first = Day(0) if through is None else through.plus(-_LOOKBACK_DAYS)
    names = (name for name in archive.folders("activities/") if name.startswith("dt="))
    days = (Day.named(name.removeprefix("dt=")) for name in names)
    return [day for day in days if day >= first]


def told_messages(archive: Storage, days: Iterable[Day]) -> Iterator[Message]:
    """The messages of some days that are profiles or catalogue entries."""
    for day in days:
        for file in archive.files(f"activities/{day.partition}/"):
            for line in _lines(plain_chunks(archive, file.key)):
                if any(mark in line for mark in _MARKS):
                    yield from _message(json.loads(line))


def _message(row: Mapping[str, Any]) -> Iterator[Message]:
    """None of a body that is no text, or not of these kinds: the recorder has rejected it."""
    body = row.get("body", "")
    if _kind_of(body) in _KINDS:
        yield Message(row["id"], row["origin"], body.encode(), row["arrived_at_ms"])


def _kind_of(body: str) -> object:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    kind: object = document.get("kind") if isinstance(document, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return kind if isinstance(kind, str) else None


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    kept = b""
    for chunk in chunks:
        *whole, kept = (kept + chunk).split(b"\n")
        yield from whole
    if kept:
        yield kept


def _described(schema: SchemaColumns) -> str:
    names = (f"{name}{'' if name in schema.required else '?'}" for name in schema.names)
    return f"{schema.dataset}: {','.join(names)}"
