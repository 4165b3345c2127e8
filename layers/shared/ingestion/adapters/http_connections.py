"""Kept HTTP/1.1 connections to one host, for requests of which each has a total time limit.

Small on purpose: no proxies, no redirects, no streams, no compression. The standard library's
client limits each read and not the whole, so a reply that trickles in would never end (ADR 0023).
"""

import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ingestion.adapters.http_replies import Reply, read_reply
from ingestion.adapters.sockets import DeadlineSocket, connected

# Services close what has been idle for some seconds, and Lambda stops the clock between
# invocations. Older connections are not worth the attempt.
_IDLE_LIMIT_S: Final = 15.0
_WITHOUT_CONTENT: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service listens.

    Attributes:
        host: Name or address, without brackets.
        port: Port.
        is_tls: Whether TLS is spoken there.
        base_path: What precedes every path; empty or begins with `/`.
    """

    host: str
    port: int
    is_tls: bool
    base_path: str = ""

    @property
    def authority(self) -> str:
        """Host and port as the header `host` has them, the port only where it is not the usual."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.is_tls else 80
        return host if self.port == usual else f"{host}:{self.port}"


@dataclass(slots=True)
class _Kept:
    socket: DeadlineSocket
    since_s: float


class Connections:
    """Connections to one endpoint: opened when needed, kept while they live, for any thread.

    There are as many as there were requests at once. None is opened before the first request, and
    none outlives `close`, so an environment that is restored from a snapshot starts without.
    """

    def __init__(self, endpoint: Endpoint, tls: Callable[[], ssl.SSLContext]) -> None:
        self.endpoint = endpoint
        self._tls = tls
        self._idle: deque[_Kept] = deque()

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, *, within_s: float
    ) -> Reply:
        """Send a request and read its reply, all within a time limit.

        A kept connection that the other side has closed meanwhile costs a second attempt at once,
        on a new connection. That may repeat a request, so it must bear repeating.

        Raises:
            OSError: No whole reply within the limit; TimeoutError, ssl.SSLError and
                MalformedReplyError among others.
        """
        deadline_s = time.monotonic() + within_s
        request = _head(method, path, headers, len(body)) + body
        kept = self._take()
        if kept is not None:
            try:
                return self._converse(kept, method, request, deadline_s)
            except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
                if kept.received:
                    raise
                self.close()  # what else was kept is as old as this one
        return self._converse(self._open(deadline_s), method, request, deadline_s)

    def close(self) -> None:
        """Close what is idle; what is in use is closed or kept by its user."""
        while self._idle:
            try:
                self._idle.pop().socket.close()
            except IndexError:  # another thread was faster
                return

    def __del__(self) -> None:
        self.close()

    def _take(self) -> DeadlineSocket | None:
        try:
            kept = self._idle.pop()  # the latest, which is the most likely to live
        except IndexError:
            return None
        if time.monotonic() - kept.since_s <= _IDLE_LIMIT_S:
            return kept.socket
        kept.socket.close()
        self.close()
        return None

    def _open(self, deadline_s: float) -> DeadlineSocket:
        tls = self._tls() if self.endpoint.is_tls else None
        return connected(self.endpoint.host, self.endpoint.port, tls, deadline_s)

    def _converse(
        self, socket: DeadlineSocket, method: str, request: bytes, deadline_s: float
    ) -> Reply:
        is_reusable = False
        try:
            socket.begin(deadline_s)
            socket.send(request)
            reply = read_reply(socket, has_body=method != "HEAD")
            is_reusable = reply.keeps_connection
        finally:
            if is_reusable:
                self._idle.append(_Kept(socket, time.monotonic()))
            else:
                socket.close()
        return reply


def _head(method: str, path: str, headers: Mapping[str, str], length: int) -> bytes:
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if length or method not in _WITHOUT_CONTENT:
        lines.append(f"content-length: {length}")
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
        error = "a header holds a line break"
        raise ValueError(error)
    return f"{head}\r\n\r\n".encode()
