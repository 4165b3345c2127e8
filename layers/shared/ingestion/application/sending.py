"""Send planned calls: lanes side by side, a lane in order, against the clock.

A refused call is cut in half until the guilty interaction is alone. A lane stops at its first
failure, so that no interaction of a viewer overtakes another. When Personalize is down as a whole
nothing more is tried: the stream is the buffer, and delivers again.
"""

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final

from ingestion.application.side_by_side import side_by_side
from ingestion.domain.errors import MisconfiguredError, RefusedError, TransientError
from ingestion.domain.interaction import Interaction
from ingestion.domain.put_events import Lane, Plan, PutEventsCall
from ingestion.ports import EventTracker, TimeLeft

# Failures in a row, over all lanes, after which the invocation tries no more.
_FAILURES_TO_STOP: Final = 4
# What an invocation needs to answer once the last call is over.
_ANSWER_RESERVE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the planned interactions; each is in exactly one of the three.

    Attributes:
        recorded: Personalize has them.
        refused: Personalize refused each of them alone.
        failed: Not now.
    """

    recorded: tuple[Interaction, ...] = ()
    refused: tuple[Interaction, ...] = ()
    failed: tuple[Interaction, ...] = ()
    calls: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            self.recorded + other.recorded,
            self.refused + other.refused,
            self.failed + other.failed,
            self.calls + other.calls,
        )


@dataclass(slots=True)
class _Gate:
    """Whether another call may begin; shared by all lanes of an invocation."""

    time_left: TimeLeft
    longest_call_s: float
    failures_in_a_row: int = 0
    _lock: Lock = field(default_factory=Lock)

    def is_open(self) -> bool:
        if self.failures_in_a_row >= _FAILURES_TO_STOP:
            return False
        return self.time_left() > self.longest_call_s + _ANSWER_RESERVE_S

    def note(self, *, failed: bool) -> None:
        with self._lock:
            self.failures_in_a_row = self.failures_in_a_row + 1 if failed else 0


def send_all(
    plan: Plan, *, tracker: EventTracker, time_left: TimeLeft, concurrent_calls: int
) -> Sent:
    """Send every call of the plan, as far as time and Personalize allow.

    Raises:
        MisconfiguredError: Personalize took nothing and refused something: with every interaction
            inside the limits of the service that is our configuration, and nobody is to blame for
            it. Nothing is rejected, the batch is delivered again once it is mended.
    """
    gate = _Gate(time_left, tracker.longest_call_s)

    def send(lane: Lane) -> Sent:
        return _send_lane(lane, tracker, gate)

    sent = sum(side_by_side(send, plan.lanes, at_once=concurrent_calls), Sent())
    if sent.refused and not sent.recorded:
        error = f"Personalize refused all of {len(sent.refused)} interactions"
        raise MisconfiguredError(error)
    return sent


def _send_lane(lane: Lane, tracker: EventTracker, gate: _Gate) -> Sent:
    sent = Sent()
    for call in lane:
        if sent.failed:
            sent += Sent(failed=call.interactions)
        else:
            sent += _send_call(call, tracker, gate)
    return sent


def _send_call(call: PutEventsCall, tracker: EventTracker, gate: _Gate) -> Sent:
    if not gate.is_open():
        return Sent(failed=call.interactions)
    try:
        tracker.record(call)
    except RefusedError:
        gate.note(failed=False)
        return Sent(calls=1) + _bisect(call, tracker, gate)
    except TransientError:
        gate.note(failed=True)
        return Sent(failed=call.interactions, calls=1)
    gate.note(failed=False)
    return Sent(recorded=call.interactions, calls=1)


def _bisect(call: PutEventsCall, tracker: EventTracker, gate: _Gate) -> Sent:
    """Find the guilty in a call that was refused; the others are sent."""
    if len(call.interactions) == 1:
        return Sent(refused=call.interactions)
    middle = len(call.interactions) // 2
    left, right = (
        replace(call, interactions=half)
        for half in (call.interactions[:middle], call.interactions[middle:])
    )
    first = _send_call(left, tracker, gate)
    if first.failed:
        return first + Sent(failed=right.interactions)
    if first.refused or len(right.interactions) == 1:
        return first + _send_call(right, tracker, gate)
    # The left half was taken whole, so the guilty one is in the right half: no need to ask.
    return first + _bisect(right, tracker, gate)
