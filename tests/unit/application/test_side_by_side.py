"""Things done side by side: in order, all or none of them under way when a fault is raised."""

import threading
import time

import pytest
from ingestion.application.side_by_side import side_by_side


def test_results_come_in_the_order_of_the_things() -> None:
    """Whatever ends first."""

    def late(number: int) -> int:
        time.sleep(0.02 - number / 1000)
        return number

    assert side_by_side(late, range(20), at_once=4) == list(range(20))


def test_no_more_are_under_way_than_allowed() -> None:
    """And as many as that."""
    under_way, most, lock = 0, 0, threading.Lock()

    def count(_: int) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.01)
        with lock:
            under_way -= 1

    side_by_side(count, range(20), at_once=5)
    assert most == 5


def test_what_is_done_may_do_things_side_by_side() -> None:
    """Even by as many at once: nobody waits for a thread that waits for him."""

    def inner(number: int) -> int:
        return sum(side_by_side(abs, range(number), at_once=3))

    assert side_by_side(inner, range(6), at_once=3) == [0, 0, 1, 3, 6, 10]


def test_a_fault_is_raised_when_what_began_has_ended() -> None:
    """And what has not begun does not begin."""
    began: list[int] = []
    ended: list[int] = []

    def fail_first(number: int) -> None:
        began.append(number)
        if number == 0:
            raise ValueError(number)
        time.sleep(0.05)
        ended.append(number)

    with pytest.raises(ValueError, match="0"):
        side_by_side(fail_first, range(50), at_once=2)
    assert sorted(began) == [0, *sorted(ended)]
    assert len(began) < 50
