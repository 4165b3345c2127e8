"""What all measurements share: candidates in turn, medians, and a table with the goal beside each.

Absolute numbers mean little on a shared machine, so a goal is a ratio of two candidates that were
measured in turn, and the ratio of a run is the median over its rounds.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator


@dataclass(frozen=True)
class Line:
    """One thing that was measured, and what it should be.

    Attributes:
        what: What was measured.
        measured: The value, with its unit.
        goal: The value it should keep, with its sign; empty where there is none.
        is_met: Whether it does.
    """

    what: str
    measured: str
    goal: str = ""
    is_met: bool = True


def at_least(what: str, value: float, goal: float) -> Line:
    """A ratio that should not be smaller."""
    return Line(what, f"{value:,.1f} x", f">= {goal:g} x", value >= goal)


def at_most(what: str, value: float, goal: float, unit: str = "x") -> Line:
    """A ratio, or a cost, that should not be larger."""
    return Line(what, f"{value:,.2f} {unit}", f"<= {goal:g} {unit}", value <= goal)


def show(title: str, lines: Sequence[Line]) -> None:
    """Print a table, in Markdown, so that it can go to the documentation as it is."""
    rows = [("", "measured", "goal", ""), *((e.what, e.measured, e.goal, _mark(e)) for e in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    say(f"\n## {title}\n")
    for number, row in enumerate(rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say(f"| {' | '.join(cells)} |")
        if number == 0:
            say(f"|{'|'.join('-' * (width + 2) for width in widths)}|")


def show_beside(title: str, columns: Mapping[str, Sequence[Line]]) -> None:
    """Print one table for several sizes, a column each: what is missed is bold."""
    goals = {line.what: line.goal for lines in columns.values() for line in lines}
    cells = {name: {line.what: _cell(line) for line in lines} for name, lines in columns.items()}
    say(f"\n## {title}\n")
    say(f"| | {' | '.join(columns)} | goal |")
    say(f"|{'---|' * (len(columns) + 2)}")
    for what, goal in goals.items():
        say(f"| {what} | {' | '.join(found.get(what, '') for found in cells.values())} | {goal} |")


def _cell(line: Line) -> str:
    return line.measured if line.is_met else f"**{line.measured}**"


def _mark(line: Line) -> str:
    if not line.goal:
        return ""
    return "met" if line.is_met else "NOT MET"


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def cpu_in_turn(
    candidates: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """CPU seconds of each candidate in each round, one after the other in each."""
    costs: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            costs[name].append(_cpu_s(candidate))
    return costs


def _cpu_s(candidate: Callable[[], object]) -> float:
    began = time.process_time()
    result = candidate()
    took = time.process_time() - began
    del result  # kept until the clock has been read: to free it is not what is measured
    return took


def ratio(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """The median over the rounds of the ratio within a round."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "POWERTOOLS_METRICS_NAMESPACE": "benchmark",
    "POWERTOOLS_SERVICE_NAME": "benchmark",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}
"""What a function finds in Lambda, beside its settings."""


@contextmanager
def environment(variables: Mapping[str, str]) -> "Generator[None]":
    """These variables for a while, for whoever is imported and started meanwhile."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
