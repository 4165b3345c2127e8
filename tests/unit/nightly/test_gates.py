"""Each gate just below its limit, at it and just above; what it says has figures and no ids."""

import json
from typing import Any

import pytest
from nightly.domain.errors import UnusableError
from nightly.domain.gates import (
    Finding,
    GateLimits,
    GateVerdict,
    PlannedImport,
    Severity,
    judge_build,
)
from nightly.domain.statistics import BuildStatistics

from tests.support.statistics import days_of, some_statistics

LIMITS = GateLimits()
FAILURE, WARNING = Severity.FAILURE, Severity.WARNING


def found(
    of: BuildStatistics,
    previous: BuildStatistics | None = None,
    planned: PlannedImport | None = None,
    **limits: Any,
) -> list[tuple[str, Severity]]:
    """What gates find, by name."""
    verdict = judge_build(of, previous, GateLimits(**limits), planned)
    for each in verdict.findings:
        assert each.text[0].isupper() or each.text[0].isdigit() or each.text[0] == "E"
        assert each.text.endswith(".")
        assert "item-" not in each.text
    return [(each.gate, each.severity) for each in verdict.findings]


def users(users: int, with_two: int) -> dict[str, int]:
    """User figures with enough interactions each."""
    return {"users": users, "interactions": 60_000, "with_two": with_two, "with_ten": 0, "most": 9}


def test_a_good_build_passes_in_silence() -> None:
    """Alone, after an equal one, and with an import."""
    good = some_statistics()
    assert found(good) == []
    assert found(good, good, PlannedImport("FULL", 60_000, 5_000_000)) == []
    assert judge_build(good, good, LIMITS, None).passed


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (999, [("least_interactions", FAILURE), ("advised_interactions", WARNING)]),
        (1_000, [("advised_interactions", WARNING)]),
        (49_999, [("advised_interactions", WARNING)]),
        (50_000, []),
    ],
)
def test_interactions_are_counted_after_filtering(
    rows: int, expected: list[tuple[str, Severity]]
) -> None:
    """A thousand are needed and fifty thousand are better."""
    assert found(some_statistics(rows=rows), advised_per_user=0) == expected


@pytest.mark.parametrize(
    ("all_users", "with_two", "expected"),
    [
        (30, 24, [("least_users", FAILURE), ("advised_users", WARNING)]),
        (30, 25, [("advised_users", WARNING)]),
        (2_500, 24, [("least_users", FAILURE), ("least_share_of_users", FAILURE)]),
        (2_501, 25, [("least_share_of_users", FAILURE)]),
        (2_500, 25, []),
        (1_500, 999, [("advised_users", WARNING)]),
        (1_500, 1_000, []),
        (0, 0, [("least_users", FAILURE), ("advised_users", WARNING)]),
    ],
)
def test_users_need_two_interactions(
    all_users: int, with_two: int, expected: list[tuple[str, Severity]]
) -> None:
    """Twenty-five of them and one in a hundred; a thousand are better."""
    advised = 0 if all_users > 2_000 else 1_000
    of = some_statistics(users=users(all_users, with_two))
    assert found(of, advised_per_user=0, advised_users_with_two=advised) == expected


@pytest.mark.parametrize(("count", "told"), [(6_001, True), (6_000, False)])
def test_ten_interactions_a_user_are_better(count: int, told: bool) -> None:  # noqa: FBT001
    """On average."""
    expected = [("advised_per_user", WARNING)] if told else []
    assert found(some_statistics(users=users(count, 1_400))) == expected


@pytest.mark.parametrize(("count", "told"), [(49, True), (50, False)])
def test_fifty_items_are_better(count: int, told: bool) -> None:  # noqa: FBT001
    """With interactions."""
    expected = [("advised_items", WARNING)] if told else []
    assert found(some_statistics(items={"items": count, "most": 9})) == expected


def test_nothing_at_all_fails_and_divides_by_nothing() -> None:
    """The very first night."""
    empty = BuildStatistics(0, {}, {}, None, {"users": 0}, {"items": 0}, nulls={"EVENT_VALUE": 0.0})
    names = [name for name, _ in found(empty)]
    assert names[:2] == ["least_interactions", "least_users"]
    assert "filled" not in names


@pytest.mark.parametrize(
    ("own", "types", "expected"),
    [
        (5, 3, []),
        (5, 4, ["types_and_columns"]),
        (6, 2, ["own_columns"]),
        (6, 3, ["types_and_columns", "own_columns"]),
        (0, 8, []),
        (0, 9, ["types_and_columns"]),
    ],
)
def test_event_types_and_columns_are_ten_together(
    own: int, types: int, expected: list[str]
) -> None:
    """EVENT_TYPE and EVENT_VALUE among them; what is reserved besides does not count."""
    nulls = {"EVENT_VALUE": 0.0, "IMPRESSION": 1.0} | {f"OWN_{n}": 0.0 for n in range(own)}
    of = some_statistics(nulls=nulls, event_types={f"T{n}": 100 for n in range(types)})
    assert found(of) == [(name, FAILURE) for name in expected]


