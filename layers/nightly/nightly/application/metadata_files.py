"""Users and items: what stands of them, as the files that Personalize imports.

    users/part-0.csv …   items/part-0.csv …   metadata.json   written last

What stands is decided as the recorder decides it: of each user and item the latest. Raw messages
expire, so what stands is kept beside them and read again the next time.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ingestion.domain.dataset import Dataset
from ingestion.domain.message import Message
from ingestion.domain.metadata_record import (
    MetadataRecord,
    MetadataRules,
    derive_metadata,
)
from ingestion.domain.rejection import Rejection

from nightly.application.foreign_files import ForeignFiles, plain_chunks
from nightly.application.told_metadata import (
    Standing,
    read_standing,
    told_days,
    told_messages,
    write_standing,
)
from nightly.domain.column_mapping import ColumnMapping, places_of
from nightly.domain.errors import BadRowError, OccupiedError, UnusableError
from nightly.domain.metadata_file import read_metadata
from nightly.domain.metadata_rows import SchemaColumns, as_message, lines, metadata_rules
from nightly.domain.training_file import Fault
from nightly.ports import Storage

REPORT: Final = "metadata.json"
# The end of the year 9999: a row of a file is never ahead of its arrival.
_ARRIVED_MS: Final = 253_402_300_799_999


@dataclass(frozen=True, slots=True)
class MetadataBuild:
    """What to make files of.

    Attributes:
        archive: What the recorders wrote; None to take files alone.
        files: CSV files and their mapping, by dataset.
        out: Gets the parts, and the report once they have been read back.
        schemas: Users, then items.
        max_skew_s: As the recorders' setting.
    """

    archive: Storage | None
    files: Mapping[Dataset, tuple[ForeignFiles, ColumnMapping]]
    out: Storage
    schemas: tuple[SchemaColumns, SchemaColumns]
    max_skew_s: int = 300
    part_bytes: int = 50_000_000


def write_metadata(what: MetadataBuild) -> Mapping[str, Any]:
    """Write users and items, read them back, and report.

    Raises:
        UnusableError: A file does not fit its mapping.
        OccupiedError: There are finished files in this place.
        BadRowError: A row cannot be imported; file and row are named.
    """
    if what.out.get(REPORT) is not None:
        error = f"there are finished files in {what.out.location('')}"
        raise OccupiedError(error)
    gathered = _Gathered(metadata_rules(*what.schemas, what.max_skew_s))
    _gather_messages(what, gathered)
    _gather_files(what, gathered)
    report: dict[str, Any] = {
        schema.dataset: _write(what, schema, gathered.of(schema.dataset)) for schema in what.schemas
    }
    report["outcomes"] = dict(sorted(gathered.outcomes.items()))
    report["first"] = dict(sorted(gathered.first.items()))
    text = json.dumps(report, indent=2, sort_keys=True).encode() + b"\n"
    what.out.put(REPORT, text)
    return report


class _Gathered:
    """What stands, as it is gathered, and how each message and row ended."""

    def __init__(self, rules: MetadataRules) -> None:
        self._rules = rules
        self._standing: dict[tuple[Dataset, str], MetadataRecord] = {}
        self.outcomes: Counter[str] = Counter()
        self.first: dict[str, str] = {}

    def tell(self, message: Message) -> None:
        """Take a message into account; its id tells where it stands if it is bad."""
        derived = derive_metadata(message, self._rules)
        if derived is None:
            self.count("private", message.id)
        elif isinstance(derived, Rejection):
            self.count(f"{derived.reason}: {derived.detail}", message.id)
        else:
            self.keep(derived)
            self.outcomes["ok"] += 1

    def keep(self, record: MetadataRecord) -> None:
        """Keep a record unless a later one stands."""
        known = self._standing.setdefault(record.subject, record)
        if record.order > known.order:
            self._standing[record.subject] = record

    def count(self, outcome: str, place: str) -> None:
        """Count what makes no record."""
        self.outcomes[outcome] += 1
        self.first.setdefault(outcome, place)

    def all(self) -> tuple[MetadataRecord, ...]:
        """All that stands."""
        return tuple(self._standing.values())

    def of(self, dataset: Dataset) -> Sequence[MetadataRecord]:
        """What stands of one dataset."""
        return [record for record in self._standing.values() if record.dataset is dataset]


def _gather_messages(what: MetadataBuild, gathered: _Gathered) -> None:
    """Messages first: what the files add to them is no part of what is kept as standing."""
    if what.archive is None:
        return
    standing = read_standing(what.archive, what.schemas)
    for record in standing.records:
        gathered.keep(record)
    days = told_days(what.archive, standing.through)
    for message in told_messages(what.archive, days):
        gathered.tell(message)
    through = max((standing.through, *days) if standing.through else days, default=None)
    write_standing(what.archive, Standing(standing.columns, through, gathered.all()))


def _gather_files(what: MetadataBuild, gathered: _Gathered) -> None:
    for dataset, (files, mapping) in what.files.items():
        if not files.is_csv:
            error = f"{dataset} are read from CSV"
            raise UnusableError(error)
        places_of(mapping, files.dialect.header, files.keys[0])
        for place, row in _rows(files):
            if row is None:
                gathered.count("malformed", place)
            else:
                _gather_row(gathered, dataset, place, as_message(dataset, mapping, row))


def _gather_row(gathered: _Gathered, dataset: Dataset, place: str, body: bytes | None) -> None:
    if body is None:
        gathered.count("left_out", place)
    else:
        gathered.tell(Message(place, dataset, body, _ARRIVED_MS))


def _rows(files: ForeignFiles) -> Iterator[tuple[str, Mapping[str, str] | None]]:
    """Each row with its place; None in the place of one that has not as many fields as names."""
    dialect = files.dialect
    for key in files.keys:
        text = _Text(plain_chunks(files.storage, key))
        reader = csv.reader(
            io.TextIOWrapper(io.BufferedReader(text), "utf-8-sig", "replace", newline=""),
            delimiter=dialect.delimiter,
            quotechar=dialect.quote or None,
            quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
            doublequote=dialect.escape == dialect.quote,
            escapechar=None if dialect.escape == dialect.quote else dialect.escape or None,
        )
        for number, cells in _numbered(reader, key):
            is_whole = len(cells) == len(dialect.header)
            if number > 1 and cells:
                row = dict(zip(dialect.header, cells, strict=True)) if is_whole else None
                yield f"{key} row {number}", row


def _numbered(reader: Iterator[list[str]], key: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield number, cells
    except csv.Error:
        error = f"{key} row {number + 1}: cannot be read as CSV, perhaps a stray quotation mark"
        raise UnusableError(error) from None


class _Text(io.RawIOBase):
    """Pieces of bytes as a file that can be read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._kept = b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 -- a buffer has no type of its own
        """The next bytes; 0 at the end."""
        while not self._kept:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._kept = chunk
        size = min(len(buffer), len(self._kept))
        buffer[:size], self._kept = self._kept[:size], self._kept[size:]
        return size


