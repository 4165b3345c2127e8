"""What a command cost as a whole process, by the operating system's own account of it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process, or of some after one another.

    Attributes:
        wall_s: From its start to its end.
        cpu_s: Of all its threads, the kernel's part included.
        peak_mb: The most memory that was resident at once.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float

    @classmethod
    def in_turn(cls, costs: Iterable["Cost"]) -> "Cost":
        """Of processes of which the next begins when the one before has ended."""
        listed = list(costs)
        return cls(
            sum(cost.wall_s for cost in listed),
            sum(cost.cpu_s for cost in listed),
            max(cost.peak_mb for cost in listed),
        )

    def __str__(self) -> str:
        return f"{self.wall_s:.1f} s, CPU {self.cpu_s:.1f} s, {self.peak_mb:,.0f} MB"


class BrokenError(Exception):
    """A measured command failed; the text is what it said."""


def measured(command: Sequence[str | Path], log: Path) -> Cost:
    """Run a command to its end; what it says goes to a file."""
    begun = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            [*map(str, command)],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BrokenError(log.read_text(errors="replace")[-2000:])
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


def nightly(*arguments: str | Path) -> list[str | Path]:
    """A command of the nightly build."""
    return [sys.executable, "-m", "nightly", *arguments]
