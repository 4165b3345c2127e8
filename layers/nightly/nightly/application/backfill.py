"""Many days at once: the same day steps, side by side."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from nightly.application.clean_day import CleanedDay
from nightly.domain.days import Day


def backfill(
    days: Iterable[Day], make: Callable[[Day], CleanedDay], *, at_once: int
) -> Sequence[CleanedDay]:
    """Publish days, in any order; the first that fails ends it once those begun are done.

    Args:
        days: Which.
        make: The day step, with an engine of its own for each call.
        at_once: How many side by side.
    """
    with ThreadPoolExecutor(at_once) as pool:
        return tuple(pool.map(make, days))
