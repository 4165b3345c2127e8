"""What becomes of one batch of stream records: a state machine without clock, threads or AWS.

Lambda's rules, https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html:

* A function error fails all records of the invocation. With BisectBatchOnFunctionError the batch is
  cut in halves; "splitting batches doesn't consume the retry quota".
* A partial response makes the lowest returned sequence number the checkpoint: what lies before it
  is done, it and all after it are delivered again. With bisecting "the batch is bisected at the
  returned sequence number", which is a split and so costs no retry either; without, it does.
* When the quota is used up, all records of the invocation go to the on-failure destination.
* Records older than the maximum age go there without another invocation.
"""

from __future__ import annotations

from copy import replace
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Aged(Protocol):
    """A record that knows when it arrived."""

    @property
    def arrived_at(self) -> float:
        """Seconds since the epoch."""
        ...


class Condition(StrEnum):
    """Why records were given up, in Lambda's words."""

    RETRY_ATTEMPTS_EXHAUSTED = "RetryAttemptsExhausted"
    RECORD_AGE_EXCEEDED = "RecordAgeExceeded"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to insist; None means without end."""

    maximum_retries: int | None = None
    maximum_age_s: float | None = None
    bisects: bool = False


@dataclass(frozen=True, slots=True)
class Attempt[R: Aged]:
    """Records to invoke the function with next.

    Attributes:
        records: At least one record, in stream order.
        retries: How much of the retry quota these records have used.
        invocations: How often the function has been called with them, for the failure document.
    """

    records: tuple[R, ...]
    retries: int = 0
    invocations: int = 0


@dataclass(frozen=True, slots=True)
class Discard[R: Aged]:
    """Records given up, on their way to the destination."""

    records: tuple[R, ...]
    condition: Condition
    invocations: int


class BatchResolution[R: Aged]:
    """Leads a batch to its end: each record is processed or discarded, in order, exactly once."""

    def __init__(self, records: tuple[R, ...], policy: RetryPolicy) -> None:
        """Begin with the whole batch."""
        self._policy = policy
        # The next attempt is the last element; the others hold later records.
        self._pending = [Attempt(records)] if records else []

    @property
    def current(self) -> Attempt[R] | None:
        """What to invoke with next; None when every record has been dealt with."""
        return self._pending[-1] if self._pending else None

    def expire(self, now: float) -> Discard[R] | None:
        """Give up those of the current records that are too old at `now`."""
        limit = self._policy.maximum_age_s
        if limit is None or not self._pending:
            return None
        attempt = self._pending.pop()
        expired = tuple(each for each in attempt.records if now - each.arrived_at > limit)
        fresh = tuple(each for each in attempt.records if now - each.arrived_at <= limit)
        if fresh:
            self._pending.append(replace(attempt, records=fresh))
        if not expired:
            return None
        return Discard(expired, Condition.RECORD_AGE_EXCEEDED, attempt.invocations)

    def succeed(self) -> tuple[R, ...]:
        """The function took all current records. Returns them."""
        return self._pending.pop().records

    def fail_whole(self) -> Discard[R] | None:
        """The function took none of the current records. Returns what is given up, if anything."""
        attempt = self._invoked()
        middle = len(attempt.records) // 2
        if self._policy.bisects and middle > 0:
            self._push(attempt, attempt.records[middle:])
            self._push(attempt, attempt.records[:middle])
            return None
        return self._retry(attempt)

    def fail_from(self, index: int) -> tuple[tuple[R, ...], Discard[R] | None]:
        """The function took the current records before `index` and none from there on.

        Returns:
            The records taken, and what is given up, if anything.
        """
        attempt = self._invoked()
        taken, rest = attempt.records[:index], attempt.records[index:]
        remaining = replace(attempt, records=rest)
        if self._policy.bisects and taken:
            self._pending.append(remaining)
            return taken, None
        return taken, self._retry(remaining)

    def _invoked(self) -> Attempt[R]:
        attempt = self._pending.pop()
        return replace(attempt, invocations=attempt.invocations + 1)

    def _push(self, parent: Attempt[R], records: tuple[R, ...]) -> None:
        self._pending.append(replace(parent, records=records))

    def _retry(self, attempt: Attempt[R]) -> Discard[R] | None:
        limit = self._policy.maximum_retries
        if limit is not None and attempt.retries >= limit:
            condition = Condition.RETRY_ATTEMPTS_EXHAUSTED
            return Discard(attempt.records, condition, attempt.invocations)
        self._pending.append(replace(attempt, retries=attempt.retries + 1))
        return None
