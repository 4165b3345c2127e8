"""Whether a version that was trained may go live.

Never "better than yesterday's": Personalize says not to compare metrics of versions trained on
other data (developer guide, "Evaluating a solution version with metrics"), and from one night to
the next they are. So there are floors, and drops that no change of data explains.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self, TypeGuard

from nightly.domain.stored_values import read_as

NDCG: Final = "normalized_discounted_cumulative_gain_at_25"
COVERAGE: Final = "coverage"


def _floors() -> Mapping[str, float]:
    return {NDCG: 0.01, COVERAGE: 0.01}


def _drops() -> Mapping[str, float]:
    return {NDCG: 0.2, COVERAGE: 0.5}


@dataclass(frozen=True, slots=True)
class MetricLimits:
    """By name of a metric as GetSolutionMetrics gives it.

    Attributes:
        floors: The least value. The defaults only tell a broken version from a working one: they
            are ours, so raise them to what your own versions reach.
        drops: The largest share of the live version's value that may be lost, 0 to 1.
    """

    floors: Mapping[str, float] = field(default_factory=_floors)
    drops: Mapping[str, float] = field(default_factory=_drops)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a version goes live, and why.

    Attributes:
        reasons: Plain sentences with both figures: what speaks against it, else what was compared.
    """

    accepted: bool
    reasons: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: object) -> Self:
        """Read it back.

        Raises:
            UnusableError: It is none.
        """
        return read_as(cls, content)


def judge_version(
    metrics: Mapping[str, float], live: Mapping[str, float] | None, limits: MetricLimits
) -> Judgement:
    """Judge a version by its metrics.

    Args:
        metrics: Of the new version.
        live: Of the version that is live; None if there is none, and then floors alone count.
        limits: What is asked.
    """
    asked = sorted({*limits.floors, *(limits.drops if live is not None else ())})
    lacking = [name for name in asked if not _is_number(metrics.get(name))]
    against = [f"The new version has no figure for {name}." for name in lacking]
    for name in asked:
        if name not in lacking:
            against += _below_floor(name, metrics[name], limits)
            against += _dropped(name, metrics[name], live or {}, limits)
    if against:
        return Judgement(accepted=False, reasons=tuple(against))
    return Judgement(
        accepted=True, reasons=tuple(_said(name, metrics[name], live) for name in asked)
    )


def _below_floor(name: str, value: float, limits: MetricLimits) -> list[str]:
    floor = limits.floors.get(name)
    if floor is None or value >= floor:
        return []
    return [f"{name} is {value:.4f}, below the floor of {floor:.4f}."]


def _dropped(name: str, value: float, live: Mapping[str, float], limits: MetricLimits) -> list[str]:
    """Nothing to compare with is no drop: the live version may be older than the metric."""
    before, most = live.get(name), limits.drops.get(name)
    if most is None or not _is_number(before) or before <= 0:
        return []
    drop = (before - value) / before
    if drop <= most:
        return []
    was = f"{name} is {value:.4f} and was {before:.4f} in the live version"
    return [f"{was}: a drop of {drop:.1%}, more than {most:.1%}."]


def _said(name: str, value: float, live: Mapping[str, float] | None) -> str:
    if live is None:
        return f"{name} is {value:.4f}; there is no live version to compare with."
    before = live.get(name)
    if not _is_number(before):
        return f"{name} is {value:.4f}; the live version has no figure for it."
    return f"{name} is {value:.4f} and was {before:.4f} in the live version."


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)
