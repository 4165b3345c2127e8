"""A server on this machine that answers as it is told: well, badly, slowly or not at all."""

import socket
import ssl
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

type Step = Callable[["Conversation"], bool]
"""Answers one request; says whether the connection stays open."""


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True)
class Conversation:
    """What a step may use."""

    connection: socket.socket
    server: "ScriptedServer"

    def say(self, content: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(content)


def reply(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A whole reply; `_` in names of headers stands for `-`."""
    lines = [f"HTTP/1.1 {status} Told", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Step:
    """A whole reply, after which the connection stays open."""
    return says(reply(status, body, **headers))


def fails(status: int, code: str) -> Step:
    """An error that both protocols understand, `rest-json` and S3's."""
    body = f"<Error><Code>{code}</Code><Message>told</Message></Error>".encode()
    return answer(status, body, x_amzn_errortype=code)


def says(content: bytes, *, stays: bool = True) -> Step:
    """Bytes that may be no reply at all."""

    def step(conversation: Conversation) -> bool:
        conversation.say(content)
        return stays

    return step


def hangs_up(conversation: Conversation) -> bool:  # noqa: ARG001 - a step like any other
    """The reply is lost: the request was read, and the connection ends."""
    return False


def hangs_up_after(step: Step) -> Step:
    """A good reply, and an end that the client learns of with its next request."""

    def hanging(conversation: Conversation) -> bool:
        step(conversation)
        return False

    return hanging


def is_silent(conversation: Conversation) -> bool:
    """Neither a reply nor an end, until the server stops."""
    conversation.server.stopping.wait()
    return False


def trickles(conversation: Conversation) -> bool:
    """A reply that never ends, byte by byte, each sooner than any limit of a read."""
    conversation.say(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while not conversation.server.stopping.wait(0.01):
        conversation.say(b".")
    return False


@dataclass
class ScriptedServer:
    """What was asked, and what is to be answered next; good replies when nothing is."""

    url: str
    script: deque[Step] = field(default_factory=deque[Step])
    asked: list[Asked] = field(default_factory=list[Asked])
    connections: int = 0
    stopping: Event = field(default_factory=Event)

    def then(self, *steps: Step) -> None:
        """Answer the next requests by these steps."""
        self.script.extend(steps)


@contextmanager
def scripted_server(*steps: Step, tls: ssl.SSLContext | None = None) -> Generator[ScriptedServer]:
    """A running server, by steps in order of the requests."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scheme = "http" if tls is None else "https"
        server = ScriptedServer(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        server.then(*steps)
        listening = Thread(target=_accept, args=(listener, server, tls), daemon=True)
        listening.start()
        try:
            yield server
        finally:
            server.stopping.set()
            listener.shutdown(socket.SHUT_RDWR)
            listening.join()


def _accept(listener: socket.socket, server: ScriptedServer, tls: ssl.SSLContext | None) -> None:
    threads: list[Thread] = []
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            server.connections += 1
            arguments = (connection, server, tls, server.connections)
            threads.append(Thread(target=_serve, args=arguments, daemon=True))
            threads[-1].start()


def _serve(
    connection: socket.socket, server: ScriptedServer, tls: ssl.SSLContext | None, number: int
) -> None:
    with connection, suppress(OSError):
        spoken = connection if tls is None else tls.wrap_socket(connection, server_side=True)
        with spoken, spoken.makefile("rb") as reader:
            while (head := _lines(reader)) and not server.stopping.is_set():
                if "Expect: 100-continue" in head:
                    spoken.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                server.asked.append(_asked(head, reader, number))
                step = server.script.popleft() if server.script else answer()
                if not step(Conversation(spoken, server)):
                    return


def _lines(reader: Iterable[bytes]) -> list[str]:
    lines: list[str] = []
    for line in reader:
        if line == b"\r\n":
            return lines
        lines.append(line.decode("latin-1").strip())
    return []


def _asked(head: list[str], reader: object, number: int) -> Asked:
    method, path, _ = head[0].split(" ")
    pairs = (line.partition(":") for line in head[1:])
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = reader.read(int(headers.get("content-length", "0")))  # pyright: ignore[reportAttributeAccessIssue]
    return Asked(method, path, headers, body, number)
