"""What goes wrong in a simulated world, and when: also in the middle of an invocation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Never

from ingestion.domain.errors import TransientError
from ingestion.domain.put_events import PutEventsCall

from tests.model.simulated_clock import SimulatedClock


class Killed(BaseException):
    """The execution environment is gone: out of memory, SIGKILL, timeout. Nobody catches it."""


class Port(StrEnum):
    """What the functions reach in the world."""

    TRACKER = "tracker"
    INTERACTIONS = "interactions"
    REJECTIONS = "rejections"
    ACTIVITIES = "activities"
    STATES = "states"
    VERDICTS = "verdicts"
    SETTLING = "settling"


class Mode(StrEnum):
    """How a port behaves."""

    OK = "ok"
    DOWN = "down"
    LOST_REPLY = "lost reply"  # carried out, and the function is told that it failed
    CONFLICT = "conflict"  # of states: another writer was faster


type Change = Callable[[], None]


@dataclass
class Faults:
    """The faults of a world; every use of a port is carried out through it.

    Attributes:
        modes: How ports behave; those that are missing are well.
        throttled_users: Whose calls Personalize does not take now.
        every_nth: Each so many calls to Personalize are throttled; 0 for none.
        latency_s: What a call to Personalize takes.
        loses_an_answer: Whether the next answer of a function gets lost on its way to Lambda.
        uses: How often ports were used so far.
    """

    clock: SimulatedClock
    modes: dict[Port, Mode] = field(default_factory=dict)
    throttled_users: frozenset[str] = frozenset()
    every_nth: int = 0
    latency_s: float = 0.02
    loses_an_answer: bool = False
    uses: int = 0
    ends_at_s: float = float("inf")
    timeouts: int = 0
    _calls: int = 0
    _is_dead: bool = False
    _upcoming: list[tuple[int, Change]] = field(default_factory=list)

    def later(self, uses: int, change: Change) -> None:
        """Change something once ports have been used so many times more: perhaps in mid-work."""
        self._upcoming.append((self.uses + uses, change))

    def kill(self) -> None:
        """Let the execution environment die at its next use of a port."""
        self._is_dead = True

    def kill_now(self) -> Never:
        """Let the execution environment die at once."""
        raise Killed

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.modes.clear()
        self._upcoming.clear()
        self.throttled_users = frozenset()
        self.every_nth = 0
        self.latency_s = 0.02
        self.loses_an_answer = self._is_dead = False

    def begin_invocation(self, timeout_s: float) -> None:
        """A new invocation: how long it may take."""
        self.ends_at_s = self.clock() + timeout_s

    def time_left(self) -> float:
        """Seconds until the runtime ends this invocation."""
        return self.ends_at_s - self.clock()

    def carry_out[T](self, port: Port, do: Callable[[], T], *, in_conflict: T | None = None) -> T:
        """Use a port, as it goes at this moment."""
        mode = self._mode(port)
        if mode is Mode.DOWN:
            raise TransientError(port)
        if mode is Mode.CONFLICT and in_conflict is not None:
            return in_conflict
        result = do()
        if mode is Mode.LOST_REPLY:
            raise TransientError(port)
        return result

    def send(self, call: PutEventsCall, do: Callable[[], None]) -> None:
        """Make a call to Personalize, which knows who calls how often."""
        self._calls += 1
        is_throttled = call.user_id in self.throttled_users
        if is_throttled or (self.every_nth and self._calls % self.every_nth == 0):
            self._mode(Port.TRACKER)
            raise TransientError(Port.TRACKER)
        self.carry_out(Port.TRACKER, do)

    def _mode(self, port: Port) -> Mode:
        """One more use of a port: time passes, faults begin, the environment may die."""
        self.uses += 1
        due = [change for at, change in self._upcoming if at < self.uses]
        self._upcoming = [each for each in self._upcoming if each[0] >= self.uses]
        for change in due:
            change()
        if self._is_dead:
            self._is_dead = False
            raise Killed
        self.clock.advance(self.latency_s if port is Port.TRACKER else 0.02)
        if self.clock() >= self.ends_at_s:
            self.timeouts += 1
            raise Killed
        return self.modes.get(port, Mode.OK)
