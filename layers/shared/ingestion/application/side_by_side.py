"""Do the same with many things at once, where each waits for a service."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


def side_by_side[T, R](do: Callable[[T], R], things: Sequence[T], *, at_once: int) -> list[R]:
    """The results in the order of the things; the first fault of one is raised when all ended."""
    workers = min(at_once, len(things))
    if workers <= 1:
        return [do(thing) for thing in things]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(do, things))
