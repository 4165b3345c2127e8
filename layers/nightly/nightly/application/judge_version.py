"""Judges what the night has trained, by what Personalize says of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from nightly.domain import judgement
from nightly.domain.judgement import Judgement, MetricLimits
from nightly.domain.stored_values import read_as


@dataclass(frozen=True, slots=True)
class TrainedVersion:
    """What the state machine knows of a version.

    Attributes:
        metrics: As GetSolutionMetrics gives them.
        live_metrics: Of the live version; None when there is none.
    """

    night: str
    build: str
    solution_version_arn: str
    metrics: Mapping[str, float]
    live_metrics: Mapping[str, float] | None = None


def judge_version(request: object, limits: MetricLimits) -> Judgement:
    """Judge a version that was trained.

    Args:
        request: `TrainedVersion` as JSON.
        limits: What is asked of it.

    Raises:
        UnusableError: The request is another one.
    """
    version = read_as(TrainedVersion, request)
    return judgement.judge_version(version.metrics, version.live_metrics, limits)
