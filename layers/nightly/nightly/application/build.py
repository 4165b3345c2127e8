"""A build: interactions become the file that Personalize imports, read back before it counts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nightly.application.clean_day import (
    archived_days,
    raw_files,
    sources,
)
from nightly.application.clean_layer import published_for, sources_of
from nightly.application.published import published_histories
from nightly.application.statistics import FIGURES, figures, newest
from nightly.application.validate import Limits, validate
from nightly.domain.days import EVER, Day, Days
from nightly.domain.errors import OccupiedError, UnusableError
from nightly.domain.job import Answers, Export, Format, Job, Source, Step
from nightly.domain.plans import Statements, building, cleaning
from nightly.domain.report import BuildReport, DayReport
from nightly.domain.rules import BuildRules, CleanRules
from nightly.domain.statistics import BuildStatistics
from nightly.ports import Engine, Storage

PARTS: Final = "interactions/"
REPORT: Final = "report.json"


@dataclass(frozen=True, slots=True)
class Building:
    """What a build works with.

    Attributes:
        out: Gets the parts under `interactions/`, which holds nothing else, and `report.json`
            once they have been read back.
    """

    out: Storage
    engine: Engine
    statements: Statements
    rules: BuildRules
    limits: Limits
    part_bytes: int = 200_000_000


@dataclass(frozen=True, slots=True)
class _Input:
    """Where a build reads from: sources, the steps up to `clean`, and what they answer."""

    sources: tuple[Source, ...]
    steps: tuple[Step, ...] = ()
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Built:
    """What a build made: its figures, the rows that were read back, and all that was answered."""

    report: BuildReport
    rows: int
    answers: Answers


def build_from_clean(
    clean: Storage, building_of: Building, days: Days | None = None
) -> BuildReport:
    """Build from the clean layer: all of it, or what some days add.

    Raises:
        UnusableError: A day that was asked for is not published, or has other columns.
        OccupiedError: There is a finished build in this place.
        BadRowError: A row cannot be imported; file and row are named.
        ConservationError: The figures do not add up.
    """
    published = published_for(clean, building_of.rules, days)
    read = _Input(sources_of(clean, published, building_of.rules))
    built = _build(read, building_of, days or EVER)
    if days is None:
        built.report.require_considered(published.interactions)
    last_day, archived = newest(published, days)
    statistics = figures(built.answers, archived=archived, last_day=last_day)
    return _finish(building_of, built, statistics, {"days": _named(days)})


def build_from_raw(archive: Storage, rules: CleanRules, building_of: Building) -> BuildReport:
    """Build from everything that was archived, in one go; raises as `build_from_clean`."""
    if rules.context != building_of.rules.columns.context:
        error = "context columns of the archive and of the file differ"
        raise UnusableError(error)
    if published_histories(archive):
        error = "a history is in the clean layer alone: --clean"
        raise UnusableError(error)
    raw = sources(raw_files(archive, archived_days(archive)), rules)
    steps = cleaning(building_of.statements, rules, EVER)
    built = _build(_Input(raw, steps, ("day_counts", "archived")), building_of, EVER)
    days = _day_reports(built.answers)
    built.report.require_considered(sum(day.interactions for day in days))
    archived = {str(day.day): dict(day.outcomes) for day in days}
    statistics = figures(
        built.answers,
        archived=days[-1].outcomes if days else {},
        last_day=days[-1].day if days else None,
    )
    return _finish(building_of, built, statistics, {"days": _named(None), "archived": archived})


def _build(read: _Input, building_of: Building, days: Days) -> _Built:
    _make_room(building_of.out)
    export = Export(
        "training", Format.CSV, building_of.out.location(PARTS.rstrip("/")), building_of.part_bytes
    )
    steps = building(building_of.statements, building_of.rules, days)
    answers = building_of.engine.run(
        Job(read.sources, (*read.steps, *steps), (export,), (*read.asks, *FIGURES))
    )
    reading = validate(building_of.out, PARTS, building_of.rules.columns.names, building_of.limits)
    return _Built(BuildReport.of_answers(answers), reading.rows, answers)


def _make_room(out: Storage) -> None:
    """Remove what an attempt left that did not come to its end."""
    if out.get(REPORT) is not None:
        error = f"there is a finished build in {out.location('')}"
        raise OccupiedError(error)
    out.delete([file.key for file in out.files(PARTS)])
    out.prepare(PARTS)


def _finish(
    building_of: Building, built: _Built, statistics: BuildStatistics, origin: Mapping[str, Any]
) -> BuildReport:
    built.report.require_written(built.rows)
    content = {
        **origin,
        **built.report.as_dict(),
        "statistics": statistics.as_dict(),
        "columns": building_of.rules.columns.names,
        "parts": {
            file.key.removeprefix(PARTS): file.size_bytes for file in building_of.out.files(PARTS)
        },
    }
    text = json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"
    building_of.out.put(REPORT, text)
    return built.report


def _day_reports(answers: Answers) -> Sequence[DayReport]:
    days = sorted({row["day"] for row in answers["archived"]})
    return [DayReport.of(Day(day), answers["day_counts"], answers["archived"]) for day in days]


def _named(days: Days | None) -> str:
    return "all" if days is None else f"{days.first} to {days.last}"
