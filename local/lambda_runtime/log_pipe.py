"""Standard output and error of one child process, line by line."""

from __future__ import annotations

import os
import select
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

# Lambda returns the last 4 KB of an invocation's log (X-Amz-Log-Result).
TAIL_BYTES: Final = 4096


class LogPipe:
    """Reads what a child writes, hands on whole lines and keeps the end of it.

    A thread reads all the time, so that a child that writes between invocations never blocks on a
    full pipe. `drain` lets another thread be certain that nothing written so far is missing.
    """

    def __init__(self, sink: Callable[[str], None]) -> None:
        """Open the pipe; `sink` gets each line, without its end."""
        self._sink = sink
        self._lock = threading.Lock()
        self._unfinished = b""
        self._tail = b""
        self._is_open = True
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)

    def start(self) -> None:
        """Begin to read; the child has its copy of the write end by now."""
        os.close(self.write_end)
        threading.Thread(target=self._read_until_closed, name="lambda-log", daemon=True).start()

    def begin_tail(self) -> None:
        """Forget the tail: another invocation begins."""
        self.drain()
        with self._lock:
            self._tail = b""

    def tail(self) -> str:
        """Return the last lines written since `begin_tail`."""
        self.drain()
        return self._tail.replace(b"\r", b"\n").decode(errors="replace")

    def write(self, line: str) -> None:
        """Add a line of Lambda's own."""
        with self._lock:
            self._accept(line.encode() + b"\n")

    def drain(self) -> None:
        """Take in everything that was written before this call."""
        with self._lock:
            while self._is_open and (chunk := self._read()) is not None:
                self._accept(chunk)

    def _read(self) -> bytes | None:
        try:
            chunk = os.read(self._read_end, 65536)
        except BlockingIOError:
            return None
        self._is_open = bool(chunk)
        return chunk

    def _accept(self, chunk: bytes) -> None:
        self._tail = (self._tail + chunk)[-TAIL_BYTES:]
        # The runtime client joins the lines of one stack trace with carriage returns.
        *lines, self._unfinished = (self._unfinished + chunk).replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            self._sink(line.decode(errors="replace"))

    def _read_until_closed(self) -> None:
        poller = select.poll()
        poller.register(self._read_end, select.POLLIN)
        while self._is_open:
            poller.poll()
            self.drain()
        # Closed here and nowhere else: a number closed while this thread is about to wait for it
        # may be another file's by then.
        os.close(self._read_end)
