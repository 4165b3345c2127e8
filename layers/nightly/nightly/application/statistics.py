"""The figures of what would be trained on, without writing any of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nightly.application.clean_layer import Published, published_for, sources_of
from nightly.domain.days import EVER, Day, Days
from nightly.domain.job import Answers, Job
from nightly.domain.plans import Statements, building
from nightly.domain.report import BuildReport
from nightly.domain.rules import BuildRules
from nightly.domain.statistics import BuildStatistics
from nightly.ports import Engine, Storage

COUNTS: Final = ("build_counts", "user_statistics", "item_statistics")
FIGURES: Final = (*COUNTS, "distributions", "nulls", "popular_items")


@dataclass(frozen=True, slots=True)
class Counting:
    """What it takes to count over the clean layer.

    Attributes:
        archive: Holds `clean/`.
        rules: Of the build whose rows are counted.
    """

    archive: Storage
    engine: Engine
    statements: Statements
    rules: BuildRules


def count(counting: Counting, days: Days) -> BuildReport:
    """The figures that a build of some days would have; raises as `measure`."""
    return BuildReport.of_answers(_asked(counting, _published(counting, days), days, COUNTS))


def measure(counting: Counting, days: Days | None = None) -> BuildStatistics:
    """Measure the clean layer, or what some days add, in one pass; nothing is exported.

    Raises:
        UnusableError: A day that was asked for is not published, or has other columns.
        ConservationError: The figures do not add up.
    """
    published = _published(counting, days)
    answers = _asked(counting, published, days, FIGURES)
    if days is None:
        BuildReport.of_answers(answers).require_considered(published.interactions)
    last_day, archived = newest(published, days)
    return figures(answers, archived=archived, last_day=last_day)


def figures(
    answers: Answers, *, archived: Mapping[str, int], last_day: Day | None
) -> BuildStatistics:
    """The statistics of what an engine answered to `FIGURES`; see `BuildStatistics`."""
    report = BuildReport.of_answers(answers)
    return BuildStatistics.of(report, answers, archived=archived, last_day=last_day)


def newest(published: Published, days: Days | None) -> tuple[Day, Mapping[str, int]]:
    """The newest day, and how its archived rows ended; those of all days of an increment."""
    asked = days or Days(published.last_day, published.last_day)
    archived: Counter[str] = Counter()
    for manifest in published.days:
        if asked.first <= manifest.day <= asked.last:
            archived.update(manifest.outcomes)
    return asked.last, archived


def _published(counting: Counting, days: Days | None) -> Published:
    return published_for(counting.archive, counting.rules, days)


def _asked(
    counting: Counting, published: Published, days: Days | None, asks: Sequence[str]
) -> Answers:
    steps = building(counting.statements, counting.rules, days or EVER)
    sources = sources_of(counting.archive, published, counting.rules)
    return counting.engine.run(Job(sources, steps, (), tuple(asks)))
