"""How many calls a second the service takes."""

from collections.abc import Callable

from local.personalize.errors import EmulatedError
from local.token_bucket import TokenBucket


class CallRate:
    """A bucket for each dataset: a second's worth of calls may come at once, then one by one.

    AWS publishes the rate of PutUsers and PutItems (guide, quotas), not how it is measured; buckets
    of tokens are what API throttling at AWS is made of elsewhere.
    """

    def __init__(self, clock: Callable[[], float], calls_per_second: int) -> None:
        self._clock = clock
        self._rate = float(calls_per_second)
        self._buckets: dict[str, TokenBucket] = {}

    def spend(self, name: str) -> None:
        """Takes a token of a bucket.

        Raises:
            EmulatedError: ThrottlingException when there is none.
        """
        bucket = self._buckets.setdefault(name, TokenBucket(self._rate, self._clock))
        if not bucket.holds(1):
            code = "ThrottlingException"
            raise EmulatedError(code, "Rate exceeded", reason=code)
        bucket.take(1)