def test_a_schema_without_values_has_a_column_less() -> None:
    """Nine types and EVENT_TYPE are ten."""
    assert found(some_statistics(nulls={}, event_types={f"T{n}": 9 for n in range(9)})) == []


@pytest.mark.parametrize(
    ("nulls", "told"),
    [
        ({"EVENT_VALUE": 0.3}, False),
        ({"EVENT_VALUE": 0.3001}, True),
        ({"DEVICE_TYPE": 0.31}, True),
        ({"RECOMMENDATION_ID": 1.0, "IMPRESSION": 1.0, "EVENT_ATTRIBUTION_SOURCE": 1.0}, False),
    ],
)
def test_columns_should_be_filled(nulls: dict[str, float], told: bool) -> None:  # noqa: FBT001
    """Those that only a recommendation fills are empty by nature."""
    expected = [("filled", WARNING)] if told else []
    assert found(some_statistics(nulls=nulls), advised_filled=0.7) == expected


@pytest.mark.parametrize(
    ("archived", "fails"),
    [
        ({"ok": 950, "late": 50}, False),
        ({"ok": 949, "late": 51}, True),
        ({"ok": 949, "late": 20, "bad_time": 31}, True),
        ({"ok": 400, "repeated": 300, "raise": 200, "stray_raise": 50, "duplicate": 50}, False),
        ({"ok": 10, "late": 89}, False),
        ({"ok": 11, "late": 89}, True),
        ({}, False),
    ],
)
def test_what_is_lost_on_the_way_stops_the_night(
    archived: dict[str, int],
    fails: bool,  # noqa: FBT001
) -> None:
    """Copies are no loss, and of a handful of rows nothing is said."""
    assert found(some_statistics(archived=archived)) == ([("rejected", FAILURE)] if fails else [])


def test_the_most_frequent_loss_is_named() -> None:
    """By its reason, and the first by name among equals."""
    archived = {"ok": 800, "skewed": 100, "late": 100}
    verdict = judge_build(some_statistics(archived=archived), None, LIMITS, None)
    (finding,) = verdict.failures
    assert finding.figures == {"share": 0.2, "rows": 1_000, "most": 0.05, "reason": "late"}
    assert finding.text == (
        "20.0% of 1,000 newly archived rows cannot be trained on, most often for late (100);"
        " at most 5.0% may be lost."
    )


def test_the_largest_loss_is_named_before_the_first() -> None:
    """Whatever the order of names."""
    archived = {"bad_time": 1, "late": 200, "no_item_id": 2, "ok": 800}
    (finding,) = judge_build(some_statistics(archived=archived), None, LIMITS, None).failures
    assert finding.figures["reason"] == "late"


@pytest.mark.parametrize(
    ("counts", "most", "expected"),
    [
        ((5_000, 5_000, 0, 5_000, 5_000, 5_000), None, WARNING),
        ((5_000, 0, 0, 5_000, 5_000, 5_000), 2, WARNING),
        ((5_000, 0, 0, 5_000, 5_000, 5_000), 1, FAILURE),
        ((5_000, 5_000, 5_000, 5_000, 5_000, 5_000), 0, None),
    ],
)
def test_days_without_any_interaction_are_told(
    counts: tuple[int, ...], most: int | None, expected: Severity | None
) -> None:
    """And stop the night where a setting says how many are too many."""
    of = some_statistics(daily=days_of(*counts))
    assert found(of, most_gap_days=most) == ([("gap", expected)] if expected else [])