def _write(
    what: MetadataBuild, schema: SchemaColumns, records: Sequence[MetadataRecord]
) -> Mapping[str, Any]:
    prefix = f"{schema.dataset}/"
    what.out.delete([file.key for file in what.out.files(prefix)])
    parts = 0
    for parts, part in enumerate(_parts(lines(records, schema), schema, what.part_bytes), 1):
        what.out.put(f"{prefix}part-{parts - 1}.csv", part)
    rows = validate_metadata(what.out, prefix, schema) if parts else 0
    return {"rows": rows, "parts": parts, "columns": list(schema.header)}


def _parts(text: Iterable[str], schema: SchemaColumns, part_bytes: int) -> Iterator[bytes]:
    """Parts of about so many bytes, each with the header; none when there is no row."""
    header = (",".join(schema.header) + "\n").encode()
    part = bytearray()
    for line in text:
        if not part:
            part += header
        part += line.encode()
        if len(part) >= part_bytes:
            yield bytes(part)
            part = bytearray()
    if part:
        yield bytes(part)


def validate_metadata(storage: Storage, prefix: str, schema: SchemaColumns) -> int:
    """Read all parts below a prefix back, and count their rows.

    Raises:
        BadRowError: Names the first file and row that is wrong, and the rule, never a value.
    """
    files = storage.files(prefix)
    known: set[bytes] = set()
    rows = 0
    for file in files:
        result = read_metadata(storage.chunks(file.key), schema.header, schema.required, known)
        if isinstance(result, Fault):
            error = f"{file.key} row {result.row}: {result.rule}"
            raise BadRowError(error)
        rows += result.rows
    if not files:
        error = f"{prefix} row 1: no_file"
        raise BadRowError(error)
    return rows
