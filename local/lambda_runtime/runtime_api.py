"""The Lambda Runtime API, as one execution environment sees it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import queue
import secrets
import socket
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, cast

from local.lambda_runtime import faults

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "/2018-06-01/runtime"


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event on its way to the child."""

    request_id: str
    payload: bytes
    function_arn: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Taken:
    """The child has fetched the invocation: its time begins to run."""


@dataclass(frozen=True, slots=True)
class Responded:
    """The handler returned."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """The handler raised, or the module could not be imported.

    After a fatal failure the child ends by itself and must not be given more work.
    """

    payload: bytes
    is_fatal: bool = False


@dataclass(frozen=True, slots=True)
class Exited:
    """The child is gone; negative codes are signals."""

    return_code: int


type Signal = Taken | Responded | Failed | Exited


class RuntimeApi:
    """Serves one child on a port of its own and reports what it says as signals."""

    def __init__(self) -> None:
        """Listen on a free port of the loopback interface."""
        self.signals: queue.SimpleQueue[Signal] = queue.SimpleQueue()
        self._waiting: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._current: str | None = None
        self._is_closed = False
        self._closing = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Routes)
        self._server.api = self
        self._thread = threading.Thread(target=self._serve, name="lambda-runtime-api", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Host and port, as AWS_LAMBDA_RUNTIME_API wants it."""
        return f"127.0.0.1:{self._server.server_port}"

    def offer(self, invocation: Invocation) -> None:
        """Give the child its next invocation, which it fetches when it is ready."""
        self._current = invocation.request_id
        self._waiting.put(invocation)

    def take(self) -> Invocation | None:
        """Wait for the next invocation; None means that there will be no more."""
        invocation = self._waiting.get()
        if invocation is not None:
            self.signals.put(Taken())
        return invocation

    def accepts(self, request_id: str) -> bool:
        """Whether the child may still answer this invocation; it may do so only once."""
        if request_id != self._current:
            return False
        self._current = None
        return True

    def close(self) -> None:
        """Stop listening and let go of a child that waits; nothing of it runs on afterwards.

        Whoever watches the child and whoever ends the pool may both close, at the same time.
        """
        with self._closing:
            if not self._is_closed:
                self._is_closed = True
                self._waiting.put(None)
                self._wake_up()
                self._thread.join()

    def _wake_up(self) -> None:
        """Let `handle_request` return, which sleeps until somebody connects.

        Polling a flag would cost a wake-up several times a second for every idle environment.
        """
        with socket.create_connection(("127.0.0.1", self._server.server_port)):
            pass

    def _serve(self) -> None:
        while not self._is_closed:
            self._server.handle_request()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    api: RuntimeApi
    request_queue_size = 16


class _Routes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A reply is a header and a body, written apart: without this each waits for the other's ACK.
    disable_nagle_algorithm = True

    @property
    def _api(self) -> RuntimeApi:
        return cast("_Server", self.server).api

    def do_GET(self) -> None:
        if self.path != f"{PREFIX}/invocation/next":
            return self._reply(HTTPStatus.NOT_FOUND)
        invocation = self._api.take()
        if invocation is None:
            self.close_connection = True
            return None
        return self._reply(HTTPStatus.OK, invocation.payload, _headers(invocation))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match self.path.removeprefix(PREFIX).split("/"):
            case ["", "init", "error"]:
                self._api.signals.put(Failed(body, is_fatal=True))
                self._reply(HTTPStatus.ACCEPTED)
            case ["", "invocation", request_id, ("response" | "error") as kind]:
                self._answer(request_id, body, is_error=kind == "error")
            case _:
                self._reply(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep quiet: a request log of a loopback protocol tells nobody anything."""

    def _answer(self, request_id: str, body: bytes, *, is_error: bool) -> None:
        if not self._api.accepts(request_id):
            return self._reply(HTTPStatus.BAD_REQUEST, b'{"errorType":"InvalidRequestID"}')
        if len(body) > faults.MAX_RESPONSE_BYTES:
            self._api.signals.put(Failed(faults.response_too_large(), is_fatal=True))
            return self._reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        # Reply first: whoever waits for the signal may end this process group at once.
        self._reply(HTTPStatus.ACCEPTED)
        self._api.signals.put(Failed(body) if is_error else Responded(body))
        return None

    def _reply(
        self, status: HTTPStatus, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        try:
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            # The child was killed meanwhile. Who watches it tells of that.
            self.close_connection = True


def _headers(invocation: Invocation) -> dict[str, str]:
    now = time.time()
    root = f"1-{int(now):08x}-{secrets.token_hex(12)}"
    return {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(int((now + invocation.timeout_s) * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        "Lambda-Runtime-Trace-Id": f"Root={root};Parent={secrets.token_hex(8)};Sampled=0",
    }
