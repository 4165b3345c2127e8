"""Both senders before a server that fails in every way: the same errors, the same retries."""

import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingestion.adapters.archive import Bucket
from ingestion.adapters.boto3_bucket import Boto3Bucket, s3_client
from ingestion.adapters.event_tracker import PersonalizeEventTracker, personalize_events_client
from ingestion.adapters.signed_bucket import signed_bucket
from ingestion.adapters.signed_event_tracker import SignedEventTracker, personalize_events_service
from ingestion.application.pacing import TokenBucket
from ingestion.domain.errors import MisconfiguredError, RefusedError, TransientError
from ingestion.domain.interaction import Interaction
from ingestion.domain.playback import EventType
from ingestion.domain.put_events import PutEventsCall, broken_limit
from ingestion.ports import EventTracker, Pace

from tests.contract.test_event_tracker import a_call
from tests.support.aws_faults import without_waits
from tests.support.metadata import FakeClock
from tests.support.pace import unhurried
from tests.support.scripted_server import (
    ScriptedServer,
    Step,
    answer,
    fails,
    hangs_up,
    hangs_up_after,
    says,
    scripted_server,
)

CHUNKED = (
    b"HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\n\r\n"
    b'12;note=1\r\n{"__type":"com.ama\r\n2A\r\nzonaws.personalize#InvalidInputException"}\r\n'
    b"0\r\nx-trailer: 1\r\n\r\n"
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """A server for both services, which answers well until it is told otherwise."""
    with scripted_server() as running, without_waits():
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        yield running


@pytest.fixture(params=["boto3", "signed"])
def sender(request: pytest.FixtureRequest) -> str:
    """Either of them."""
    return request.param


def tracker_of(sender: str, pace: Pace | None = None) -> EventTracker:
    pace = pace or unhurried()
    if sender == "boto3":
        return PersonalizeEventTracker(personalize_events_client(4), "tracking-id", pace)
    return SignedEventTracker(personalize_events_service(pace, clock=FakeClock()), "tracking-id")


def bucket_of(sender: str) -> Bucket:
    if sender == "boto3":
        return Boto3Bucket(s3_client(), "archive")
    return signed_bucket("archive", clock=FakeClock())


class TestEventTrackers:
    @pytest.fixture
    def tracker(self, server: ScriptedServer, sender: str) -> EventTracker:  # noqa: ARG002 - must run
        return tracker_of(sender)

    @pytest.mark.parametrize(
        "fault",
        [
            fails(429, "TooManyRequestsException"),
            fails(400, "ThrottlingException"),
            fails(500, "InternalFailure"),
            fails(503, "ServiceUnavailable"),
            answer(502, b"<html>a proxy speaks</html>"),
            hangs_up,
            says(b"garbage, and no end of it\r\n\r\n", stays=False),
        ],
        ids=["429", "throttle", "500", "503", "502", "lost reply", "garbage"],
    )
    def test_what_passes_is_tried_three_times(
        self, sender: str, server: ScriptedServer, fault: Step
    ) -> None:
        """The same bytes each time, event ids and times among them; then it is transient."""
        server.then(fault, fault)
        tracker_of(sender).record(a_call("e-1"))
        assert len(server.asked) == 3
        assert len({asked.body for asked in server.asked}) == 1
        server.then(fault, fault, fault)
        with pytest.raises(TransientError):
            tracker_of(sender).record(a_call("e-1"))
        assert len(server.asked) == 6

    @pytest.mark.parametrize(
        "reply",
        [
            says(CHUNKED),
            fails(400, "InvalidInputException:http://internal.amazon.com/coral/"),
            answer(400, b'{"code": "InvalidInputException"}'),
            answer(400, b'{"message": "\\"code\\":\\"no\\"", "__type": "ValidationException"}'),
        ],
        ids=["chunked", "header", "code", "type"],
    )
    def test_a_refusal_is_told_once(
        self, tracker: EventTracker, server: ScriptedServer, reply: Step
    ) -> None:
        """Wherever its code stands; the connection is good for the next call."""
        server.then(reply)
        with pytest.raises(RefusedError):
            tracker.record(a_call("e-1"))
        tracker.record(a_call("e-1"))
        assert [asked.connection for asked in server.asked] == [1, 1]

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (403, "AccessDeniedException"),
            (403, "InvalidSignatureException"),
            (400, "ExpiredTokenException"),
            (400, "ResourceNotFoundException"),
        ],
    )
    def test_what_an_operator_must_mend_is_tried_once(
        self, tracker: EventTracker, server: ScriptedServer, status: int, code: str
    ) -> None:
        """No attempt could change it."""
        server.then(fails(status, code))
        with pytest.raises(MisconfiguredError, match=code):
            tracker.record(a_call("e-1"))
        assert len(server.asked) == 1

    def test_a_connection_is_kept(self, tracker: EventTracker, server: ScriptedServer) -> None:
        """One after the other needs one."""
        for _ in range(5):
            tracker.record(a_call("e-1"))
        assert server.connections == 1

    def test_a_connection_that_the_service_closed_costs_nobody_a_call(
        self, tracker: EventTracker, server: ScriptedServer
    ) -> None:
        """Idle connections end without a word."""
        server.then(hangs_up_after(answer()))
        tracker.record(a_call("e-1"))
        tracker.record(a_call("e-2"))
        assert len(server.asked) == 2
        assert server.connections == 2


_IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
_INTERACTIONS = st.builds(
    Interaction,
    event_id=_IDS,
    message_id=st.just("m-1"),
    event_type=st.sampled_from(EventType),
    user_id=st.just("u"),
    visit_id=st.just("v"),
    item_id=_IDS,
    sent_at_s=st.integers(1, 4_000_000_000),
    event_value=st.none() | st.floats(0, 1),
    version=st.just(0),
    recommendation_id=st.none() | _IDS,
    impressions=st.lists(_IDS, max_size=5).map(tuple),
    event_source=st.none() | st.text("abc-", min_size=1, max_size=9),
    context=st.lists(st.tuples(st.sampled_from(["DEVICE_TYPE", "REGION"]), _IDS), max_size=2).map(
        tuple
    ),
).filter(lambda interaction: broken_limit(interaction) is None)
CALLS = st.builds(
    PutEventsCall,
    user_id=st.none() | _IDS,
    visit_id=_IDS,
    interactions=st.lists(_INTERACTIONS, min_size=1, max_size=10).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(call=CALLS)
def test_both_senders_say_the_same(server: ScriptedServer, call: PutEventsCall) -> None:
    """Whatever the call: the same request, and the same object of JSON."""
    server.asked.clear()
    for sender in ("boto3", "signed"):
        tracker_of(sender).record(call)
    theirs, ours = server.asked
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert (ours.method, ours.path) == (theirs.method, theirs.path) == ("POST", "/events")
    assert ours.headers["content-type"] == theirs.headers["content-type"]


class TestBuckets:
    @pytest.fixture
    def bucket(self, server: ScriptedServer, sender: str) -> Bucket:  # noqa: ARG002 - must run
        return bucket_of(sender)

    @pytest.fixture(params=["put", "put_if_absent"])
    def write(
        self, server: ScriptedServer, sender: str, request: pytest.FixtureRequest
    ) -> Callable[[], bool]:
        """Either way of writing the same object, by a sender that is new each time."""
        del server  # which must run before

        def put() -> bool:
            bucket_of(sender).put("a/b=c", b"body", "keep")
            return True

        def put_if_absent() -> bool:
            return bucket_of(sender).put_if_absent("a/b=c", b"body", sha256="hash", doing="keep")

        return put if request.param == "put" else put_if_absent

    def test_the_object_is_said_to_be_what_it_is(
        self, write: Callable[[], bool], server: ScriptedServer
    ) -> None:
        """Path, body and type; the condition and the hash where there is one."""
        assert write()
        (asked,) = server.asked
        assert (asked.method, asked.path, asked.body) == ("PUT", "/archive/a/b%3Dc", b"body")
        assert asked.headers["content-type"] == "application/gzip"
        condition = asked.headers.get("if-none-match"), asked.headers.get("x-amz-meta-sha256")
        assert condition in {(None, None), ("*", "hash")}

    @pytest.mark.parametrize(
        "fault",
        [fails(503, "SlowDown"), fails(500, "InternalError"), hangs_up],
        ids=["503", "500", "lost reply"],
    )
    def test_what_passes_is_tried_three_times(
        self, write: Callable[[], bool], server: ScriptedServer, fault: Step
    ) -> None:
        """Then the batch is delivered again."""
        server.then(fault, fault)
        assert write()
        server.then(fault, fault, fault)
        with pytest.raises(TransientError):
            write()

    def test_a_conflict_of_two_writers_is_transient(
        self, write: Callable[[], bool], server: ScriptedServer
    ) -> None:
        """S3 asks to try again (API reference, PutObject, 409)."""
        server.then(*[fails(409, "ConditionalRequestConflict")] * 3)
        with pytest.raises(TransientError):
            write()

    @pytest.mark.parametrize("code", ["AccessDenied", "KMS.DisabledException", "NoSuchBucket"])
    def test_what_an_operator_must_mend_is_tried_once(
        self, write: Callable[[], bool], server: ScriptedServer, code: str
    ) -> None:
        """No attempt could change it."""
        server.then(fails(403, code))
        with pytest.raises(MisconfiguredError, match=code):
            write()
        assert len(server.asked) == 1

    @pytest.mark.parametrize(("stored", "is_ours"), [("hash", True), ("other", False)])
    def test_what_is_there_is_ours_if_its_hash_is(
        self, bucket: Bucket, server: ScriptedServer, stored: str, *, is_ours: bool
    ) -> None:
        """A reply was lost after the object was written: the next attempt finds it."""
        head = f"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx-amz-meta-sha256: {stored}\r\n\r\n"
        server.then(hangs_up, fails(412, "PreconditionFailed"), says(head.encode()))
        assert bucket.put_if_absent("k", b"body", sha256="hash", doing="keep") is is_ours
        assert [asked.method for asked in server.asked] == ["PUT", "PUT", "HEAD"]

    def test_a_hidden_object_is_misconfigured_or_unforeseen(
        self, bucket: Bucket, server: ScriptedServer
    ) -> None:
        """The reply to HEAD has no body, so there is a status and no code."""
        server.then(fails(412, "PreconditionFailed"), says(b"HTTP/1.1 403 Forbidden\r\n\r\n"))
        with pytest.raises(Exception, match="403"):
            bucket.put_if_absent("k", b"body", sha256="hash", doing="keep")


def test_every_attempt_keeps_the_pace(sender: str, server: ScriptedServer) -> None:
    """A retry counts against the quota as any call does, and its wait as the call's time."""
    clock = FakeClock()
    pace = TokenBucket(1000, clock)
    tracker = tracker_of(sender, pace)
    server.then(*[fails(429, "TooManyRequestsException")] * 2)
    tracker.record(a_call("e-1"))
    assert clock.waits == pytest.approx([0.001, 0.001])
    assert tracker.longest_call_s == pytest.approx(
        tracker_of(sender).longest_call_s, abs=3.5 * pace.longest_wait_s
    )
