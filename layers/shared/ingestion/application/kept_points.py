"""Points of many playbacks in memory, each playback's for itself, until all of them are there."""

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic_core import from_json, to_json

from ingestion.application.claiming import message_of
from ingestion.domain.archive import activity_row
from ingestion.domain.conservation import Digest
from ingestion.domain.message import Message

# Points of one playback repeat each other: ten together shrink to a fifth at the fastest level.
_COMPRESSED_FROM: Final = 4096
_COMPRESSION_LEVEL: Final = 1


@dataclass(slots=True)
class _Kept:
    """The lines of one playback: the older ones compressed."""

    compressed: list[bytes] = field(default_factory=list[bytes])
    lines: bytearray = field(default_factory=bytearray)

    def add(self, line: bytes) -> None:
        self.lines += line + b"\n"
        if len(self.lines) >= _COMPRESSED_FROM:
            self.compressed.append(zlib.compress(self.lines, _COMPRESSION_LEVEL))
            self.lines.clear()

    def all_lines(self) -> Iterator[bytes]:
        for each in self.compressed:
            yield from zlib.decompress(each).splitlines()
        yield from bytes(self.lines).splitlines()


class KeptPoints:
    """Points by what they are folded with.

    They take some 60 bytes each where playbacks have many, and what they are long where each has a
    few: understood, as they are folded, they would take ten times that.
    """

    def __init__(self) -> None:
        self._kept: defaultdict[Digest, _Kept] = defaultdict(_Kept)

    def add(self, points: Digest, message: Message) -> None:
        """Keep a point."""
        row = activity_row(message) | {"common": message.common.decode()}
        self._kept[points].add(to_json(row))

    def of(self, points: Digest) -> Iterator[Message]:
        """The points that are folded together, in the order in which they came."""
        lines = self._kept[points].all_lines() if points in self._kept else ()
        return (message_of(from_json(line)) for line in lines)

    @property
    def each(self) -> Sequence[Digest]:
        """What there are points of."""
        return tuple(self._kept)
