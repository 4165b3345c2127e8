"""How far two builds are apart, and what of it chance explains."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightly.domain.drift import by_chance, psi, shifts
from nightly.domain.gates import GateLimits, Severity, judge_build

from tests.support.statistics import bins_of, items_of, some_statistics

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 10**6), min_size=1)


@given(COUNTS, COUNTS)
def test_the_index_is_never_negative_and_the_same_both_ways(
    one: dict[str, int], other: dict[str, int]
) -> None:
    """Whichever build is the earlier one."""
    assert 0 <= psi(one, other) < 20
    assert psi(one, other) == pytest.approx(psi(other, one))


@given(COUNTS, st.integers(1, 1000))
def test_equal_shares_have_no_drift(counts: dict[str, int], times: int) -> None:
    """However many interactions there are."""
    assert psi(counts, {name: count * times for name, count in counts.items()}) == pytest.approx(0)


@given(COUNTS, COUNTS)
def test_bins_that_are_empty_on_both_sides_change_nothing(
    one: dict[str, int], other: dict[str, int]
) -> None:
    """Nor does the order of bins."""
    assert psi(one | {"z": 0}, other | {"z": 0}) == pytest.approx(psi(one, other))
    assert by_chance(one | {"z": 0}, other) == by_chance(one, other)


def test_the_index_is_that_of_the_textbook() -> None:
    """Half and half becomes a quarter and three quarters."""
    assert psi({"a": 50, "b": 50}, {"a": 25, "b": 75}) == pytest.approx(0.25 * math.log(3))
    assert psi({"a": 1}, {"b": 1}) == pytest.approx(2 * 0.9999 * math.log(10_000))
    assert psi({}, {"a": 1}) == psi({"a": 0}, {"a": 1}) == psi({"a": 1}, {}) == 0


def test_chance_makes_less_the_more_there_are() -> None:
    """And more the more bins there are."""
    assert by_chance({"a": 50, "b": 50}, {"a": 10, "b": 15}) == pytest.approx(0.05)
    assert by_chance({"a": 50, "b": 50, "c": 0}, {"a": 10, "c": 15}) == pytest.approx(0.1)
    assert by_chance({}, {"a": 1}) == by_chance({"a": 1}, {}) == math.inf


def test_what_came_since_is_compared_when_it_is_enough() -> None:
    """A long good history would hide a bad day."""
    before = some_statistics(event_types={"Click": 500_000, "Watch": 500_000})
    now = some_statistics(event_types={"Click": 509_000, "Watch": 501_000})
    mix, _, _ = shifts(before, now, 0.05)
    assert mix.is_of_new
    assert mix.psi > 0.25
    few = some_statistics(event_types={"Click": 500_015, "Watch": 500_004})
    mix, _, _ = shifts(before, few, 0.05)
    assert not mix.is_of_new
    assert mix.psi < 0.001


@pytest.mark.parametrize(("came", "is_of_new"), [(19, False), (20, False), (21, True)])
def test_as_much_is_enough_as_chance_allows(came: int, is_of_new: bool) -> None:  # noqa: FBT001
    """Two bins and five in a hundred: a little more than twenty."""
    before = some_statistics(event_types={"Click": 500, "Watch": 500})
    now = some_statistics(event_types={"Click": 500 + came, "Watch": 500})
    assert shifts(before, now, 0.05)[0].is_of_new is is_of_new


def test_a_history_that_shrank_is_compared_as_a_whole() -> None:
    """Stricter rules take interactions away: then nobody knows what came since."""
    before = some_statistics(event_types={"Click": 5_000, "Watch": 5_000})
    now = some_statistics(event_types={"Click": 4_999, "Watch": 50_000})
    assert not shifts(before, now, 0.05)[0].is_of_new


def found(now: object, before: object) -> list[tuple[str, Severity]]:
    """What gates find."""
    limits = GateLimits(most_lost=1)
    verdict = judge_build(now, before, limits, None)  # pyright: ignore[reportArgumentType]
    return [(each.gate, each.severity) for each in verdict.findings]


def test_a_player_that_tells_nonsense_is_stopped() -> None:
    """Suddenly everything is watched to its end."""
    before = some_statistics(completion=bins_of(*([2_000] * 20)))
    now = some_statistics(completion=bins_of(*([2_000] * 19), 8_000))
    assert found(now, before) == [("drift_completion", Severity.FAILURE)]
    limits = GateLimits()
    (finding,) = judge_build(now, before, limits, None).failures
    assert finding.text.startswith("How far titles are watched has moved")
    assert "in what came since" in finding.text


@pytest.mark.parametrize(
    ("clicks", "expected"),
    [
        (50_000, None),
        (64_900, None),
        (65_700, Severity.WARNING),
        (73_900, Severity.WARNING),
        (74_700, Severity.FAILURE),
    ],
)
def test_a_tenth_is_told_and_a_quarter_stops(clicks: int, expected: Severity | None) -> None:
    """Between half and half and what a thousand new ones are."""
    before = some_statistics(event_types={"Click": 50_000, "Watch": 50_000})
    came = {"Click": 50_000 + clicks, "Watch": 150_000 - clicks}
    assert found(some_statistics(event_types=came), before) == (
        [("drift_event_mix", expected)] if expected else []
    )


@pytest.mark.parametrize(("limit", "says"), [(0.5, True), (1.0, False)])
def test_the_limit_itself_is_no_drift(limit: float, says: bool) -> None:  # noqa: FBT001
    """Only what is above it."""
    before, now = {"a": 5_000, "b": 5_000}, {"a": 5_000, "b": 15_000}
    exact = psi(before, {"a": 0, "b": 10_000})
    limits = GateLimits(psi_warning=exact * limit, psi_failure=math.inf)
    of, previous = some_statistics(event_types=now), some_statistics(event_types=before)
    assert bool(judge_build(of, previous, limits, None).warnings) is says


def test_too_few_interactions_are_not_judged() -> None:
    """A new service has no habits yet."""
    before = some_statistics(completion=bins_of(*([1] * 20)))
    now = some_statistics(completion=bins_of(*([0] * 19), 20))
    assert found(now, before) == []


def test_other_items_on_top_are_a_drift() -> None:
    """A catalogue that was replaced, or ids that are written in another way."""
    before = some_statistics(popular_items=items_of(*([1_000] * 30)))
    other = [(f"other-{n}", 1_000) for n in range(30)]
    now = some_statistics(
        popular_items=tuple(type(before.popular_items[0])(*pair) for pair in other)
    )
    assert found(now, before) == [("drift_popularity", Severity.FAILURE)]


def test_what_is_not_in_the_list_counts_together() -> None:
    """The same fifty lead by far less: the catalogue has become another one."""
    before = some_statistics(rows=60_000, popular_items=items_of(*([1_000] * 30)))
    now = some_statistics(rows=600_000, popular_items=before.popular_items)
    expected = 0.45 * (math.log(10) + math.log(1.9))
    assert shifts(before, now, 0.05)[2].psi == pytest.approx(expected, rel=0.01)


def test_places_at_the_end_of_the_list_may_change() -> None:
    """Of an item that just fell out of the fifty it is not known how often it was watched."""
    before = some_statistics(rows=600_000, popular_items=items_of(*([1_000] * 50)))
    others = items_of(*([1_000] * 100))[50:]
    now = some_statistics(rows=600_000, popular_items=others)
    assert shifts(before, now, 0.05)[2].psi == 0
    assert found(now, before) == []
    few = some_statistics(rows=50_000, popular_items=others)
    popularity = shifts(replace(before, rows=50_000), few, 0.05)[2]
    assert popularity.psi == 0
    assert popularity.by_chance == pytest.approx(99 * 2 / 100_000)
