"""TCP and TLS sockets of which a whole exchange, not each operation, has a time limit."""

import socket
import ssl
import time
from dataclasses import dataclass
from typing import Final

# To one address of several. A host's other addresses get what is left of the limit.
_CONNECT_LIMIT_S: Final = 1.0
_READ_BYTES: Final = 65_536


@dataclass(slots=True)
class DeadlineSocket:
    """A connected socket, and until when it may be used.

    Attributes:
        received: Whether anything was received since `begin`.
    """

    _socket: socket.socket
    _deadline_s: float
    received: bool = False

    def begin(self, deadline_s: float) -> None:
        """Begin an exchange that has to end by then, on the monotonic clock."""
        self._deadline_s = deadline_s
        self.received = False

    def send(self, content: bytes) -> None:
        """Send all of it.

        Raises:
            TimeoutError: The deadline passed.
            OSError: The connection broke.
        """
        rest = memoryview(content)
        while rest:
            self._socket.settimeout(_left(self._deadline_s))
            rest = rest[self._socket.send(rest) :]

    def receive(self) -> bytes:
        """What came; empty when the other side ended the connection; raises as `send`."""
        self._socket.settimeout(_left(self._deadline_s))
        content = self._socket.recv(_READ_BYTES)
        self.received = self.received or bool(content)
        return content

    def close(self) -> None:
        """Close it, whatever state it is in."""
        self._socket.close()


def connected(
    host: str, port: int, tls: ssl.SSLContext | None, deadline_s: float
) -> DeadlineSocket:
    """A new connection, to the first address of the host that answers.

    The resolver has time limits of its own, which nothing here can shorten.

    Raises:
        OSError: None answered in time, or the certificate is not to be trusted.
    """
    connection = _connected(host, port, deadline_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls is not None:
        try:
            connection.settimeout(_left(deadline_s))
            connection = tls.wrap_socket(connection, server_hostname=host)
        except BaseException:
            connection.close()
            raise
    return DeadlineSocket(connection, deadline_s)


def _connected(host: str, port: int, deadline_s: float) -> socket.socket:
    fault: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(min(_CONNECT_LIMIT_S, _left(deadline_s)))
            connection.connect(address)
        except OSError as error:
            connection.close()
            fault = error
        else:
            return connection
    raise fault or OSError


def _left(deadline_s: float) -> float:
    left = deadline_s - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
