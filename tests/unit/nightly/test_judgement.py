"""A version goes live unless a figure speaks against it."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightly.domain.judgement import COVERAGE, NDCG, Judgement, MetricLimits, judge_version

LIMITS = MetricLimits(floors={NDCG: 0.1, COVERAGE: 0.02}, drops={NDCG: 0.25, COVERAGE: 0.5})
GOOD = {NDCG: 0.4, COVERAGE: 0.2, "precision_at_5": 0.1}


@pytest.mark.parametrize(
    ("metrics", "accepted"),
    [
        ({NDCG: 0.1, COVERAGE: 0.02}, True),
        ({NDCG: 0.0999, COVERAGE: 0.02}, False),
        ({NDCG: 0.1, COVERAGE: 0.0199}, False),
        ({NDCG: 0.1}, False),
        ({NDCG: math.nan, COVERAGE: 0.02}, False),
        ({NDCG: math.inf, COVERAGE: 0.02}, False),
        ({}, False),
    ],
)
def test_the_first_version_has_floors_alone(
    metrics: dict[str, float],
    accepted: bool,  # noqa: FBT001
) -> None:
    """A figure that is missing or no number speaks against it."""
    judgement = judge_version(metrics, None, LIMITS)
    assert judgement.accepted is accepted
    assert judgement.reasons


@pytest.mark.parametrize(
    ("metrics", "accepted"),
    [
        ({NDCG: 0.3, COVERAGE: 0.2}, True),
        ({NDCG: 0.2999, COVERAGE: 0.2}, False),
        ({NDCG: 0.4, COVERAGE: 0.1}, True),
        ({NDCG: 0.4, COVERAGE: 0.0999}, False),
        ({NDCG: 0.9, COVERAGE: 0.9}, True),
    ],
)
def test_a_version_need_not_be_better_but_not_much_worse(
    metrics: dict[str, float],
    accepted: bool,  # noqa: FBT001
) -> None:
    """Each metric has the drop that it may have."""
    assert judge_version(metrics, GOOD, LIMITS).accepted is accepted


def test_reasons_have_both_figures() -> None:
    """Whether for or against."""
    against = judge_version({NDCG: 0.05, COVERAGE: 0.2}, GOOD, LIMITS)
    assert against.reasons == (
        f"{NDCG} is 0.0500, below the floor of 0.1000.",
        f"{NDCG} is 0.0500 and was 0.4000 in the live version: a drop of 87.5%, more than 25.0%.",
    )
    assert judge_version(GOOD, GOOD, LIMITS).reasons == (
        "coverage is 0.2000 and was 0.2000 in the live version.",
        f"{NDCG} is 0.4000 and was 0.4000 in the live version.",
    )
    assert "no live version" in judge_version(GOOD, None, LIMITS).reasons[0]
    assert judge_version({}, None, LIMITS).reasons == (
        "The new version has no figure for coverage.",
        f"The new version has no figure for {NDCG}.",
    )


@pytest.mark.parametrize("live", [{}, {NDCG: math.nan, COVERAGE: math.nan}])
def test_a_live_version_without_figures_is_no_obstacle(live: dict[str, float]) -> None:
    """Floors still count."""
    judgement = judge_version(GOOD, live, LIMITS)
    assert judgement.accepted
    assert all("has no figure for it" in reason for reason in judgement.reasons)
    assert not judge_version({NDCG: 0.01, COVERAGE: 0.2}, live, LIMITS).accepted


def test_from_nothing_nothing_can_be_lost() -> None:
    """A live version at zero is no measure."""
    limits = MetricLimits(floors={}, drops={NDCG: 0.1})
    assert judge_version({NDCG: 0.0}, {NDCG: 0.0}, limits).accepted
    assert not judge_version({}, {NDCG: 0.5}, limits).accepted
    assert judge_version({}, None, limits) == Judgement(accepted=True, reasons=())


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_better_version_is_never_refused_for_it(value: float, more: float, live: float) -> None:
    """What is accepted stays so with a higher figure."""
    limits = MetricLimits(floors={NDCG: 0.1}, drops={NDCG: 0.3})
    if judge_version({NDCG: value}, {NDCG: live}, limits).accepted:
        assert judge_version({NDCG: value + more}, {NDCG: live}, limits).accepted


def test_a_judgement_survives_json() -> None:
    """With its reasons in order."""
    judgement = judge_version({}, None, MetricLimits())
    assert not judgement.accepted
    assert Judgement.from_dict(json.loads(json.dumps(judgement.as_dict()))) == judgement
