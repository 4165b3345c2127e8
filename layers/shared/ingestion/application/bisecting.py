"""Send things in one call, cut a refused call in half until the guilty one is alone.

Shared by all who send: what a call is and how it is sent is the sender's; when to stop is here.
When Personalize is down as a whole nothing more is tried: the source is the buffer, and delivers
again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from ingestion.domain.errors import RefusedError, TransientError
from ingestion.ports import TimeLeft

# Failures in a row, over all lanes, after which the invocation tries no more.
_FAILURES_TO_STOP: Final = 4
# What an invocation needs to answer once the last call is over.
_ANSWER_RESERVE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Sent[T]:
    """What became of the planned things; each is in exactly one of the three.

    Attributes:
        recorded: Personalize has them.
        refused: Personalize refused each of them alone.
        failed: Not now.
        calls: Calls made, refused and failed ones included.
    """

    recorded: tuple[T, ...] = ()
    refused: tuple[T, ...] = ()
    failed: tuple[T, ...] = ()
    calls: int = 0

    def __add__(self, other: "Sent[T]") -> "Sent[T]":
        return Sent(
            self.recorded + other.recorded,
            self.refused + other.refused,
            self.failed + other.failed,
            self.calls + other.calls,
        )


@dataclass(slots=True)
class Gate:
    """Whether another call may begin; shared by all lanes of an invocation."""

    time_left: TimeLeft
    longest_call_s: float
    failures_in_a_row: int = 0
    _lock: Lock = field(default_factory=Lock)

    def is_open(self) -> bool:
        """Whether there is time for a call, and Personalize not down as a whole."""
        if self.failures_in_a_row >= _FAILURES_TO_STOP:
            return False
        return self.time_left() > self.longest_call_s + _ANSWER_RESERVE_S

    def note(self, *, failed: bool) -> None:
        """Count failures in a row."""
        with self._lock:
            self.failures_in_a_row = self.failures_in_a_row + 1 if failed else 0


def send_or_bisect[T](
    things: tuple[T, ...], send: Callable[[tuple[T, ...]], None], gate: Gate
) -> Sent[T]:
    """Send all of them in one call if it is taken, or else all but the guilty in several."""
    if not gate.is_open():
        return Sent(failed=things)
    try:
        send(things)
    except RefusedError:
        gate.note(failed=False)
        return Sent[T](calls=1) + _bisect(things, send, gate)
    except TransientError:
        gate.note(failed=True)
        return Sent(failed=things, calls=1)
    gate.note(failed=False)
    return Sent(recorded=things, calls=1)


def _bisect[T](things: tuple[T, ...], send: Callable[[tuple[T, ...]], None], gate: Gate) -> Sent[T]:
    """Find the guilty in a call that was refused; the others are sent."""
    if len(things) == 1:
        return Sent(refused=things)
    middle = len(things) // 2
    left, right = things[:middle], things[middle:]
    first = send_or_bisect(left, send, gate)
    if first.failed:
        return first + Sent(failed=right)
    if first.refused or len(right) == 1:
        return first + send_or_bisect(right, send, gate)
    # The left half was taken whole, so the guilty one is in the right half: no need to ask.
    return first + _bisect(right, send, gate)
