"""A TCP proxy on this machine that breaks HTTP the way networks and services do.

It stands between functions and one service of the local stack. What it knows of HTTP is where a
request ends: kept connections carry many exchanges, and a fault hits exchanges, not connections.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from local.http_faults import Fault, Kind
from local.http_framing import content_length, expects_continue, is_whole, is_whole_reply

if TYPE_CHECKING:
    from collections.abc import Generator

_CHUNK: Final = 65_536
_TRICKLE_PAUSE_S: Final = 0.05
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_HALF_A_CONTINUE: Final = b"HTTP/1.1 100 Cont"
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    times_left: float


class FaultProxy:
    """Passes everything on until it is told to fail. Safe for threads."""

    def __init__(self, upstream_url: str) -> None:
        """Listen on a free port; `with` or `close` ends it.

        Args:
            upstream_url: The address of the local stack.
        """
        upstream = urlsplit(upstream_url)
        self._upstream = (upstream.hostname or "127.0.0.1", upstream.port or 80)
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self.exchanges = 0
        self.struck = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = int(self._listener.getsockname()[1])
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The endpoint for clients."""
        return f"http://127.0.0.1:{self._port}"

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        """Let a fault hit the next exchanges that it can hit."""
        self._add(fault, times)

    def fail_always(self, fault: Fault) -> None:
        """Let a fault hit every exchange that it can hit, until `clear`."""
        self._add(fault, float("inf"))

    def clear(self) -> None:
        """Take back every fault."""
        with self._lock:
            self._waiting.clear()

    @contextmanager
    def refusing(self) -> Generator[None]:
        """Be away for a while: connections are refused, and those that are open are reset."""
        self._stop()
        try:
            yield
        finally:
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._start()

    def close(self) -> None:
        """Hang up and listen no more."""
        self._closing.set()
        self._stop()

    def fault_of(self, request: bytes) -> Fault | None:
        """Count an exchange, and use up the first fault that hits it."""
        with self._lock:
            self.exchanges += 1
            for waiting in self._waiting:
                if waiting.times_left >= 1 and waiting.fault.hits(request):
                    waiting.times_left -= 1
                    self.struck += 1
                    return waiting.fault
        return None

    def _add(self, fault: Fault, times: float) -> None:
        with self._lock:
            self._waiting.append(_Waiting(fault, times))

    def _start(self) -> None:
        thread = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._threads = [thread]
        thread.start()

    def _stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections, threads = tuple(self._open), tuple(self._threads)
        for connection in connections:
            _reset(connection)
        for thread in threads:
            thread.join(10)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            with self._lock:
                self._open.add(client)
                self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        with ExitStack() as ending, suppress(OSError):
            ending.callback(self._forget, client)
            ending.enter_context(client)
            upstream = ending.enter_context(socket.create_connection(self._upstream))
            _Connection(self, client, upstream, self._closing).run()

    def _forget(self, client: socket.socket) -> None:
        with self._lock:
            self._open.discard(client)


class _Connection:
    """One connection of a client, and ours to the service."""

    def __init__(
        self,
        proxy: FaultProxy,
        client: socket.socket,
        upstream: socket.socket,
        closing: threading.Event,
    ) -> None:
        self._proxy = proxy
        self._client = client
        self._upstream = upstream
        self._closing = closing

    def run(self) -> None:
        """Carry exchanges until one side hangs up or a fault ends it."""
        while request := self._read_request():
            fault = self._proxy.fault_of(request)
            if not self._exchange(request, fault):
                return

    def _read_request(self) -> bytes:
        """The next request: with its body, or only its head when the client waits to send that."""
        request = self._client.recv(_CHUNK)
        while request and not is_whole(request):
            more = self._client.recv(_CHUNK)
            if not more:
                return b""
            request += more
        return request

    def _exchange(self, request: bytes, fault: Fault | None) -> bool:
        """Carry one exchange; return whether the connection goes on."""
        if fault is None:
            return self._pass_on(request, None)
        match fault.kind:
            case Kind.LOST_REPLY | Kind.LATENCY | Kind.TRICKLE | Kind.TRUNCATE | Kind.GARBAGE:
                return self._pass_on(request, fault)
            case _:
                fault.strike()
                return self._in_place_of_the_service(request, fault)

    def _in_place_of_the_service(self, request: bytes, fault: Fault) -> bool:
        match fault.kind:
            case Kind.RESET:
                _reset(self._client)
            case Kind.CUT_CONTINUE:
                self._client.sendall(_HALF_A_CONTINUE)
            case Kind.BLACKHOLE:
                self._wait_for_hang_up()
            case _:
                return self._answer(request, fault.reply)
        return False

    def _answer(self, request: bytes, reply: bytes) -> bool:
        if expects_continue(request):
            self._client.sendall(_CONTINUE)
            head, _, body = request.partition(b"\r\n\r\n")
            missing = content_length(head) - len(body)
            while missing > 0:
                more = self._client.recv(_CHUNK)
                if not more:
                    return False
                missing -= len(more)
        self._client.sendall(reply)
        return True

    def _wait_for_hang_up(self) -> None:
        while self._client.recv(_CHUNK):
            pass

    def _pass_on(self, request: bytes, fault: Fault | None) -> bool:
        """Let the service answer, and bring its reply to the client as the fault says."""
        self._upstream.sendall(request)
        reply = self._read_reply(has_content=not request.startswith(b"HEAD "))
        if not reply:
            return False
        if fault is None:
            self._client.sendall(reply)
            return True
        return self._spoilt(reply, fault)

    def _read_reply(self, *, has_content: bool) -> bytes:
        """The whole reply; what the client has still to send goes to the service meanwhile."""
        reply = b""
        while True:
            ready, _, _ = select.select([self._client, self._upstream], [], [])
            if self._client in ready:
                more = self._client.recv(_CHUNK)
                if not more:
                    return b""
                self._upstream.sendall(more)
            if self._upstream in ready:
                received = self._upstream.recv(_CHUNK)
                reply = self._without_continue(reply + received)
                if not received or is_whole_reply(reply, has_content=has_content):
                    return reply

    def _without_continue(self, reply: bytes) -> bytes:
        if not reply.startswith(_CONTINUE):
            return reply
        self._client.sendall(_CONTINUE)
        return reply.removeprefix(_CONTINUE)

    def _spoilt(self, reply: bytes, fault: Fault) -> bool:
        fault.strike()
        match fault.kind:
            case Kind.LATENCY:
                self._closing.wait(fault.amount)
                self._client.sendall(reply)
                return True
            case Kind.TRICKLE:
                return self._trickle(reply, int(fault.amount))
            case Kind.TRUNCATE:
                self._client.sendall(reply[: int(fault.amount)])
            case Kind.GARBAGE:
                self._client.sendall(b"\x00" * len(reply))
            case _:
                _reset(self._client)
        return False

    def _trickle(self, reply: bytes, step: int) -> bool:
        for start in range(0, len(reply), step):
            self._client.sendall(reply[start : start + step])
            if self._closing.wait(_TRICKLE_PAUSE_S):
                return False
        return True


def _reset(connection: socket.socket) -> None:
    """Let the other side see a reset once the thread of this connection ends, which it now does."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        connection.shutdown(socket.SHUT_RD)
