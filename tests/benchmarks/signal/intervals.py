"""Means over seeds and their confidence: Student's t, because a seed is one independent draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

CONFIDENCE: Final = 0.95
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over seeds with its 95 % confidence interval."""

    mean: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


def interval(values: Sequence[float]) -> Interval:
    """The mean of one value a seed; values that are all alike leave nothing uncertain.

    Raises:
        ValueError: For fewer than two seeds, which say nothing about their spread.
    """
    if len(values) < 2:
        error = "an interval needs two seeds"
        raise ValueError(error)
    if np.ptp(values) < _ROUNDING:
        return Interval(values[0], values[0], values[0])
    found = stats.ttest_1samp(values, 0.0).confidence_interval(CONFIDENCE)
    return Interval(float(np.mean(values)), float(found.low), float(found.high))


def difference(ones: Sequence[float], others: Sequence[float]) -> Interval:
    """The mean of the paired differences, seed by seed."""
    return interval([one - other for one, other in zip(ones, others, strict=True)])
