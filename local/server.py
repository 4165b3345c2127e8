"""The one HTTP server of the local stack: moto's application and a few pages to look inside."""

import json
import logging
import os
import re
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final, override
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.task import WSGITask

from local.running import Running
from local.service_faults import ServiceFaults

_INSPECTION_PREFIX: Final = "/_local/"
_THREADS: Final = 32
# Each execution environment keeps a connection per concurrent call, so the usual 100 are few.
_CONNECTION_LIMIT: Final = 1_000
_METADATA_NAME: Final = re.compile(rb"^X-Amz-Meta-[^:]*", re.MULTILINE)
_LOOP_TIMEOUT_S: Final = 1.0


class InspectableApplication:
    """Answers `/_local/<name>` with JSON and leaves every other request to moto.

    Attributes:
        faults: Faults to inject into S3 and DynamoDB.
    """

    def __init__(self) -> None:
        """Build moto's application, with no pages yet."""
        self.faults = ServiceFaults()
        self._inspections: dict[str, Callable[[], Any]] = {}
        self._moto: WSGIApplication = DomainDispatcherApplication(create_backend_app)

    def show(self, page: str, inspection: Callable[[], Any]) -> None:
        """Add a page.

        Args:
            page: Its name, which follows `/_local/`.
            inspection: Gives the page's content, made of what JSON knows.
        """
        self._inspections[page] = inspection

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(_INSPECTION_PREFIX):
            return self._answer(environ, start_response)
        inspection = self._inspections.get(path.removeprefix(_INSPECTION_PREFIX))
        if inspection is None:
            start_response("404 Not Found", [("Content-Type", "application/json")])
            pages = [_INSPECTION_PREFIX + name for name in self._inspections]
            return [json.dumps({"pages": pages}).encode()]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(inspection(), indent=2, default=str).encode() + b"\n"]

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let moto answer, unless a fault does."""
        fault = self.faults.strike(environ)
        if fault is None:
            return self._moto(environ, start_response)
        start_response(fault.status, fault.headers)
        return [fault.body]


class _RequestParser(HTTPRequestParser):
    """Knows that a request without content has nothing to wait for.

    boto3 asks for "100 Continue" before every PutObject, even an empty one, though a client must
    not (RFC 9110, 10.1.1). waitress would answer, wait for the content, and wait for ever.
    """

    def parse_header(self, header_plus: bytes) -> None:
        """Read the header and drop a pointless expectation."""
        super().parse_header(header_plus)
        if not self.chunked and self.content_length == 0:
            self.expect_continue = False


class _Task(WSGITask):
    """Leaves the names of an object's metadata as they are.

    waitress writes every header's name with capitals. S3 keeps the names of metadata in lower case
    (user guide, "User-defined object metadata") and SDKs hand them on as they come, so that what
    was put as `sha256` would come back as `Sha256`, and be unknown to whoever put it.
    """

    def build_response_header(self) -> bytes:
        """Build the header, and take the capitals away again."""
        return _METADATA_NAME.sub(lambda found: found[0].lower(), super().build_response_header())


class _Channel(HTTPChannel):
    """A connection whose requests are read by our parser and answered by our task."""

    parser_class = _RequestParser
    task_class = _Task


class LocalServer(Running):
    """An HTTP/1.1 server with keep-alive in a thread of its own. Bound when created."""

    def __init__(self, application: WSGIApplication, *, host: str, port: int) -> None:
        """Bind the port.

        Args:
            application: What answers the requests.
            host: Interface to listen on. moto knows no authentication: whoever reaches it, uses it.
            port: Port, or 0 for any free one.

        Raises:
            OSError: The port is taken.
        """
        # waitress warns about every request that waits for a thread, which long polls do.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        listener = socket.create_server((host, port))
        self.host = host
        self.port = int(listener.getsockname()[1])
        self._channels: dict[int, Any] = {}
        self._server: Any = create_server(
            application,
            map=self._channels,
            sockets=[listener],
            threads=_THREADS,
            connection_limit=_CONNECTION_LIMIT,
            asyncore_use_poll=True,
            ident="local-stack",
        )
        self._server.channel_class = _Channel
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="local-server", daemon=True)
        self._moto_port = os.environ.get("MOTO_PORT")

    @property
    def url(self) -> str:
        """The endpoint for clients on this machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "localhost"} else self.host  # noqa: S104 - compared, not bound
        return f"http://{host}:{self.port}"

    @override
    def start(self) -> None:
        """Begin to answer."""
        # The one thing moto takes from the environment: where it reaches itself.
        os.environ["MOTO_PORT"] = str(self.port)
        self._thread.start()

    @override
    def stop(self) -> None:
        """Stop answering, close every connection and free the port."""
        self._stopping.set()
        self._server.pull_trigger()
        self._thread.join()
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._channels)
        if self._moto_port is None:
            os.environ.pop("MOTO_PORT", None)
        else:
            os.environ["MOTO_PORT"] = self._moto_port

    def _serve(self) -> None:
        """Turn the loop until told to stop (waitress's own `run` ends only with the process)."""
        while not self._stopping.is_set():
            wasyncore.loop(timeout=_LOOP_TIMEOUT_S, use_poll=True, map=self._channels, count=1)
