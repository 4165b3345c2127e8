"""Somebody else's files: which there are, what their columns are called, what they contain."""

import csv
import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nightly.domain.errors import UnusableError
from nightly.domain.history import HistoryFile
from nightly.domain.job import Dialect, Job, Section, Source, Step
from nightly.ports import Engine, Storage

PARQUET: Final = ".parquet"
_TABS: Final = (".tsv", ".tsv.gz")
_KNOWN: Final = (".csv", ".csv.gz", *_TABS, PARQUET)
_GZIP: Final = 16 + zlib.MAX_WBITS
_EMPTY_LINE: Final = re.compile(rb"(?<=\n)\r?\n")
_LONGEST_HEADER: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ForeignFiles:
    """Files of one kind with the same columns.

    Attributes:
        keys: Below the root of the storage, in order.
        dialect: With their header.
    """

    storage: Storage
    keys: tuple[str, ...]
    dialect: Dialect

    @property
    def locations(self) -> tuple[str, ...]:
        """As an engine reads them."""
        return tuple(map(self.storage.location, self.keys))

    @property
    def is_csv(self) -> bool:
        """Whether they have lines."""
        return not self.keys[0].endswith(PARQUET)


def foreign_files(storage: Storage, key: str, dialect: Dialect, engine: Engine) -> ForeignFiles:
    """Look at the files to import.

    Args:
        storage: Where they are.
        key: One file, or the folder of several: CSV (also with tabs, also gzip) or Parquet.
        dialect: How the CSV files are written, but for the header.
        engine: Asked for the columns of Parquet files.

    Raises:
        UnusableError: There is none, or they are not alike.
    """
    keys = [key] if key.endswith(_KNOWN) else _below(storage, key)
    if not keys or len({each.endswith(PARQUET) for each in keys}) > 1:
        error = f"expected one or several of {', '.join(_KNOWN)}, all CSV or all Parquet"
        raise UnusableError(error)
    if keys[0].endswith(_TABS):
        dialect = replace(dialect, delimiter="\t")
    headers = [_header(storage, each, dialect, engine) for each in keys]
    if len(set(headers)) > 1:
        error = "the files have not the same columns in the same order"
        raise UnusableError(error)
    return ForeignFiles(storage, tuple(keys), replace(dialect, header=headers[0]))


def read_through(files: ForeignFiles) -> Sequence[HistoryFile]:
    """Digest and number of lines of each file, piece by piece."""
    return [_read_through(files.storage, key) for key in files.keys]


def plain_chunks(storage: Storage, key: str) -> Iterator[bytes]:
    """A file piece by piece, unpacked if it is gzip.

    Raises:
        UnusableError: It is not.
    """
    if not key.endswith(".gz"):
        yield from storage.chunks(key)
        return
    try:
        yield from _unpacked(storage.chunks(key))
    except zlib.error:
        error = f"{key} is no gzip file, or a damaged one"
        raise UnusableError(error) from None


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """One gzip member after the other, as `cat` puts them together."""
    unpacking = zlib.decompressobj(_GZIP)
    for chunk in chunks:
        rest = chunk
        while rest:
            if unpacking.eof:
                unpacking = zlib.decompressobj(_GZIP)
            yield unpacking.decompress(rest)
            rest = unpacking.unused_data


def _below(storage: Storage, folder: str) -> list[str]:
    prefix = f"{folder.rstrip('/')}/" if folder else ""
    return [file.key for file in storage.files(prefix) if file.key.endswith(_KNOWN)]


def _header(storage: Storage, key: str, dialect: Dialect, engine: Engine) -> tuple[str, ...]:
    if key.endswith(PARQUET):
        source = Source(Section.HISTORY, (storage.location(key),))
        select = "SELECT column_name FROM (DESCRIBE SELECT * FROM history)"
        answers = engine.run(Job((source,), (Step("described", select),), (), ("described",)))
        return tuple(row["column_name"] for row in answers["described"])
    line = _first_line(storage, key)
    quoting = csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE
    reader = csv.reader(
        [line], delimiter=dialect.delimiter, quotechar=dialect.quote or None, quoting=quoting
    )
    names: list[str] = next(reader)
    return tuple(name.strip() for name in names)


def _first_line(storage: Storage, key: str) -> str:
    start = b""
    for chunk in plain_chunks(storage, key):
        start += chunk
        if b"\n" in start or len(start) > _LONGEST_HEADER:
            break
    try:
        text = start.partition(b"\n")[0].decode("utf-8-sig")
    except UnicodeDecodeError:
        error = f"the first row of {key} is not UTF-8"
        raise UnusableError(error) from None
    if not text.strip():
        error = f"{key} has no first row with the names of the columns"
        raise UnusableError(error)
    return text.rstrip("\r")


def _read_through(storage: Storage, key: str) -> HistoryFile:
    is_csv = not key.endswith(PARQUET)
    digest, size, lines, before = hashlib.sha256(), 0, 0, b"\n"
    for chunk in filter(None, plain_chunks(storage, key)):
        digest.update(chunk)
        size += len(chunk)
        if is_csv:
            lines += _ends(before + chunk)
            before = chunk[-1:]
    return HistoryFile(size, digest.hexdigest(), lines + (before != b"\n"))


def _ends(text: bytes) -> int:
    """How many lines end in a text; what comes first is the end of what was before."""
    return text.count(b"\n", 1) - len(_EMPTY_LINE.findall(text))
