"""The figures of what would be trained on, without writing any of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from nightly.application.clean_day import CLEAN, published_day
from nightly.domain.days import EVER, Day, Days
from nightly.domain.errors import UnusableError
from nightly.domain.job import Answers, Job, Section, Source
from nightly.domain.manifest import DayManifest
from nightly.domain.plans import Statements, building
from nightly.domain.report import BuildReport
from nightly.domain.rules import BuildRules
from nightly.domain.statistics import BuildStatistics
from nightly.ports import Engine, Storage

FIGURES: Final = (
    *("build_counts", "user_statistics", "item_statistics"),
    *("distributions", "nulls", "popular_items"),
)


def measure(
    clean: Storage,
    engine: Engine,
    statements: Statements,
    rules: BuildRules,
    days: Days | None = None,
) -> BuildStatistics:
    """Measure the clean layer, or what some days add, in one pass; nothing is exported.

    Raises:
        UnusableError: A day that was asked for is not published, or has other columns.
        ConservationError: The figures do not add up.
    """
    manifests = manifests_of(clean, rules, days)
    steps = building(statements, rules, days or EVER)
    answers = engine.run(Job((source_of(clean, manifests, rules),), steps, (), FIGURES))
    if days is None:
        interactions = sum(manifest.interactions for manifest in manifests)
        BuildReport.of_answers(answers).require_considered(interactions)
    last_day, archived = newest(manifests, days)
    return figures(answers, archived=archived, last_day=last_day)


def figures(
    answers: Answers, *, archived: Mapping[str, int], last_day: Day | None
) -> BuildStatistics:
    """The statistics of what an engine answered to `FIGURES`; see `BuildStatistics`."""
    report = BuildReport.of_answers(answers)
    return BuildStatistics.of(report, answers, archived=archived, last_day=last_day)


def newest(manifests: Sequence[DayManifest], days: Days | None) -> tuple[Day, Mapping[str, int]]:
    """The newest day, and how its archived rows ended; those of all days of an increment."""
    last = max(manifest.day for manifest in manifests)
    asked = days or Days(last, last)
    archived: Counter[str] = Counter()
    for manifest in manifests:
        if asked.first <= manifest.day <= asked.last:
            archived.update(manifest.outcomes)
    return last, archived


def manifests_of(clean: Storage, rules: BuildRules, days: Days | None) -> Sequence[DayManifest]:
    """Those of the days, and of the days before that a guest's link can lead to.

    Raises:
        UnusableError: One is not published, or lacks columns.
    """
    published = [
        manifest
        for day in _published(clean)
        if (days is None or day in set(_linked_to(days, rules)))
        and (manifest := published_day(clean, day)) is not None
    ]
    missing = set(days or ()) - {manifest.day for manifest in published}
    if missing or not published:
        error = f"not in the clean layer: {', '.join(map(str, sorted(missing))) or 'any day'}"
        raise UnusableError(error)
    lacking = [m.day for m in published if not set(rules.columns.context) <= set(m.context)]
    if lacking:
        error = f"context columns are missing in {lacking[0]}: make the day again"
        raise UnusableError(error)
    return published


def source_of(clean: Storage, manifests: Sequence[DayManifest], rules: BuildRules) -> Source:
    """The files of some days as the view over which a build is made."""
    files = tuple(
        clean.location(f"{CLEAN}/{manifest.day.partition}/{manifest.file}")
        for manifest in manifests
    )
    return Source(Section.CLEAN, files, rules.columns.context)


def _linked_to(days: Days, rules: BuildRules) -> Days:
    """An interaction of the day before may be linked today, if it was not by the day before."""
    return days.widened(before=2 * rules.link_days)


def _published(clean: Storage) -> Sequence[Day]:
    return [Day.named(name.removeprefix("dt=")) for name in clean.folders(f"{CLEAN}/")]
