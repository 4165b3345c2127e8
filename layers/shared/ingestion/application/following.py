"""Follow the live target: ask for it from time to time, and stay with what is known in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from ingestion.domain.errors import TransientError
from ingestion.domain.target import Target
from ingestion.ports import EventTracker, LiveParameter

type Now = Callable[[], float]
"""Seconds of the calendar, which go on while an environment is frozen; the monotonic ones need not.
"""


@dataclass(slots=True)
class Following:
    """The live target as one environment knows it. For any thread.

    It is out of date by `every_s` at most, and by more only while nobody can be asked: better to
    go on with a target that the next nights make good for than to hold everything up.

    Attributes:
        own: The target until somebody switches for the first time.
        every_s: How old an answer may be.
    """

    parameter: LiveParameter
    own: Target
    every_s: float
    now_s: Now
    _known: Target | None = None
    _asked_at_s: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def current(self) -> Target:
        """Where to send now.

        Raises:
            TransientError: Nobody could be asked so far.
            MisconfiguredError: There is no permission to ask, or what is written there is no
                target. Going on would split the environments: new ones cannot.
        """
        with self._lock:
            known = self._known
            if known is None or not 0 <= self.now_s() - self._asked_at_s < self.every_s:
                known = self._known = self._asked(known)
                self._asked_at_s = self.now_s()
            return known

    def _asked(self, known: Target | None) -> Target:
        try:
            text = self.parameter.read()
        except TransientError:
            if known is None:
                raise
            return known
        return self.own if text is None else Target.of_parameter(text)


class FollowingTracker:
    """The live event tracker; see the port."""

    def __init__(self, following: Following, tracker_of: Callable[[str], EventTracker]) -> None:
        self._following = following
        self._tracker_of = tracker_of
        self._made: tuple[str, EventTracker] | None = None

    def current(self) -> EventTracker:
        """The tracker of the live target, made when it became live."""
        tracking_id = self._following.current().tracking_id
        made = self._made
        if made is None or made[0] != tracking_id:
            made = self._made = (tracking_id, self._tracker_of(tracking_id))
        return made[1]
