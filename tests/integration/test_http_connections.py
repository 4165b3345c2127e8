"""Kept connections: as few as needed, each exchange within its limit, nothing trusted blindly."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit

import pytest
from ingestion.adapters.aws_endpoints import endpoint_of_url
from ingestion.adapters.credentials import Credentials, EnvironmentCredentials
from ingestion.adapters.http_connections import Connections
from ingestion.adapters.http_replies import MalformedReplyError, Reply
from ingestion.adapters.signed_event_tracker import SignedEventTracker, personalize_events_service
from ingestion.adapters.signed_live_parameter import signed_live_parameter
from ingestion.adapters.signed_service import Attempts, ErrorReply, SignedService
from ingestion.adapters.signing import Request, Signer
from ingestion.adapters.tls import tls_context
from ingestion.domain.errors import MisconfiguredError, TransientError
from ingestion.ports import Clock

from tests.contract.test_event_tracker import a_call
from tests.support.certificates import authority_and_server
from tests.support.metadata import FakeClock
from tests.support.pace import unhurried
from tests.support.scripted_server import (
    Conversation,
    ScriptedServer,
    Step,
    answer,
    fails,
    hangs_up,
    hangs_up_after,
    is_silent,
    says,
    scripted_server,
    trickles,
)

LIMIT_S = 0.3
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that answers well until it is told otherwise."""
    with scripted_server() as running:
        yield running


@pytest.fixture
def connections(server: ScriptedServer) -> Connections:
    """Connections to it."""
    return connections_to(server)


def connections_to(server: ScriptedServer) -> Connections:
    return Connections(endpoint_of_url(urlsplit(server.url)), tls_context)


def asked_of(connections: Connections, method: str = "POST", body: bytes = b"{}") -> Reply:
    return connections.exchange(method, "/", {"host": "h"}, body, within_s=LIMIT_S)


def service_at(
    server: ScriptedServer, environment: dict[str, str], clock: Clock | None = None
) -> SignedService:
    return SignedService(
        Signer("personalize", "eu-west-1"),
        connections_to(server),
        EnvironmentCredentials(environment),
        Attempts(LIMIT_S),
        clock or FakeClock(),
    )


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200\r\ncontent-length:2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", b"ok"),
        (
            b"HTTP/1.1 200\r\nTransfer-encoding:chunked\r\n\r\n1;a=b\r\no\r\n1\r\nk\r\n0\r\n\r\n",
            b"ok",
        ),
    ],
    ids=["length", "no reason", "informational", "chunked", "chunks with an extension"],
)
def test_a_whole_reply_keeps_its_connection(
    connections: Connections, server: ScriptedServer, content: bytes, body: bytes
) -> None:
    """Where it ends is known, so the next may follow."""
    server.then(says(content))
    assert asked_of(connections).body == body
    asked_of(connections)
    assert server.connections == 1


