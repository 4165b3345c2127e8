"""The ledger: what was acknowledged, a line each, written only after the reply."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self, TextIO

from local.load.parcel import Channel, Kind, Parcel


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that was acknowledged, or may have arrived without being so.

    Attributes:
        digest: SHA-256 of the body, hexadecimal.
        attempts: How often it was sent until it was taken.
        is_acknowledged: False when no reply came: it may have arrived or not.
    """

    kind: Kind
    channel: Channel
    name: str
    user_id: str
    item_id: str
    story: str
    earns: tuple[str, ...]
    may_earn: tuple[str, ...]
    is_opinion: bool
    told_at_ms: int
    digest: str
    attempts: int
    is_acknowledged: bool


def entry(parcel: Parcel, attempts: int, *, is_acknowledged: bool) -> Entry:
    """Give what the ledger keeps of a message."""
    return Entry(
        kind=parcel.kind,
        channel=parcel.channel,
        name=parcel.name,
        user_id=parcel.user_id,
        item_id=parcel.item_id,
        story=parcel.story,
        earns=parcel.earns,
        may_earn=parcel.may_earn,
        is_opinion=parcel.is_opinion,
        told_at_ms=parcel.told_at_ms,
        digest=hashlib.sha256(parcel.body).hexdigest(),
        attempts=attempts,
        is_acknowledged=is_acknowledged,
    )


class LedgerWriter:
    """Appends entries to a file. Not thread-safe: one event loop writes."""

    def __init__(self, path: Path) -> None:
        """Begin a ledger."""
        self._file: TextIO = path.open("w", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, entries: Iterable[Entry]) -> None:
        """Append entries, and hand them to the operating system before going on."""
        self._file.writelines(json.dumps(asdict(each)) + "\n" for each in entries)
        self._file.flush()


def read_ledger(path: Path) -> Iterator[Entry]:
    """Yield the entries of a ledger.

    Raises:
        ValueError: A line is no entry.
    """
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            document["kind"] = Kind(document["kind"])
            document["channel"] = Channel(document["channel"])
            document["earns"] = tuple(document["earns"])
            document["may_earn"] = tuple(document["may_earn"])
            yield Entry(**document)
