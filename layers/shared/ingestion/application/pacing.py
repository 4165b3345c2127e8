"""Keep a pace: so many calls a second and no more, over all invocations of an environment."""

from ingestion.ports import Clock


class Pace:
    """Spaces calls evenly; the first may go at once. For one lane at a time."""

    def __init__(self, calls_per_second: float, clock: Clock) -> None:
        self._interval_s = 1 / calls_per_second
        self._clock = clock
        self._next_s = clock.now_s()

    @property
    def interval_s(self) -> float:
        """Seconds between two calls: the longest that one waits."""
        return self._interval_s

    def wait(self) -> None:
        """Wait until the next call may begin."""
        wait_s = self._next_s - self._clock.now_s()
        if wait_s > 0:
            self._clock.sleep(wait_s)
        self._next_s = max(self._next_s, self._clock.now_s()) + self._interval_s
