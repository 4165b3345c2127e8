"""A pace is kept by waiting, and only as long as needed; nobody waits in the test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.application.pacing import TokenBucket

from tests.support.metadata import FakeClock


def test_calls_are_spaced_evenly() -> None:
    """The first goes at once, each other after its interval."""
    clock = FakeClock()
    pace = TokenBucket(5, clock)
    begun = []
    for _ in range(4):
        pace.wait()
        begun.append(clock.at_s)
    assert begun == pytest.approx([0.0, 0.2, 0.4, 0.6])


def test_who_was_slow_does_not_wait() -> None:
    """Time spent in a call counts."""
    clock = FakeClock()
    pace = TokenBucket(5, clock)
    pace.wait()
    clock.at_s = 0.15
    pace.wait()
    clock.at_s = 9.0
    pace.wait()
    assert clock.waits == pytest.approx([0.05])


def test_a_pause_earns_no_burst() -> None:
    """After a minute without a call the next two are still spaced."""
    clock = FakeClock()
    pace = TokenBucket(5, clock)
    clock.at_s = 60.0
    pace.wait()
    pace.wait()
    assert clock.waits == pytest.approx([0.2])


def test_what_is_saved_up_may_go_at_once() -> None:
    """A pause fills the bucket, and no pause fills it further."""
    clock = FakeClock(60.0)
    bucket = TokenBucket(10, clock, burst_s=0.3)
    clock.at_s = 3600.0
    for _ in range(6):
        bucket.wait()
    assert clock.waits == pytest.approx([0.1, 0.1])


def test_the_longest_wait_is_that_of_the_last_of_all_who_wait() -> None:
    """The deadline guard counts on it."""
    assert TokenBucket(20, FakeClock(), at_once=16).longest_wait_s == pytest.approx(0.8)


def test_who_wakes_late_delays_nobody() -> None:
    """Threads oversleep; the rate is kept all the same."""
    clock = OversleepingClock()
    bucket = TokenBucket(100, clock)
    for _ in range(501):
        bucket.wait()
    assert clock.at_s == pytest.approx(5.0, rel=0.01)


@given(
    rate=st.floats(0.5, 1000),
    burst_s=st.floats(0, 1),
    pauses_s=st.lists(st.floats(0, 2), min_size=1, max_size=60),
)
def test_no_second_has_more_calls_than_the_rate_and_what_was_saved_up(
    rate: float, burst_s: float, pauses_s: list[float]
) -> None:
    """Whenever one looks, and however the calls come."""
    clock = FakeClock()
    bucket = TokenBucket(rate, clock, burst_s=burst_s)
    begun = []
    for pause_s in pauses_s:
        clock.at_s += pause_s
        bucket.wait()
        begun.append(clock.at_s)
    for first, at_s in enumerate(begun):
        within = sum(1 for other in begun[first:] if other < at_s + 1)
        assert within <= rate * (1 + burst_s) + 2  # the one that may always go, and rounding


class OversleepingClock(FakeClock):
    """Each sleep takes two milliseconds longer."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds + 0.002)
