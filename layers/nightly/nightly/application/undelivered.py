"""What a dataset group lacks: the interactions of settled days that its tracker never delivered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nightly.application.build import Building, build_from_clean
from nightly.application.clean_layer import published_days
from nightly.application.ledger import read_ledger
from nightly.application.statistics import Counting, count
from nightly.domain.days import Day, Days
from nightly.domain.errors import UnusableError
from nightly.domain.import_plan import (
    LEAST_ROWS,
    Facts,
    ImportPlan,
    PlanKind,
    plan_import,
    settled_days,
)
from nightly.domain.report import BuildReport
from nightly.domain.rules import BuildRules
from nightly.ports import Storage


@dataclass(frozen=True, slots=True)
class Question:
    """Tonight's plan is asked for.

    Attributes:
        night: The day on which the night runs; the day before is the newest to be clean.
        group: The name of the dataset group.
        mark: Of the tracker of that group, whether the recorders send to it or not.
        has_live_tracker: Whether they do.
        schema_changed: As in `Facts`.
        asked: As in `Facts`.
        is_trained: As in `Facts`.
        trained_through: The last day that was trained on; None if nothing ever was.
        has_imported_fully: Whether Personalize knows of an import that the ledger does not.
        least_rows: As in `Facts`.
    """

    night: Day
    group: str
    mark: str
    has_live_tracker: bool = True
    schema_changed: bool = False
    asked: PlanKind | None = None
    is_trained: bool | None = None
    trained_through: Day | None = None
    has_imported_fully: bool = False
    least_rows: int = LEAST_ROWS


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what it was decided on.

    Attributes:
        settled: The days that an import could cover; None when there are none.
        outcomes: How many interactions of these ended how, `delivered` and `ok` (undelivered)
            among them.
    """

    plan: ImportPlan
    facts: Facts
    settled: Days | None
    outcomes: Mapping[str, int]


def undelivered_to(mark: str, rules: BuildRules, *, is_new: bool = False) -> BuildRules:
    """The rules by which a build is what a tracker has not delivered.

    Args:
        mark: Of the tracker.
        rules: Of the build otherwise.
        is_new: Whether the group was made after rows got marks: what has none is not in it.

    Raises:
        UnusableError: It is no mark; all interactions would be meant.
    """
    if not mark:
        error = "the mark of a tracker is needed"
        raise UnusableError(error)
    return replace(rules, undelivered_to=mark, unmarked_are_delivered=not is_new)


def count_undelivered(
    counting: Counting, mark: str, days: Days, *, is_new: bool = False
) -> BuildReport:
    """The figures alone: `rows` are undelivered, `outcomes` say what became of the others."""
    rules = undelivered_to(mark, counting.rules, is_new=is_new)
    return count(replace(counting, rules=rules), days)


def export_undelivered(
    clean: Storage, building_of: Building, mark: str, days: Days, *, is_new: bool = False
) -> BuildReport:
    """Write the file of an import; raises as `build_from_clean`.

    For a rebuild `is_new` holds, and the days are all that have settled. What the new group's
    tracker has delivered meanwhile is left out then as well, so it cannot count twice.
    """
    rules = undelivered_to(mark, building_of.rules, is_new=is_new)
    return build_from_clean(clean, replace(building_of, rules=rules), days)


def plan_night(question: Question, counting: Counting) -> Planned:
    """Look at the clean layer and the ledger, and decide.

    Raises:
        RefusedPlanError: See `plan_import`.
        UnusableError: Days are missing, or the clean layer is empty.
        LedgerError: The ledger cannot be read.
    """
    first = _first_day(counting)
    ledger = read_ledger(counting.archive, question.group)
    everything, settled = (
        settled_days(first, through, question.night, lookback_days=counting.rules.lookback_days)
        for through in (None, ledger.through_day)
    )
    outcomes = _outcomes(counting, question.mark, settled, is_new=ledger.is_of_rebuild)
    facts = Facts(
        question.has_live_tracker,
        question.has_imported_fully or ledger.has_imported,
        outcomes.get("ok", 0),
        question.schema_changed,
        question.asked,
        _streamed(question, counting, first),
        is_trained=question.is_trained,
        least_rows=question.least_rows,
    )
    plan = plan_import(facts, everything if facts.wants_rebuild else settled)
    return Planned(plan, facts, settled, outcomes)


def _first_day(counting: Counting) -> Day:
    published = published_days(counting.archive)
    if not published:
        error = "the clean layer is empty"
        raise UnusableError(error)
    return published[0]


def _outcomes(
    counting: Counting, mark: str, days: Days | None, *, is_new: bool
) -> Mapping[str, int]:
    return {} if days is None else count_undelivered(counting, mark, days, is_new=is_new).outcomes


def _streamed(question: Question, counting: Counting, first: Day) -> int:
    """What the tracker has delivered since the last training, through the day before."""
    through = question.trained_through
    days = Days(first if through is None else max(first, through.plus(1)), question.night.plus(-1))
    if days.first > days.last:
        return 0
    rules = replace(undelivered_to(question.mark, counting.rules), lookback_days=0)
    return count(replace(counting, rules=rules), days).outcomes.get("delivered", 0)
