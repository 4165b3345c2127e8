"""How AWS throttles: a bucket of tokens that fills with time."""

from collections.abc import Callable


class TokenBucket:
    """Holds one second's worth of tokens and fills at a constant rate. Not thread-safe."""

    def __init__(self, rate_per_s: float, clock: Callable[[], float]) -> None:
        self._rate_per_s = rate_per_s
        self._clock = clock
        self._tokens = rate_per_s
        self._filled_at_s = clock()

    def holds(self, tokens: float) -> bool:
        """Say whether `tokens` could be taken now.

        A bucket in debt holds nothing; an empty request always fits a bucket that is not in debt.
        """
        now_s = self._clock()
        earned = max(0.0, now_s - self._filled_at_s) * self._rate_per_s
        self._tokens = min(self._rate_per_s, self._tokens + earned)
        self._filled_at_s = now_s
        return self._tokens >= tokens

    def take(self, tokens: float) -> None:
        """Take tokens, into debt if need be: the size of a read is known only after it."""
        self._tokens -= tokens
