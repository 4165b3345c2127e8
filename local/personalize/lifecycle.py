"""How resources come into being: pending, in progress, and then active or failed.

Nothing runs in the background. Time is read from an injected clock, and whoever asks for a status
makes the work happen whose time has come; with durations of zero that is at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ACTIVE: Final = "ACTIVE"
CREATE_FAILED: Final = "CREATE FAILED"
CREATE_STOPPED: Final = "CREATE STOPPED"


@dataclass(frozen=True, slots=True)
class Progress:
    """How long a resource is pending, and then in progress, in seconds. Zero is at once."""

    pending_s: float = 0.0
    in_progress_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Failed:
    """Work that came to nothing, and the `failureReason` AWS would give."""

    reason: str


# Work reads and computes when it starts; what it returns is made visible when it ends.
type Commit = Callable[[], None]
type Work = Callable[[], Commit | Failed]


def no_work() -> Commit:
    """Does nothing, for resources that only have to wait."""
    return nothing


def nothing() -> None:
    """Changes nothing."""


class Transition:
    """One passage from pending to its end, such as a creation, an update or a deletion.

    Attributes:
        status: Where it is now, in Personalize's words.
        failure_reason: Why it failed, once it has.
        finished_at: When it ended, in epoch seconds; None until then.
    """

    def __init__(
        self, *, verb: str, started_at: float, progress: Progress, work: Work = no_work
    ) -> None:
        self.status = f"{verb} PENDING"
        self.failure_reason: str | None = None
        self.finished_at: float | None = None
        self._verb = verb
        self._work = work
        self._commit: Commit | None = None
        self._begins_at = started_at + progress.pending_s
        self._ends_at = self._begins_at + progress.in_progress_s

    @property
    def is_over(self) -> bool:
        """Tells whether nothing more will happen."""
        return self.finished_at is not None

    @property
    def due_at(self) -> float:
        """Says when the next step is due; meaningless once it is over."""
        return self._begins_at if self._commit is None else self._ends_at

    def advance(self, now: float) -> None:
        """Makes everything happen that is due by now."""
        if self._commit is None and not self.is_over and now >= self._begins_at:
            self._begin()
        if self._commit is not None and now >= self._ends_at:
            self._end(self._commit)

    def complete(self) -> None:
        """Makes everything happen at once, whatever the clock says."""
        self.advance(max(self._ends_at, self._begins_at))

    def stop(self, now: float) -> None:
        """Ends it as StopSolutionVersionCreation does, without a result."""
        self.status = CREATE_STOPPED
        self.finished_at = now
        self._commit = None

    def _begin(self) -> None:
        self.status = f"{self._verb} IN_PROGRESS"
        outcome = self._work()
        if isinstance(outcome, Failed):
            self._commit = self._failure(outcome.reason)
        else:
            self._commit = outcome

    def _failure(self, reason: str) -> Commit:
        def fail() -> None:
            self.failure_reason = reason

        return fail

    def _end(self, commit: Commit) -> None:
        self._commit = None
        commit()
        self.status = ACTIVE if self.failure_reason is None else f"{self._verb} FAILED"
        self.finished_at = self._ends_at
