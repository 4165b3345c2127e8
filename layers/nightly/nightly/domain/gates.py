"""Gates: what a build must be like before anything is imported or trained."""

from collections.abc import Iterator

from nightly.domain.acceptance import Acceptance, softened
from nightly.domain.changes import drift, lost, volume
from nightly.domain.findings import Finding, GateVerdict, Severity
from nightly.domain.gate_limits import GateLimits
from nightly.domain.minimums import (
    PlannedImport,
    advice,
    columns,
    gaps,
    importable,
    minimums,
    rejections,
)
from nightly.domain.statistics import BuildStatistics

__all__ = [
    "Finding",
    "GateLimits",
    "GateVerdict",
    "PlannedImport",
    "Severity",
    "judge_build",
]


def judge_build(
    statistics: BuildStatistics,
    previous: BuildStatistics | None,
    limits: GateLimits,
    planned: PlannedImport | None,
    acceptance: Acceptance | None = None,
) -> GateVerdict:
    """Let a build through all gates; each says what it has against it.

    Args:
        statistics: Of all that would be trained on.
        previous: Of the last accepted build; None before the first, and then nothing is compared.
        limits: What is asked.
        planned: The import that is about to happen; None without one.
        acceptance: Of a drift, by a person, as long as it is in force.
    """
    verdict = GateVerdict(tuple(_findings(statistics, previous, limits, planned)))
    if acceptance is None:
        return verdict
    return softened(verdict, acceptance, statistics, previous, limits)


def _findings(
    statistics: BuildStatistics,
    previous: BuildStatistics | None,
    limits: GateLimits,
    planned: PlannedImport | None,
) -> Iterator[Finding]:
    for gate in (minimums, advice, columns, rejections, gaps):
        yield from gate(statistics, limits)
    if planned is not None:
        yield from importable(planned, limits)
    yield from volume(statistics, previous, limits)
    if previous is not None:
        yield from lost(statistics, previous, limits)
        yield from drift(statistics, previous, limits)