@pytest.mark.parametrize(
    ("step", "body"),
    [
        (says(b"HTTP/1.1 200 OK\r\n\r\nto the end", stays=False), b"to the end"),
        (says(b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"), b"ok"),
        (answer(200, b"ok", connection="close"), b"ok"),
        (says(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more"), b"ok"),
    ],
    ids=["no end but the connection's", "HTTP/1.0", "close", "more than a reply"],
)
def test_any_other_reply_ends_its_connection(
    connections: Connections, server: ScriptedServer, step: Step, body: bytes
) -> None:
    """Nobody reads the rest of a reply as the beginning of the next."""
    server.then(step)
    assert asked_of(connections).body == body
    asked_of(connections)
    assert server.connections == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2xx OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_100_000,
    ],
)
def test_what_is_no_whole_reply_is_a_fault(
    connections: Connections, server: ScriptedServer, content: bytes
) -> None:
    """Cut, wrong or too large: never a success, never kept in memory."""
    server.then(says(content, stays=False))
    with pytest.raises((MalformedReplyError, ConnectionError)):
        asked_of(connections)


def test_a_reply_to_head_has_the_length_of_what_it_does_not_send(
    connections: Connections, server: ScriptedServer
) -> None:
    """And the connection is good for the next."""
    server.then(says(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n"))
    assert asked_of(connections, "HEAD", b"").headers["content-length"] == "99"
    asked_of(connections)
    assert server.connections == 1
    assert "content-length" not in server.asked[0].headers


@pytest.mark.parametrize("step", [trickles, is_silent], ids=["trickling", "silent"])
def test_an_exchange_ends_at_its_limit(
    connections: Connections, server: ScriptedServer, step: Step
) -> None:
    """Also when each byte comes in time, which no limit of a single read would end."""
    server.then(step)
    with pytest.raises(TimeoutError):
        asked_of(connections)


def test_a_request_that_nobody_reads_ends_at_its_limit(connections: Connections) -> None:
    """More than fits into the buffers of the system, and a server that is busy."""
    with scripted_server() as server:
        server.then(is_silent)
        endless = connections_to(server)
        with pytest.raises(TimeoutError):
            endless.exchange("PUT", "/", {"host": "h"}, b"x" * 30_000_000, within_s=LIMIT_S)
    asked_of(connections)


def test_there_are_as_many_connections_as_requests_at_once(
    connections: Connections, server: ScriptedServer
) -> None:
    """None before the first, none more in the next round."""
    assert server.connections == 0
    together = Barrier(4)

    def together_answered(conversation: Conversation) -> bool:
        together.wait(timeout=10)
        return answer()(conversation)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            server.then(*[together_answered] * 4)
            list(pool.map(lambda _: asked_of(connections), range(4)))
    assert server.connections == 4


def test_a_kept_connection_that_ended_is_replaced_at_once(
    connections: Connections, server: ScriptedServer
) -> None:
    """So is every other of its age; the request is sent once more, not lost."""
    server.then(hangs_up_after(answer()))
    asked_of(connections)
    asked_of(connections)
    assert [asked.connection for asked in server.asked] == [1, 2]


def test_a_new_connection_that_ends_is_a_fault(
    connections: Connections, server: ScriptedServer
) -> None:
    """That is no matter of age: whoever called decides."""
    server.then(hangs_up)
    with pytest.raises(ConnectionError):
        asked_of(connections)
    assert server.connections == 1


def test_a_reply_that_began_is_not_asked_for_again(
    connections: Connections, server: ScriptedServer
) -> None:
    """The service was there, and something is wrong with it."""
    server.then(answer(), says(b"HTTP/1.1 2", stays=False))
    asked_of(connections)
    with pytest.raises(MalformedReplyError):
        asked_of(connections)


def test_connections_can_be_dropped(connections: Connections, server: ScriptedServer) -> None:
    """Before a snapshot is taken of the process, or after it was restored."""
    asked_of(connections)
    connections.close()
    asked_of(connections)
    assert server.connections == 2


def test_nobody_listens(connections: Connections) -> None:
    """A refused connection is a fault like any other."""
    with scripted_server() as gone:
        pass
    with pytest.raises(OSError, match="refused"):
        asked_of(connections_to(gone))
    asked_of(connections)


def test_a_header_cannot_hold_another(connections: Connections) -> None:
    """Whatever it is made of."""
    with pytest.raises(ValueError, match="line break"):
        connections.exchange("GET", "/", {"host": "h\r\nx: y"}, b"", within_s=LIMIT_S)


class TestCalls:
    def test_no_attempt_begins_that_could_end_too_late(self, server: ScriptedServer) -> None:
        """Even when the time between attempts was longer than planned."""

        class SlowClock(FakeClock):
            def sleep(self, seconds: float) -> None:
                super().sleep(seconds + 100)

        server.then(*[fails(503, "ServiceUnavailable")] * 3)
        with pytest.raises(TransientError):
            service_at(server, KEYS, SlowClock()).call(Request("GET", "/", {}), "test")
        assert len(server.asked) < 3

    def test_attempts_wait_by_chance_and_longer_each_time(self, server: ScriptedServer) -> None:
        """Full jitter: any time up to a limit that doubles."""
        clock = FakeClock()
        for _ in range(20):
            server.then(*[fails(500, "InternalFailure")] * 3)
            with pytest.raises(TransientError):
                service_at(server, KEYS, clock).call(Request("GET", "/", {}), "test")
        first, second = clock.waits[::2], clock.waits[1::2]
        assert 0 <= min(first) < max(first) <= 0.5 < max(second) <= 1.0
        assert len({*first, *second}) == 40

    def test_expired_credentials_are_replaced_if_there_are_others(
        self, server: ScriptedServer
    ) -> None:
        """Somebody renewed them while the call was on its way."""
        environment = dict(KEYS)

        def expires(conversation: Conversation) -> bool:
            environment["AWS_ACCESS_KEY_ID"] = "renewed"
            return fails(400, "ExpiredTokenException")(conversation)

        server.then(expires)
        service_at(server, environment).call(Request("GET", "/", {}), "test")
        assert "Credential=a/" in server.asked[0].headers["authorization"]
        assert "Credential=renewed/" in server.asked[1].headers["authorization"]

    def test_expired_credentials_without_others_are_told(self, server: ScriptedServer) -> None:
        """One attempt is enough to know."""
        server.then(fails(400, "ExpiredTokenException"))
        with pytest.raises(ErrorReply, match="ExpiredTokenException"):
            service_at(server, KEYS).call(Request("GET", "/", {}), "test")
        assert len(server.asked) == 1

    def test_a_fault_does_not_repeat_what_was_sent(self, server: ScriptedServer) -> None:
        """Texts of errors go to the log."""
        server.then(*[hangs_up] * 3)
        request = Request("POST", "/viewer-1", {"x-secret": "viewer-1"}, b"viewer-1")
        with pytest.raises(TransientError) as caught:
            service_at(server, KEYS).call(request, "PutEvents")
        assert str(caught.value) == "PutEvents: MalformedReplyError"


class TestTls:
    @pytest.fixture(autouse=True)
    def new_roots(self) -> Iterator[None]:
        tls_context.cache_clear()
        yield
        tls_context.cache_clear()

    @pytest.fixture
    def record(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[ScriptedServer], None]:
        def record_at(server: ScriptedServer) -> None:
            monkeypatch.setenv("AWS_ENDPOINT_URL_PERSONALIZE_EVENTS", server.url)
            service = personalize_events_service(unhurried(), clock=FakeClock())
            SignedEventTracker(service, "id").record(a_call("e-1"))

        return record_at

    def test_an_authority_of_ones_own_is_trusted_if_it_is_named(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        record: Callable[[ScriptedServer], None],
    ) -> None:
        """By the variable that boto3 reads."""
        bundle, context = authority_and_server(tmp_path)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
        with scripted_server(tls=context) as server:
            record(server)
            assert server.asked[0].path == "/events"

    def test_an_unknown_authority_is_not_trusted(
        self, tmp_path: Path, record: Callable[[ScriptedServer], None]
    ) -> None:
        """Nothing is sent; an operator must look who answers there."""
        _bundle, context = authority_and_server(tmp_path)
        with scripted_server(tls=context) as server:
            with pytest.raises(MisconfiguredError, match="SSLCertVerificationError"):
                record(server)
            assert server.asked == []

    def test_a_certificate_of_another_host_is_not_trusted(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        record: Callable[[ScriptedServer], None],
    ) -> None:
        """It is for 127.0.0.1, and not for this name of it."""
        bundle, context = authority_and_server(tmp_path)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
        with scripted_server(tls=context) as server:
            server.url = server.url.replace("127.0.0.1", "localhost")
            with pytest.raises(MisconfiguredError):
                record(server)

    def test_a_server_that_speaks_no_tls_is_transient(self) -> None:
        """Something is in between."""
        with scripted_server() as server:
            server.url = server.url.replace("http:", "https:")
            with pytest.raises(TransientError):
                service_at(server, KEYS).call(Request("GET", "/", {}), "test")


def test_the_connection_of_the_live_parameter_is_not_kept(server: ScriptedServer) -> None:
    """It would be too old when the parameter is asked for again, and count until then."""
    found = answer(body=b'{"Parameter": {"Value": "live"}}')
    server.then(found, fails(400, "ParameterNotFound"), found)
    parameter = signed_live_parameter(
        "/stack/live",
        {**KEYS, "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_SSM": server.url},
        EnvironmentCredentials(KEYS),
    )
    assert [parameter.read() for _ in range(3)] == ["live", None, "live"]
    assert [asked.connection for asked in server.asked] == [1, 2, 3]


def test_credentials_have_no_text() -> None:
    """Not even in an assertion that fails."""
    assert "secret" not in repr(Credentials("a", "secret"))
