"""A batch is read without a search for garbage in it."""

import gc
from collections.abc import Iterator

import pytest
from ingestion.garbage import look_for_garbage_seldom

from tests.benchmarks.hot_path import ours
from tests.benchmarks.loads import day


@pytest.fixture
def searches() -> Iterator[list[str]]:
    """What the collector did since; its settings are put back."""
    seen: list[str] = []

    def see(phase: str, _info: dict[str, int]) -> None:
        seen.append(phase)

    before = gc.get_threshold()
    gc.callbacks.append(see)
    yield seen
    gc.callbacks.remove(see)
    gc.set_threshold(*before)


def test_a_batch_is_not_searched(searches: list[str]) -> None:
    """Not one of 1,000 activities, as Lambda may hand them over."""
    event = day(1000)
    look_for_garbage_seldom()
    gc.collect()
    searches.clear()
    ours(event)
    assert not searches


def test_by_default_it_would_be(searches: list[str]) -> None:
    """So the test above can fail."""
    event = day(1000)
    gc.set_threshold(2000)
    gc.collect()
    searches.clear()
    ours(event)
    assert searches
