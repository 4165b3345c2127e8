"""F20 to F31: what PutEvents may do to a call, and what becomes of the interactions in it."""

import itertools
import json
from contextlib import AbstractContextManager, nullcontext
from copy import replace
from typing import Any

import pytest
from ingestion.application.deriving import Derived, DerivedBatch
from ingestion.application.outcome import Disposition
from ingestion.application.recording import RecorderPorts, record
from ingestion.composition import recorder_ports
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.parsing import ReceivedActivity, parse_activity
from ingestion.domain.rejection import RejectionReason
from ingestion.settings.record_playback import RecordPlaybackSettings

from local.fault_proxy import FaultProxy
from local.http_faults import Fault, Kind, error_reply
from tests.faults.conftest import Metrics
from tests.faults.shard import (
    Delivery,
    Shard,
    mapping_of,
    once_there_were,
    starts,
    viewers,
)
from tests.faults.world import Deadline, World
from tests.support.builders import NOW_MS, WINDOW, a_message, a_start, an_interaction
from tests.support.fakes import plenty_of_time

pytestmark = pytest.mark.parametrize("sender", ["signed", "boto3"], indirect=True)

# One attempt in each lane may be under way when the invocation gives up after four failures.
MOST_CALLS_IN_VAIN = 4 + 4 - 1
ATTEMPTS_A_CALL = 3


def answering(status: int, code: str) -> Fault:
    return Fault(Kind.ANSWER, reply=error_reply(status, code))


def test_f20_throttled_for_all(world: World, recorder: Shard) -> None:
    """Three attempts a call, a few calls, and then no more of them in that invocation."""
    faults = world.stack.personalize.faults
    faults.throttle()
    attempts: list[int] = []

    def heal(number: int) -> None:
        if number == 1:
            attempts.append(sum(world.counters().failed.values()))
            faults.clear()

    recorder.before = heal
    recorder.deliver(starts(60))
    assert recorder.deliveries[0] == Delivery(60, 60, is_total=False)
    assert attempts[0] <= MOST_CALLS_IN_VAIN * ATTEMPTS_A_CALL
    assert world.users() == viewers(60)


def in_order(who: str, count: int) -> list[dict[str, Any]]:
    """Activities of one viewer that earn a `Click` each, one second after the other."""
    return [
        a_start(
            user_id=who,
            activity_id=f"{who}-{n}",
            playback_id=f"{who}-{n}",
            item_id=f"item-{n:02d}",
            occurred_at_ms=NOW_MS - 60_000 + 1000 * n,
        )
        for n in range(count)
    ]


def test_f21_one_viewer_throttled(world: World, recorder: Shard) -> None:
    """The others go on at once, and what that viewer did arrives in order when it can."""
    faults = world.stack.personalize.faults
    faults.throttle(user_ids=["slow"])
    seen: list[list[str]] = []

    def look(number: int) -> None:
        if number == 1:
            seen.append(world.users())
            faults.clear()

    recorder.before = look
    slow = in_order("slow", 25)
    recorder.deliver([slow[0], *starts(10), *slow[1:]])
    items = [each.item_id for each in arrived(world) if each.user_id == "slow"]
    assert seen == [viewers(10)]
    assert items == [f"item-{n:02d}" for n in range(25)]


def arrived(world: World) -> list[Any]:
    """What training would see in the order in which it came."""
    return list(world.trained_on())


def test_f22_every_third_call_throttled(world: World, recorder: Shard) -> None:
    """Nobody is lost, and no viewer's order."""
    counted = itertools.count()
    fault = replace(
        answering(400, "ThrottlingException"), hits=lambda _request: next(counted) % 3 == 2
    )
    world.events.fail_always(fault)
    recorder.deliver([*in_order("busy", 25), *starts(12)])
    items = [each.item_id for each in arrived(world) if each.user_id == "busy"]
    assert world.events.struck >= 5
    assert items == [f"item-{n:02d}" for n in range(25)]
    assert world.users() == ["busy"] * 25 + viewers(12)


@pytest.mark.parametrize(("status", "code"), [(500, "InternalFailure"), (502, "")])
def test_f23_put_events_answers_5xx(world: World, recorder: Shard, status: int, code: str) -> None:
    """It is tried again within the call, and when that is in vain the batch comes again."""
    world.events.fail_next(answering(status, code), 1)
    recorder.deliver(starts(1))
    assert recorder.deliveries == [Delivery(1, 0, is_total=False)]

    world.events.fail_always(answering(status, code))
    recorder.before = once_there_were(2, world.events.clear)
    recorder.deliver(starts(2))
    assert recorder.deliveries[1:] == [
        Delivery(2, 2, is_total=False),
        Delivery(2, 0, is_total=False),
    ]
    assert world.users() == viewers(2)


def test_f24_reply_of_put_events_lost(world: World, recorder: Shard) -> None:
    """It is sent again under the same event id, which Personalize takes once."""
    world.events.fail_next(Fault(Kind.LOST_REPLY), 5)
    recorder.deliver(starts(10))
    assert world.events.struck == 5
    assert world.counters().repeated == 5
    assert world.users() == viewers(10)


