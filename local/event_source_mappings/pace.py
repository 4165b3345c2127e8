"""How fast the pump goes; where it differs from Lambda, it is faster."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in seconds, and how many queue pollers a mapping gets.

    Attributes:
        supervision_s: Between two looks at ListEventSourceMappings and ListShards.
        poll_s: Between two looks at a source that was empty. Lambda: about 1 s per shard.
        maximum_window_s: Cap on MaximumBatchingWindowInSeconds, so that a template's window of
            several seconds does not slow every local run. A batch is still gathered the same way.
        first_backoff_s: After the first failed or throttled invocation; doubles with each.
        maximum_backoff_s: Where doubling ends.
        queue_pollers: At most; Lambda starts with five. MaximumConcurrency can only lower it.
        stop_s: How long to wait for an invocation under way when stopping.
    """

    supervision_s: float = 0.5
    poll_s: float = 0.2
    maximum_window_s: float = 0.5
    first_backoff_s: float = 0.2
    maximum_backoff_s: float = 10.0
    queue_pollers: int = 2
    stop_s: float = 5.0

    def window(self, asked_s: float) -> float:
        """Return the batching window to use for the one a mapping asks for."""
        return min(asked_s, self.maximum_window_s)

    def backoff(self, failures: int) -> float:
        """Return how long to wait after `failures` failures in a row (at least one)."""
        doubled: float = self.first_backoff_s * 2 ** min(failures - 1, 30)
        return min(doubled, self.maximum_backoff_s)
