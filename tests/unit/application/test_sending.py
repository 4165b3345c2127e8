"""Sending: refused calls are bisected, failures stop a lane, time and outages stop all of them."""

from collections import Counter
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.application.bisecting import Sent
from ingestion.application.sending import send_all
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.interaction import Interaction
from ingestion.domain.put_events import plan_put_events

from tests.support.builders import an_interaction
from tests.support.fakes import FakeEventTracker, plenty_of_time


def interactions(number: int, **fields: object) -> list[Interaction]:
    return [
        an_interaction(**{"event_id": f"e-{n}", "sent_at_s": 1000 + n} | fields)
        for n in range(number)
    ]


def send(
    tracker: FakeEventTracker, some: list[Interaction], time_left_s: float = 900.0
) -> Sent[Interaction]:
    return send_all(
        plan_put_events(some),
        tracker=tracker,
        time_left=lambda: time_left_s,
        concurrent_calls=4,
    )


def test_all_goes_in_the_fewest_calls() -> None:
    """Twenty-five interactions of one visit are three calls."""
    tracker = FakeEventTracker()
    sent = send(tracker, interactions(25))
    assert [len(call.interactions) for call in tracker.calls] == [10, 10, 5]
    assert (len(sent.recorded), sent.refused, sent.failed, sent.calls) == (25, (), (), 3)


def test_nothing_is_sent_of_nothing() -> None:
    """An empty plan makes no call."""
    tracker = FakeEventTracker()
    assert send(tracker, []) == Sent()
    assert tracker.calls == []


@given(st.sets(st.integers(0, 24), max_size=24))
def test_exactly_the_guilty_are_refused(guilty: set[int]) -> None:
    """Whichever are refused, all others are recorded."""
    tracker = FakeEventTracker(refuses=lambda i: int(i.event_id[2:]) in guilty)
    sent = send(tracker, interactions(25))
    assert {int(i.event_id[2:]) for i in sent.refused} == guilty
    assert len(sent.recorded) == 25 - len(guilty)
    assert sent.failed == ()
    assert set(tracker.trained_on) == {i.event_id for i in sent.recorded}


@pytest.mark.parametrize("guilty", range(10))
def test_one_guilty_of_ten_costs_at_most_eight_calls(guilty: int) -> None:
    """Bisecting does not ask again what it already knows."""
    tracker = FakeEventTracker(refuses=lambda i: i.event_id == f"e-{guilty}")
    assert send(tracker, interactions(10)).calls <= 8


def test_all_refused_is_our_configuration() -> None:
    """A wrong tracking id refuses everything: nothing is blamed on the interactions."""
    tracker = FakeEventTracker(refuses=lambda _: True)
    with pytest.raises(MisconfiguredError):
        send(tracker, interactions(3))


def test_a_lane_stops_at_its_first_failure_and_the_others_go_on() -> None:
    """No interaction of a user overtakes another; other users do not wait."""
    tracker = FakeEventTracker(fails=lambda call: call.user_id == "slow")
    slow = interactions(25, user_id="slow")
    quick = [an_interaction(event_id=f"q-{n}", user_id="quick") for n in range(5)]
    sent = send(tracker, slow + quick)
    assert {i.event_id for i in sent.recorded} == {i.event_id for i in quick}
    assert {i.event_id for i in sent.failed} == {i.event_id for i in slow}
    assert sum(call.user_id == "slow" for call in tracker.calls) == 1


def test_a_failure_while_bisecting_fails_the_rest() -> None:
    """What was not asked any more is delivered again, not dropped."""
    counter = count()
    tracker = FakeEventTracker(
        refuses=lambda i: i.event_id == "e-7", fails=lambda _: next(counter) == 1
    )
    sent = send(tracker, interactions(10))
    assert (sent.recorded, sent.refused, len(sent.failed)) == ((), (), 10)


def test_an_outage_stops_the_invocation() -> None:
    """After four failures in a row nothing more is tried: the stream delivers again."""
    tracker = FakeEventTracker(fails=lambda _: True)
    some = [an_interaction(event_id=f"e-{n}", user_id=f"u-{n}") for n in range(200)]
    sent = send(tracker, some)
    assert len(sent.failed) == 200
    assert len(tracker.calls) <= 4 + 4  # four failures, and the calls that were under way


def test_no_call_begins_that_may_not_end() -> None:
    """When the time left is shorter than the longest call, the rest is delivered again."""
    tracker = FakeEventTracker(longest_call_s=5.0)
    sent = send(tracker, interactions(3), time_left_s=6.0)
    assert (len(sent.failed), tracker.calls) == (3, [])


def test_lanes_are_sent_side_by_side_without_loss() -> None:
    """Concurrency changes nothing in what is recorded."""
    tracker = FakeEventTracker()
    some = [an_interaction(event_id=f"e-{n}", user_id=f"u-{n % 40}") for n in range(200)]
    sent = send_all(
        plan_put_events(some), tracker=tracker, time_left=plenty_of_time, concurrent_calls=16
    )
    assert Counter(sent.recorded) == Counter(some)
    assert len(tracker.calls) == 40
