"""What DuckDB may take of a function."""

from pathlib import Path

import pytest
from nightly.adapters.duckdb_limits import within


@pytest.mark.parametrize(
    ("memory_mb", "memory", "threads"),
    [(1024, "499MiB", 1), (3008, "2086MiB", 2), (10_240, "7872MiB", 6)],
)
def test_memory_and_threads_follow_from_the_function(
    memory_mb: int, memory: str, threads: int
) -> None:
    """Python and what DuckDB does not count have their part; a processor is 1,769 MB."""
    limits = within(memory_mb, 4096, Path("/tmp"))  # noqa: S108 - the one folder of Lambda
    assert (limits.memory, limits.threads) == (memory, threads)


def test_it_spills_within_the_disk() -> None:
    """Into a folder of its own; not to the last byte, for Python writes there as well."""
    limits = within(1024, 4096, Path("/tmp"))  # noqa: S108 - the one folder of Lambda
    assert (limits.temporary, limits.disk) == (Path("/tmp/duckdb"), "3686MiB")  # noqa: S108