def test_the_longest_gap_is_named() -> None:
    """With the day before it."""
    of = some_statistics(daily=days_of(9, 0, 9, 0, 0, 0, 6_000, 6_000, 6_000, 6_000))
    (finding,) = judge_build(of, None, LIMITS, None).warnings
    assert finding.figures == {"days": 4, "longest": 3, "after": "2026-11-16"}


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        (PlannedImport("INCREMENTAL", 999, 1), ["import_rows"]),
        (PlannedImport("INCREMENTAL", 1_000, 1_000**3), []),
        (PlannedImport("INCREMENTAL", 1_000, 1_000**3 + 1), ["import_bytes"]),
        (PlannedImport("FULL", 1_000, 1_000**3 + 1), []),
        (PlannedImport("FULL", 1_000, 100 * 1_000**3), []),
        (PlannedImport("FULL", 999, 100 * 1_000**3 + 1), ["import_rows", "import_bytes"]),
    ],
)
def test_an_import_has_a_least_and_a_largest_size(
    planned: PlannedImport, expected: list[str]
) -> None:
    """A thousand rows, 1 GB to add and 100 GB in all."""
    assert found(some_statistics(), planned=planned) == [(name, FAILURE) for name in expected]


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        (0, FAILURE),
        (1_499, FAILURE),
        (1_500, WARNING),
        (2_999, WARNING),
        (3_000, None),
        (12_000, None),
        (12_001, WARNING),
        (24_000, WARNING),
        (24_001, FAILURE),
    ],
)
@pytest.mark.parametrize("after_another", [True, False])
def test_the_newest_day_is_neither_too_small_nor_too_big(
    newest: int,
    expected: Severity | None,
    after_another: bool,  # noqa: FBT001
) -> None:
    """Against the days before it, which are those of the last accepted build if there is one."""
    of = some_statistics(daily=days_of(*([6_000] * 9), newest))
    earlier = some_statistics(last_day="2026-11-22", daily=days_of(*([6_000] * 9), 0), rows=54_000)
    previous = earlier if after_another else None
    assert found(of, previous) == ([("volume", expected)] if expected else [])


def test_volume_is_told_with_its_figures() -> None:
    """The day, what is usual, and how many times that it is."""
    of = some_statistics(daily=days_of(*([6_000] * 9), 1_200))
    (finding,) = judge_build(of, None, LIMITS, None).failures
    assert finding.figures == {"found": 1_200, "usual": 6_000, "ratio": 0.2, "times": 4}
    assert finding.text == (
        "2026-11-23 has 1,200 interactions, 0.20 times the median 6,000 of the days before;"
        " 4 times more or less is too far."
    )


def test_volume_is_held_against_what_was_accepted() -> None:
    """Days that were stopped are no measure for the next one."""
    bad = some_statistics(daily=days_of(*([6_000] * 3), *([600] * 7)))
    accepted = some_statistics(last_day="2026-11-16", daily=days_of(*([6_000] * 3), *([0] * 7)))
    assert found(bad, volume_days=3) == []
    assert found(bad, accepted, volume_days=3) == [("volume", FAILURE)]


def test_a_build_run_again_is_not_compared_with_its_own_day() -> None:
    """The last accepted build may have the same newest day."""
    of = some_statistics(daily=days_of(*([6_000] * 9), 600))
    assert found(of, of) == [("volume", FAILURE)]


@pytest.mark.parametrize(("usual", "fails"), [(99, False), (100, True)])
def test_small_numbers_may_jump(usual: int, fails: bool) -> None:  # noqa: FBT001
    """A median below the setting is no measure; neither is an unknown newest day."""
    of = some_statistics(daily=days_of(*([usual] * 9), 6_000))
    assert found(of) == ([("volume", FAILURE)] if fails else [])
    assert found(some_statistics(daily=of.daily, last_day=None)) == []
    unknown = some_statistics(daily=of.daily, last_day=None)
    assert found(of, unknown) == ([("volume", FAILURE)] if fails else [])


@pytest.mark.parametrize(("before", "fails"), [(75_000, False), (75_001, True)])
def test_history_does_not_go_away(before: int, fails: bool) -> None:  # noqa: FBT001
    """A fifth of it may."""
    expected = [("lost", FAILURE)] if fails else []
    assert found(some_statistics(), some_statistics(rows=before)) == expected


@pytest.mark.parametrize(
    "limits", [{"volume_days": 0}, {"volume_warning": 0.9}, {"volume_failure": 0.9}]
)
def test_limits_that_ask_for_nothing_sensible_are_refused(limits: dict[str, Any]) -> None:
    """Before the night begins, not in the middle of it."""
    with pytest.raises(UnusableError):
        GateLimits(**limits)


def test_one_day_and_once_are_sensible() -> None:
    """The borders."""
    of = some_statistics()
    assert found(of, volume_days=1, volume_warning=1, volume_failure=1) == []


def test_a_verdict_passes_with_warnings_alone() -> None:
    """It survives JSON with its findings in order."""
    warned = Finding("a", WARNING, "A.", {"found": 1})
    failed = Finding("b", FAILURE, "B.", {"share": 0.5, "reason": "late"})
    assert GateVerdict().passed
    assert GateVerdict((warned,)).passed
    verdict = GateVerdict((warned, failed))
    assert not verdict.passed
    assert (verdict.warnings, verdict.failures) == ((warned,), (failed,))
    told = json.loads(json.dumps(verdict.as_dict()))
    assert told["passed"] is False
    assert GateVerdict.from_dict(told) == verdict
