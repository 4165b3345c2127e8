"""How many calls a second the service takes: a bucket of tokens that fills with time."""

from collections.abc import Callable

from local.personalize.errors import EmulatedError


class CallRate:
    """A bucket for each dataset: a second's worth of calls may come at once, then one by one.

    AWS publishes the rate of PutUsers and PutItems (guide, quotas), not how it is measured; buckets
    of tokens are what API throttling at AWS is made of elsewhere.
    """

    def __init__(self, clock: Callable[[], float], calls_per_second: int) -> None:
        self._clock = clock
        self._rate = float(calls_per_second)
        self._buckets: dict[str, tuple[float, float]] = {}

    def spend(self, name: str) -> None:
        """Takes a token of a bucket.

        Raises:
            EmulatedError: ThrottlingException when there is none.
        """
        now = self._clock()
        tokens, filled_at = self._buckets.get(name, (self._rate, now))
        tokens = min(self._rate, tokens + max(0.0, now - filled_at) * self._rate)
        if tokens < 1:
            code = "ThrottlingException"
            raise EmulatedError(code, "Rate exceeded", reason=code)
        self._buckets[name] = (tokens - 1, now)
