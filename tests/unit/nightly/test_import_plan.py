"""What is imported follows from what is true, and every decision says why."""

from dataclasses import replace

import pytest
from nightly.domain.days import Day, Days
from nightly.domain.errors import RefusedPlanError
from nightly.domain.import_plan import (
    LEAST_ROWS,
    Facts,
    ImportMode,
    PlanKind,
    plan_import,
    settled_days,
)

NIGHT = Day.named("2026-11-24")
DAYS = Days(NIGHT.plus(-10), NIGHT.plus(-4))
QUIET = Facts(
    has_live_tracker=True,
    has_imported_fully=False,
    undelivered_rows=0,
    schema_changed=False,
    asked=None,
    new_interactions=0,
)


def test_a_quiet_night_does_nothing() -> None:
    """Nothing new: nothing is imported and nothing is trained."""
    plan = plan_import(QUIET, DAYS)
    assert (plan.kind, plan.days, plan.mode, plan.trains) == (PlanKind.NONE, None, None, False)
    assert plan.reasons == (
        "PutEvents has delivered everything that has settled",
        "nothing is new, so nothing is trained",
    )


def test_what_was_streamed_is_trained_on_without_an_import() -> None:
    """The plan of most nights."""
    plan = plan_import(replace(QUIET, new_interactions=7), DAYS)
    assert (plan.kind, plan.days, plan.trains) == (PlanKind.NONE, None, True)
    assert plan.reasons[1] == "7 new interactions are trained on"


@pytest.mark.parametrize(
    ("has_imported", "mode"), [(False, ImportMode.FULL), (True, ImportMode.INCREMENTAL)]
)
def test_what_was_never_delivered_is_imported(*, has_imported: bool, mode: ImportMode) -> None:
    """FULL the first time, as Personalize demands, and then beside what is there."""
    facts = replace(QUIET, undelivered_rows=LEAST_ROWS, has_imported_fully=has_imported)
    plan = plan_import(facts, DAYS)
    assert (plan.kind, plan.days, plan.mode) == (PlanKind.UNDELIVERED, DAYS, mode)
    assert plan.trains
    assert plan.reasons[0].startswith("1000 interactions of 2026-11-14 to 2026-11-20")
    assert plan.as_dict()["days"] == ["2026-11-14", "2026-11-20"]


def test_too_few_wait() -> None:
    """No import, so the watermark stays and they are counted again tomorrow."""
    plan = plan_import(replace(QUIET, undelivered_rows=LEAST_ROWS - 1), DAYS)
    assert (plan.kind, plan.days, plan.as_dict()["days"]) == (PlanKind.NONE, None, None)
    assert "999 undelivered interactions wait" in plan.reasons[0]


def test_a_group_without_tracker_has_other_reasons() -> None:
    """Nothing is delivered to it at all."""
    plan = plan_import(replace(QUIET, has_live_tracker=False), None)
    assert plan.reasons[0] == "nothing has settled that is not imported"


def test_another_schema_needs_another_group() -> None:
    """Whatever else is true."""
    facts = replace(QUIET, schema_changed=True, undelivered_rows=LEAST_ROWS)
    plan = plan_import(facts, DAYS)
    assert (plan.kind, plan.days, plan.mode) == (PlanKind.REBUILD, DAYS, ImportMode.FULL)
    assert "schema has changed" in plan.reasons[0]


@pytest.mark.parametrize("kind", [PlanKind.NONE, PlanKind.REBUILD])
def test_what_is_asked_for_is_done_if_it_can_be(kind: PlanKind) -> None:
    """And is told to have been asked for."""
    plan = plan_import(replace(QUIET, asked=kind, undelivered_rows=LEAST_ROWS), DAYS)
    assert plan.kind is kind
    assert plan.reasons[0] == f"{kind} was asked for"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"undelivered_rows": LEAST_ROWS - 1}, "no import of fewer than 1000"),
        ({"undelivered_rows": LEAST_ROWS, "schema_changed": True}, "only a rebuild"),
    ],
)
def test_undelivered_is_refused_if_it_cannot_be(changes: dict[str, int], why: str) -> None:
    """Asking does not change what Personalize takes."""
    facts = replace(QUIET, asked=PlanKind.UNDELIVERED, **changes)
    with pytest.raises(RefusedPlanError, match=why):
        plan_import(facts, DAYS)


def test_a_rebuild_in_place_would_count_twice() -> None:
    """A FULL import leaves what was streamed; only a group that nobody sends to can take it."""
    facts = replace(QUIET, asked=PlanKind.REBUILD, rebuilds_in_place=True)
    with pytest.raises(RefusedPlanError, match="twice"):
        plan_import(facts, DAYS)
    assert plan_import(replace(facts, has_live_tracker=False), DAYS).days == DAYS


def test_a_rebuild_of_nothing_is_refused() -> None:
    """No day has settled."""
    with pytest.raises(RefusedPlanError, match="no day has settled"):
        plan_import(replace(QUIET, asked=PlanKind.REBUILD), None)


@pytest.mark.parametrize("asked", [PlanKind.NONE, PlanKind.UNDELIVERED, PlanKind.REBUILD])
@pytest.mark.parametrize("is_trained", [True, False])
def test_training_can_be_asked_for_and_left_out(asked: PlanKind, *, is_trained: bool) -> None:
    """Whatever is new and whatever is imported."""
    facts = replace(QUIET, asked=asked, undelivered_rows=LEAST_ROWS, is_trained=is_trained)
    assert plan_import(facts, DAYS).trains is is_trained


@pytest.mark.parametrize(
    ("first", "through", "days"),
    [
        (-10, None, (-10, -4)),
        (-10, -6, (-5, -4)),
        (-10, -5, (-4, -4)),
        (-10, -4, None),
        (-3, None, None),
        (-5, -10, (-5, -4)),
    ],
)
def test_days_settle_once_no_copy_can_be_sent(
    first: int, through: int | None, days: tuple[int, int] | None
) -> None:
    """After the watermark, and as long ago as the clean layer looks back."""
    watermark = None if through is None else NIGHT.plus(through)
    found = settled_days(NIGHT.plus(first), watermark, NIGHT, lookback_days=3)
    expected = None if days is None else Days(*map(NIGHT.plus, days))
    assert found == expected
