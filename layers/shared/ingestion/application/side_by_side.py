"""Do the same with many things at once, where each waits for a service."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final

# Threads are kept for the next batch: to start 32 costs more than a hundred calls do together. By
# how many; a pool is out while it is used, so that what is done may itself do things side by side.
_KEPT: Final[defaultdict[int, list[ThreadPoolExecutor]]] = defaultdict(list)


def side_by_side[T, R](do: Callable[[T], R], things: Sequence[T], *, at_once: int) -> list[R]:
    """The results in the order of the things; the first fault of one is raised when all ended.

    What has not begun when a fault is seen does not begin.
    """
    if min(at_once, len(things)) <= 1:
        return [do(thing) for thing in things]
    pool = _taken(at_once)
    try:
        return _results(pool, do, things)
    finally:
        _KEPT[at_once].append(pool)


def _taken(at_once: int) -> ThreadPoolExecutor:
    try:
        return _KEPT[at_once].pop()
    except IndexError:
        return ThreadPoolExecutor(at_once, thread_name_prefix="side_by_side")


def _results[T, R](pool: ThreadPoolExecutor, do: Callable[[T], R], things: Sequence[T]) -> list[R]:
    futures = [pool.submit(do, thing) for thing in things]
    try:
        return [future.result() for future in futures]
    except BaseException:
        for future in futures:
            future.cancel()
        wait(futures)
        raise
