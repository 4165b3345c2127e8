"""What is in a snapshot of a function, and what is not."""

import random
import sys
from functools import cache
from typing import Any

import pytest
import snapshot_restore_py as hooks
from ingestion.snapshots import prime_for_snapshot


@pytest.fixture(autouse=True)
def _no_hooks_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_before_snapshot_registry", [])
    monkeypatch.setattr(hooks, "_after_restore_registry", [])


def run(registered: Any) -> None:
    """What Lambda's runtime does with them."""
    for hook, args, kwargs in registered:
        hook(*args, **kwargs)


def test_the_parts_are_loaded_before_a_snapshot_and_made_anew_after_it() -> None:
    """Connections, credentials and clocks would be stale in every environment."""
    made: list[object] = []

    @cache
    def parts() -> object:
        made.append(object())
        return made[-1]

    prime_for_snapshot(parts)
    assert not made

    run(hooks.get_before_snapshot())

    assert len(made) == 1
    assert parts() is not made[0]


def test_environments_of_one_snapshot_retry_at_different_moments() -> None:
    """They all begin with the same state of the random numbers."""
    prime_for_snapshot(cache(object))
    random.seed(1)
    state = random.getstate()
    drawn: set[float] = set()

    for _ in range(3):
        random.setstate(state)
        run(hooks.get_after_restore())
        drawn.add(random.random())  # noqa: S311 - not a secret

    assert len(drawn) == 3


def test_where_there_are_no_snapshots_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hooks come with Lambda's runtime only."""
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)

    prime_for_snapshot(cache(object))
