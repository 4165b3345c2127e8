"""The port `Clock`: the fake's time passes as the runtime's does."""

import pytest
from ingestion.adapters.clock import MonotonicClock
from ingestion.ports import Clock

from tests.support.metadata import FakeClock


@pytest.mark.parametrize("clock", [FakeClock(), MonotonicClock()], ids=["fake", "monotonic"])
def test_who_sleeps_finds_that_time_has_passed(clock: Clock) -> None:
    """At least what was asked for."""
    before_s = clock.now_s()
    clock.sleep(0.001)
    assert clock.now_s() >= before_s + 0.001
