"""Metrics and intervals, computed by hand; and a whole run on a tiny world."""

from dataclasses import astuple
from math import log2, sqrt

import numpy as np
import pytest

from local.personalize.quotas import Quotas
from local.personalize.training_data import Touch
from tests.benchmarks.signal.__main__ import main
from tests.benchmarks.signal.assumptions import Assumptions
from tests.benchmarks.signal.intervals import Interval, difference, interval
from tests.benchmarks.signal.judging import Quality, mean_quality, ndcg, quality, summed
from tests.benchmarks.signal.report import shown
from tests.benchmarks.signal.study import VARIANTS, Job, run

ALL = np.ones(20, dtype=np.bool_)
TASTE = np.arange(20) / 20  # item 19 is liked best; the best tenth are 18 and 19


def test_ndcg_discounts_by_rank() -> None:
    """Gains 0 and 1 in this order, where 1 and 0.5 were possible."""
    found = ndcg(np.array([0.0, 1.0]), np.array([0.0, 1.0, 0.5]))
    assert found == pytest.approx((1 / log2(3)) / (1 + 0.5 / log2(3)))


def test_the_best_order_has_an_ndcg_of_one() -> None:
    """Ten items by taste; a hit, and two of ten in the best tenth."""
    assert astuple(quality(TASTE, TASTE, ALL)) == pytest.approx((1.0, 1.0, 0.2))


def test_the_worst_order_has_no_hit() -> None:
    """The ten that are liked least, from nothing upwards."""
    found = quality(-TASTE, TASTE, ALL)
    gains = sum(TASTE[rank] / log2(rank + 2) for rank in range(10))
    best = sum(TASTE[19 - rank] / log2(rank + 2) for rank in range(10))
    assert astuple(found) == pytest.approx((gains / best, 0.0, 0.0))


def test_only_candidates_are_judged() -> None:
    """What was started is neither shown nor missed: the best tenth moves down."""
    unseen = ALL.copy()
    unseen[[18, 19]] = False
    assert astuple(quality(TASTE, TASTE, unseen)) == pytest.approx((1.0, 1.0, 0.2))


def test_an_item_that_the_model_never_saw_is_not_shown() -> None:
    """A shorter list earns less."""
    scores = np.full(20, -np.inf)
    scores[19] = 1.0
    found = quality(scores, TASTE, ALL)
    best = sum(TASTE[19 - rank] / log2(rank + 2) for rank in range(10))
    assert astuple(found) == pytest.approx((0.95 / best, 1.0, 0.1))


def test_viewers_count_alike() -> None:
    """The mean of each metric."""
    found = mean_quality([Quality(1.0, 1.0, 0.4), Quality(0.5, 0.0, 0.2)])
    assert astuple(found) == pytest.approx((0.75, 0.5, 0.3))


def test_a_flat_history_forgets_nothing() -> None:
    """Old and new touches weigh alike."""
    assert summed([Touch(1, 7, 1.0), Touch(2, 8, 1.0), Touch(3, 7, 0.5)]) == {7: 1.5, 8: 1.0}


def test_an_interval_is_students() -> None:
    """Mean 2, standard error 1 / sqrt(3), t of 2 degrees of freedom 4.3027."""
    half = 4.302653 / sqrt(3)
    found = interval([1.0, 2.0, 3.0])
    assert (found.mean, found.low, found.high) == pytest.approx((2.0, 2 - half, 2 + half))
    assert not found.is_clear


def test_differences_are_paired() -> None:
    """What varies from seed to seed for both is not uncertainty of the difference."""
    found = difference([0.5, 0.9, 0.3], [0.4, 0.8, 0.2])
    assert (found.low, found.high) == pytest.approx((0.1, 0.1))
    assert found.is_clear


def test_one_seed_has_no_interval() -> None:
    """Nothing is known of its spread."""
    with pytest.raises(ValueError, match="two seeds"):
        interval([1.0])


def test_a_clear_difference_is_shown_bold() -> None:
    """So that nobody takes noise for a result."""
    assert shown(Interval(0.1, 0.05, 0.15)) == "**+0.100 [+0.050, +0.150]**"
    assert shown(Interval(-0.1, -0.25, 0.05)) == "-0.100 [-0.250, +0.050]"


def test_an_outcome_is_a_function_of_the_seed() -> None:
    """Whoever runs it again gets the same tables."""
    quotas = Quotas(interactions_to_train=1, users_with_two_interactions=1)
    job = Job("tiny", Assumptions(viewers=8, items=30, visits=4), 3, quotas)
    assert run(job) == run(job)


def test_looks_are_taken_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """What was asked after the results stands in a table of its own."""
    assert main(["--quick", "--looks"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("all equally long") == 2
    assert printed.count("as assumed") == 3


def test_a_quick_run_prints_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    """The tables hold every arm and variant, on a world too small to say anything."""
    assert main(["--quick"]) == 0
    printed = capsys.readouterr().out
    assert all(variant.name in printed for variant in VARIANTS)
    assert "PutEvents calls" in printed
    assert "nan" not in printed
