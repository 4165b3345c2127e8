"""The figures of what would be trained on, without writing any of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from nightly.application.clean_layer import manifests_of, sources_of
from nightly.domain.days import EVER, Day, Days
from nightly.domain.job import Answers, Job
from nightly.domain.manifest import DayManifest
from nightly.domain.plans import Statements, building
from nightly.domain.report import BuildReport
from nightly.domain.rules import BuildRules
from nightly.domain.statistics import BuildStatistics
from nightly.ports import Engine, Storage

COUNTS: Final = ("build_counts", "user_statistics", "item_statistics")
FIGURES: Final = (*COUNTS, "distributions", "nulls", "popular_items")


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
    answers = engine.run(Job(sources_of(clean, manifests, rules), steps, (), FIGURES))
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
    return asked.last, archived
