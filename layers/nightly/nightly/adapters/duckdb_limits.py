"""What DuckDB may take of a machine that ends whoever takes too much."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FOR_PYTHON_MB: Final = 400
_SHARE_OF_THE_REST: Final = 0.8
_SHARE_OF_THE_DISK: Final = 0.9
_MB_A_PROCESSOR: Final = 1769


@dataclass(frozen=True, slots=True)
class DuckDbLimits:
    """What one job may take.

    Attributes:
        memory: As DuckDB writes sizes, `2GB`; None for most of the machine.
        temporary: Where it puts what does not fit; None for a folder beside the process.
        threads: None for one a core.
        disk: How much it may put there, as `memory`; None for most of what is free.
    """

    memory: str | None = None
    temporary: Path | None = None
    threads: int | None = None
    disk: str | None = None


def within(memory_mb: int, disk_mb: int, temporary: Path) -> DuckDbLimits:
    """Limits for a Lambda function.

    Lambda kills what exceeds its memory, and DuckDB holds to `memory_limit` only with what its
    buffer manager has given out: vectors, strings of answers, zlib and Python come on top. (DuckDB,
    "Tuning workloads": set 50 to 60 % if the process is killed.) Each thread holds buffers as well,
    and a function has one processor per 1,769 MB (Lambda, "Configure function memory").

    Args:
        memory_mb: Of the function.
        disk_mb: Its ephemeral storage.
        temporary: The one folder that it may write to.
    """
    memory = int((memory_mb - _FOR_PYTHON_MB) * _SHARE_OF_THE_REST)
    threads = max(1, round(memory_mb / _MB_A_PROCESSOR))
    disk = int(disk_mb * _SHARE_OF_THE_DISK)
    return DuckDbLimits(f"{memory}MiB", temporary / "duckdb", threads, f"{disk}MiB")
