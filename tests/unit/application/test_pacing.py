"""A pace is kept by waiting, and only as long as needed; nobody waits in the test."""

import pytest
from ingestion.application.pacing import Pace

from tests.support.metadata import FakeClock


def test_calls_are_spaced_evenly() -> None:
    """The first goes at once, each other after its interval."""
    clock = FakeClock()
    pace = Pace(5, clock)
    begun = []
    for _ in range(4):
        pace.wait()
        begun.append(clock.at_s)
    assert begun == pytest.approx([0.0, 0.2, 0.4, 0.6])


def test_who_was_slow_does_not_wait() -> None:
    """Time spent in a call counts."""
    clock = FakeClock()
    pace = Pace(5, clock)
    pace.wait()
    clock.at_s = 0.15
    pace.wait()
    clock.at_s = 9.0
    pace.wait()
    assert clock.waits == pytest.approx([0.05])


def test_a_pause_earns_no_burst() -> None:
    """After a minute without a call the next two are still spaced."""
    clock = FakeClock()
    pace = Pace(5, clock)
    clock.at_s = 60.0
    pace.wait()
    pace.wait()
    assert clock.waits == pytest.approx([0.2])