@pytest.mark.parametrize("kind", ["refused", "reset", "garbage", "truncated"])
def test_f25_connection_refused_reset_or_spoilt(world: World, recorder: Shard, kind: str) -> None:
    """The batch comes again, and then each interaction is there once."""
    ending = broken(world.events, kind)
    ending.__enter__()

    def heal() -> None:
        ending.__exit__(None, None, None)
        world.events.clear()

    recorder.before = once_there_were(1, heal)
    recorder.deliver(starts(6))
    assert recorder.deliveries[0] == Delivery(6, 6, is_total=False)
    assert world.users() == viewers(6)


def broken(proxy: FaultProxy, kind: str) -> AbstractContextManager[None]:
    match kind:
        case "refused":
            return proxy.refusing()
        case "reset":
            proxy.fail_always(Fault(Kind.RESET))
        case "garbage":
            proxy.fail_always(Fault(Kind.GARBAGE))
        case _:
            proxy.fail_always(Fault(Kind.TRUNCATE, 5))
    return nullcontext()


def test_f26_replies_trickle_beyond_the_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be sent before the deadline is reported, in time; the rest has been recorded."""
    monkeypatch.setenv("MAX_CONCURRENT_CALLS", "2")
    seconds = recorder_of_environment().tracker.current().longest_call_s + 4
    contexts: list[Deadline] = []

    def context() -> Deadline:
        contexts.append(Deadline(seconds=seconds))
        return contexts[-1]

    left: list[int] = []
    shard = Shard(mapping_of("record_playback"), world.in_process("record_playback", context))
    world.events.fail_always(Fault(Kind.TRICKLE, 8))

    def heal(number: int) -> None:
        if number == 1:
            left.append(contexts[0].get_remaining_time_in_millis())
            world.events.clear()

    shard.before = heal
    shard.deliver(starts(20))
    assert left[0] > 0
    assert 0 < shard.deliveries[0].failed < 20
    assert not any(each.is_total for each in shard.deliveries)
    assert world.users() == viewers(20)


def recorder_of_environment() -> RecorderPorts:
    """The ports as a cold start makes them."""
    return recorder_ports(RecordPlaybackSettings.from_environment(), "record_playback")


@pytest.mark.parametrize("guilty", [0, 4, 9])
def test_f28_one_of_ten_events_invalid(world: World, recorder: Shard, guilty: int) -> None:
    """Nine are sent, one is rejected with its bytes, and it takes eight calls at most."""
    bodies = in_order("viewer", 10)
    bodies[guilty]["context"] = {"mood": "tired"}
    recorder.deliver(bodies)
    (rejected,) = world.rows("rejections/")
    assert rejected["reason"] == "personalize_invalid"
    assert json.loads(rejected["body"]) == bodies[guilty]
    assert len(world.users()) == 9
    assert world.counters().calls <= 8
    assert len(recorder.deliveries) == 1


def test_f29_everything_invalid(
    world: World, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tracking id of nobody is our configuration: nothing is rejected, somebody is told."""
    monkeypatch.setenv("TRACKING_ID", "of-nobody")
    broken_recorder = world.in_process("record_playback")
    shard = Shard(mapping_of("record_playback"), broken_recorder)

    def mend(number: int) -> None:
        if number == 3:
            monkeypatch.setenv("TRACKING_ID", world.tracking_id)
            shard.invoke = world.in_process("record_playback")

    shard.before = mend
    shard.deliver(starts(8))
    assert [each.is_total for each in shard.deliveries[:3]] == [True] * 3
    assert metrics()["Misconfigured"] == 3
    assert world.rows("rejections/") == []
    assert world.users() == viewers(8)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException"])
def test_f30_denied(world: World, recorder: Shard, metrics: Metrics, code: str) -> None:
    """As when everything is invalid: nothing is rejected, and it drains once it is mended."""
    world.events.fail_always(answering(403, code))
    recorder.before = once_there_were(2, world.events.clear)
    recorder.deliver(starts(4))
    assert [each.is_total for each in recorder.deliveries[:2]] == [True] * 2
    assert metrics()["Misconfigured"] == 2
    assert world.rows("rejections/") == []
    assert world.users() == viewers(4)


def test_f31_what_no_client_could_send(world: World) -> None:
    """An interaction beyond a limit is rejected before the call; its neighbours are sent."""
    messages = [a_message(a_start(user_id=who), message_id=who) for who in ("good", "bad", "also")]
    derived = tuple(map(derived_of, messages, ("item-1", "i" * 257, "item-1")))
    batch = DerivedBatch(tuple(messages), derived, ())
    outcome = record(batch, ports=recorder_of_environment(), time_left=plenty_of_time)
    ends = [disposition for _, disposition in outcome.dispositions]
    assert ends == [Disposition.RECORDED, Disposition.REJECTED, Disposition.RECORDED]
    assert outcome.rejections == {RejectionReason.PERSONALIZE_LIMIT: 1}
    assert world.users() == ["also", "good"]


def derived_of(message: Any, item_id: str) -> Derived:
    received = parse_activity(message, WINDOW)
    assert isinstance(received, ReceivedActivity)
    interaction = an_interaction(
        event_id=message.id, message_id=message.id, user_id=message.id, item_id=item_id
    )
    return Derived(received, (InteractionRow(interaction, received, to_send=True),))
