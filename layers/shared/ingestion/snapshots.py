"""What a function does around a snapshot of it (Lambda SnapStart), where it has one (ADR 0024).

Before: everything that can be loaded is loaded, by making the function's parts once and throwing
them away. So connections, credentials and clocks are never part of a snapshot; they are made by
the first batch. After: the random numbers that spread retries begin anew, or all environments that
came from one snapshot would retry at the same moments.
"""

import random
from typing import Protocol


class CachedParts(Protocol):
    """A cached function that makes the parts of a function."""

    def __call__(self) -> object:
        """Make them, or return those that were made."""
        ...

    def cache_clear(self) -> None:
        """Forget them."""
        ...


def prime_for_snapshot(parts: CachedParts) -> None:
    """Have Lambda load what a function needs before it takes a snapshot of it.

    The hooks are part of Lambda's managed runtimes (developer guide, "Lambda SnapStart runtime
    hooks for Python"); where they are missing there are no snapshots.
    """
    try:
        import snapshot_restore_py as hooks  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        return
    hooks.register_before_snapshot(_load, parts)
    hooks.register_after_restore(random.seed)


def _load(parts: CachedParts) -> None:
    parts()
    parts.cache_clear()
