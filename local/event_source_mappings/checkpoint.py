"""How far a shard has been dealt with, while its lanes run ahead of each other."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Checkpoint:
    """Follows which records of one shard have been read and which have been dealt with.

    The position never passes a record that is neither processed nor discarded, so that reading
    again from there loses nothing. Safe to use from several threads.
    """

    def __init__(self, position: str | None = None) -> None:
        """Begin after the record with sequence number `position`, or at the shard's start."""
        self._lock = threading.Lock()
        self._position = position
        # Sequence numbers in the order of reading, each with whether it has been dealt with.
        self._read: OrderedDict[str, bool] = OrderedDict()
        self._open = 0

    @property
    def position(self) -> str | None:
        """Sequence number of the last record before the first that is still open."""
        with self._lock:
            return self._position

    @property
    def open_records(self) -> int:
        """How many records have been read and not been dealt with."""
        with self._lock:
            return self._open

    def add(self, sequence_numbers: Iterable[str]) -> None:
        """Note records just read, in stream order."""
        with self._lock:
            for number in sequence_numbers:
                self._read[number] = False
                self._open += 1

    def settle(self, sequence_numbers: Iterable[str]) -> None:
        """Note records processed, discarded or filtered out."""
        with self._lock:
            for number in sequence_numbers:
                self._read[number] = True
                self._open -= 1
            self._advance()

    def _advance(self) -> None:
        while self._read and next(iter(self._read.values())):
            self._position, _ = self._read.popitem(last=False)
