"""Keep a rate of calls: so many a second and no more, over all invocations of an environment."""

from threading import Lock

from ingestion.ports import Clock


class TokenBucket:
    """Lets calls begin at a constant rate, and a few at once after a pause. For threads.

    The generic cell rate algorithm: a caller takes the next free moment and waits for it, so what
    one oversleeps no other has to wait for, and the rate holds to the call.
    """

    def __init__(
        self, calls_per_second: float, clock: Clock, *, burst_s: float = 0.0, at_once: int = 1
    ) -> None:
        """A bucket that is full.

        Args:
            calls_per_second: The rate at which it fills.
            clock: What to wait on.
            burst_s: How many seconds' worth of calls it holds, beside the one that may always go.
            at_once: How many may wait at the same time.
        """
        self._interval_s = 1 / calls_per_second
        self._burst_s = burst_s
        self._at_once = at_once
        self._clock = clock
        self._next_s = clock.now_s() - burst_s
        self._lock = Lock()

    @property
    def longest_wait_s(self) -> float:
        """As long as it takes to let all go who may wait at the same time."""
        return self._at_once * self._interval_s

    def wait(self) -> None:
        """Wait until the next call may begin."""
        with self._lock:
            now_s = self._clock.now_s()
            begins_s = max(self._next_s, now_s - self._burst_s)
            self._next_s = begins_s + self._interval_s
        if begins_s > now_s:
            self._clock.sleep(begins_s - now_s)
