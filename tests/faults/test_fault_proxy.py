"""The proxy that breaks exchanges: each fault as an HTTP client meets it."""

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.fault_proxy import FaultProxy
from local.http_faults import Fault, Kind, error_reply

BODY = b"0123456789" * 10


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(body)  # pyright: ignore[reportAttributeAccessIssue]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  -- the base's name
        pass


@pytest.fixture
def seen() -> list[bytes]:
    """What the service was sent."""
    return []


@pytest.fixture
def proxy(seen: list[bytes]) -> Iterator[FaultProxy]:
    """A proxy before a service that answers with what it is sent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    server.seen = seen  # pyright: ignore[reportAttributeAccessIssue]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    with FaultProxy(f"http://127.0.0.1:{server.server_port}") as proxy:
        yield proxy
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[http.client.HTTPConnection]:
    """A client that waits a second, and keeps its connection."""
    client = http.client.HTTPConnection("127.0.0.1", int(proxy.url.rpartition(":")[2]), timeout=1)
    yield client
    client.close()


def say(client: http.client.HTTPConnection, body: bytes = BODY) -> bytes:
    """Send a request and read what is answered."""
    client.request("POST", "/", body)
    return client.getresponse().read()


def test_without_a_fault_everything_passes(
    proxy: FaultProxy, client: http.client.HTTPConnection
) -> None:
    """Exchange after exchange on one connection, counted."""
    assert [say(client), say(client, b"x" * 1_000_000)] == [BODY, b"x" * 1_000_000]
    assert (proxy.exchanges, proxy.struck) == (2, 0)


@pytest.mark.parametrize(
    ("fault", "reaches_the_service"),
    [
        (Fault(Kind.RESET), False),
        (Fault(Kind.BLACKHOLE), False),
        (Fault(Kind.CUT_CONTINUE), False),
        (Fault(Kind.LOST_REPLY), True),
        (Fault(Kind.GARBAGE), True),
        (Fault(Kind.TRUNCATE, 120), True),
        (Fault(Kind.LATENCY, 5), True),
    ],
    ids=str,
)
def test_a_broken_exchange_fails_and_the_next_passes(
    proxy: FaultProxy,
    client: http.client.HTTPConnection,
    seen: list[bytes],
    fault: Fault,
    reaches_the_service: bool,  # noqa: FBT001  -- of the parameters
) -> None:
    """What strikes an exchange on a kept connection, strikes it once; the service saw it or not."""
    say(client)
    proxy.fail_next(fault)
    with pytest.raises((OSError, http.client.HTTPException)):
        say(client)
    assert len(seen) == 1 + reaches_the_service
    client.close()
    assert say(client) == BODY


def test_a_trickling_reply_is_whole_in_the_end(
    proxy: FaultProxy, client: http.client.HTTPConnection
) -> None:
    """Each read is quick, so no timeout of a read ends it."""
    proxy.fail_next(Fault(Kind.TRICKLE, 50))
    assert say(client) == BODY


def test_an_answer_comes_in_place_of_the_service(
    proxy: FaultProxy, client: http.client.HTTPConnection, seen: list[bytes]
) -> None:
    """The connection goes on afterwards."""
    proxy.fail_next(Fault(Kind.ANSWER, reply=error_reply(503, "ServiceUnavailable")))
    assert b"ServiceUnavailable" in say(client)
    assert (say(client), seen) == (BODY, [BODY])


def test_who_waits_for_a_continue_gets_one_before_the_answer(proxy: FaultProxy) -> None:
    """Else a client of S3 would wait for it first."""
    client = http.client.HTTPConnection("127.0.0.1", int(proxy.url.rpartition(":")[2]), timeout=1)
    proxy.fail_next(Fault(Kind.ANSWER, reply=error_reply(503, "SlowDown", xml=True)))
    client.putrequest("PUT", "/")
    client.putheader("Expect", "100-continue")
    client.putheader("Content-Length", str(len(BODY)))
    client.endheaders()
    client.send(BODY)
    assert b"<Code>SlowDown</Code>" in client.getresponse().read()
    client.close()


def test_a_refusing_proxy_is_away_and_comes_back(
    proxy: FaultProxy, client: http.client.HTTPConnection
) -> None:
    """Kept connections are gone, new ones are refused, and then all is as before."""
    say(client)
    with proxy.refusing():
        with pytest.raises((OSError, http.client.HTTPException)):
            say(client)
        client.close()
        with pytest.raises(ConnectionRefusedError):
            say(client)
        client.close()
    assert say(client) == BODY


def test_a_fault_may_choose_its_requests_and_bring_another(
    proxy: FaultProxy, client: http.client.HTTPConnection
) -> None:
    """Only the poison is hit, and whoever wants to hear of it does."""
    struck: list[str] = []
    proxy.fail_always(
        Fault(
            Kind.LOST_REPLY, hits=lambda r: b"poison" in r, then=lambda: struck.append("it struck")
        )
    )
    assert say(client) == BODY
    with pytest.raises((OSError, http.client.HTTPException)):
        say(client, b"poison")
    proxy.clear()
    client.close()
    assert say(client, b"poison") == b"poison"
    assert struck == ["it struck"]
