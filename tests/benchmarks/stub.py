"""AWS as a benchmark sees it: any request is answered after a fixed latency, in a process apart.

Connections are kept and Nagle's algorithm is off, so what is measured is the client. It counts
calls and events, so that nobody wins by not sending.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread
from typing import IO, Any, Final, NamedTuple

_ANSWER: Final = b'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: "0"\r\n\r\n'
# The own target is live.
_NO_PARAMETER: Final = (
    b'HTTP/1.1 400 Bad Request\r\nContent-Length: 30\r\n\r\n{"__type":"ParameterNotFound"}'
)
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Counts(NamedTuple):
    """What a stub saw.

    Attributes:
        calls: PutEvents calls.
        events: The events in them.
        opened: Connections opened by whomever.
        most_open: Most connections at the same time, those of before included.
    """

    calls: int
    events: int
    opened: int
    most_open: int


class Stub:
    """The stub as its client knows it."""

    def __init__(self, questions: IO[str], answers: IO[str]) -> None:
        self._questions = questions
        self._answers = answers
        self.endpoint_url = f"http://127.0.0.1:{int(answers.readline())}"

    def counts(self) -> Counts:
        """What was seen since the last question."""
        self._questions.write("counts\n")
        self._questions.flush()
        return Counts(*json.loads(self._answers.readline()))


@contextmanager
def stub(latency_s: float) -> Generator[Stub]:
    """A stub in a process of its own, on its own core where there are two."""
    command = [sys.executable, "-m", "tests.benchmarks.stub", str(latency_s)]
    with subprocess.Popen(  # noqa: S603  -- our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError(command)
        try:
            yield Stub(process.stdin, process.stdout)
        finally:
            process.stdin.close()  # the stub ends with its questions


def use_core(core: int) -> None:
    """Keep this process on one core, where the machine has it."""
    if core in os.sched_getaffinity(0):
        os.sched_setaffinity(0, {core})


class _Server:
    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._calls = self._events = self._opened = self._open = self._most_open = 0

    async def serve(self) -> None:
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0, limit=2**24)
        _say(server.sockets[0].getsockname()[1])
        Thread(target=self._answer_questions, daemon=True).start()
        await server.serve_forever()

    def _answer_questions(self) -> None:
        for _question in sys.stdin:
            _say([self._calls, self._events, self._opened, self._most_open])
            self._calls = self._events = self._opened = 0
            self._most_open = self._open
        os._exit(0)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._opened += 1
        self._open += 1
        self._most_open = max(self._most_open, self._open)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
        finally:
            self._open -= 1

    async def _answer(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        headers = _headers(head)
        if headers.get("expect") == "100-continue":
            writer.write(_CONTINUE)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if head.startswith(b"POST /events"):
            self._calls += 1
            self._events += len(json.loads(body)["eventList"])
        await asyncio.sleep(self._latency_s)
        writer.write(_NO_PARAMETER if "x-amz-target" in headers else _ANSWER)


def _headers(head: bytes) -> dict[str, Any]:
    lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _say(something: object) -> None:
    sys.stdout.write(json.dumps(something) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    use_core(1)
    asyncio.run(_Server(float(sys.argv[1])).serve())
