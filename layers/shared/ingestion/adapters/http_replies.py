"""Read one reply of HTTP/1.1 (RFC 9112) from a connection that is to be kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ingestion.adapters.sockets import DeadlineSocket

_HEAD_LIMIT_BYTES: Final = 65_536
# The replies we ask for are empty, a header or an error: more is not from AWS.
_BODY_LIMIT_BYTES: Final = 1_048_576
_FIRST_FINAL_STATUS: Final = 200
_WITHOUT_BODY: Final = frozenset({204, 304})


class MalformedReplyError(ConnectionError):
    """What came is no whole reply; the connection is of no further use."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply.

    Attributes:
        status: 200 and above.
        headers: By lower-case name; of a repeated one the last.
        body: All of it, chunks joined.
        keeps_connection: Whether another request may follow on the same connection.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    keeps_connection: bool


def read_reply(socket: DeadlineSocket, *, has_body: bool) -> Reply:
    """Read a reply to its end.

    Args:
        socket: The connection, on which the request was sent.
        has_body: False for the reply to HEAD, which has the headers of a body only.

    Raises:
        MalformedReplyError: It is none, or too large, or ends too soon.
        OSError: The connection broke, or time is up.
    """
    reader = _Reader(socket)
    version, status, headers = _head(reader)
    while status < _FIRST_FINAL_STATUS:
        version, status, headers = _head(reader)
    if not has_body or status in _WITHOUT_BODY:
        body, ends = b"", True
    else:
        body, ends = _body(reader, headers)
    is_kept = version == b"HTTP/1.1" and "close" not in headers.get("connection", "").lower()
    return Reply(status, headers, body, ends and is_kept and not reader.buffer)


class _Reader:
    """What came and was not read yet."""

    def __init__(self, socket: DeadlineSocket) -> None:
        self._socket = socket
        self.buffer = b""

    def until(self, mark: bytes, limit: int) -> bytes:
        while (end := self.buffer.find(mark)) < 0:
            if len(self.buffer) > limit:
                raise MalformedReplyError
            self._more()
        found, self.buffer = self.buffer[:end], self.buffer[end + len(mark) :]
        return found

    def exactly(self, length: int) -> bytes:
        if len(self.buffer) >= length:
            found, self.buffer = self.buffer[:length], self.buffer[length:]
            return found
        parts, missing = [self.buffer], length - len(self.buffer)
        while missing > 0:
            self.buffer = b""
            self._more()
            parts.append(self.buffer[:missing])
            self.buffer, missing = self.buffer[missing:], missing - len(self.buffer)
        return b"".join(parts)

    def to_the_end(self, limit: int) -> bytes:
        while content := self._socket.receive():
            self.buffer += content
            if len(self.buffer) > limit:
                raise MalformedReplyError
        found, self.buffer = self.buffer, b""
        return found

    def _more(self) -> None:
        content = self._socket.receive()
        if not content:
            raise MalformedReplyError
        self.buffer += content


def _head(reader: _Reader) -> tuple[bytes, int, dict[str, str]]:
    first, _, lines = reader.until(b"\r\n\r\n", _HEAD_LIMIT_BYTES).partition(b"\r\n")
    version, _, rest = first.partition(b" ")
    code = rest[:3]
    if version not in {b"HTTP/1.1", b"HTTP/1.0"} or len(code) < len(b"200") or not code.isdigit():
        raise MalformedReplyError
    headers: dict[str, str] = {}
    for line in lines.decode("latin-1").split("\r\n") if lines else ():
        name, colon, value = line.partition(":")
        if not colon:
            raise MalformedReplyError
        headers[name.lower()] = value.strip()
    return version, int(code), headers


def _body(reader: _Reader, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    """The body, and whether it had an end before that of the connection."""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _chunks(reader), True
    length = headers.get("content-length")
    if length is None:
        return reader.to_the_end(_BODY_LIMIT_BYTES), False
    return reader.exactly(_within_limit(length, 10)), True


def _chunks(reader: _Reader) -> bytes:
    chunks: list[bytes] = []
    total = 0
    while size := _chunk_size(reader):
        total += size
        _within_limit(str(total), 10)
        chunks.append(reader.exactly(size))
        if reader.exactly(2) != b"\r\n":
            raise MalformedReplyError
    while reader.until(b"\r\n", _HEAD_LIMIT_BYTES):
        pass  # a trailer, which says nothing to us
    return b"".join(chunks)


def _chunk_size(reader: _Reader) -> int:
    size, _, _extension = reader.until(b"\r\n", _HEAD_LIMIT_BYTES).partition(b";")
    return _within_limit(size.decode("latin-1").strip(), 16)


def _within_limit(digits: str, base: int) -> int:
    try:
        number = int(digits, base)
    except ValueError:
        raise MalformedReplyError from None
    if not 0 <= number <= _BODY_LIMIT_BYTES:
        raise MalformedReplyError
    return number
