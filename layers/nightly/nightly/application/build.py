"""A build: interactions become the file that Personalize imports, read back before it counts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nightly.application.clean_day import (
    CLEAN,
    archived_days,
    published_day,
    raw_files,
    sources,
)
from nightly.application.published import published_histories
from nightly.application.validate import Limits, validate
from nightly.domain.days import EVER, Day, Days
from nightly.domain.errors import OccupiedError, UnusableError
from nightly.domain.history import HistoryManifest
from nightly.domain.job import Answers, Export, Format, Job, Section, Source, Step
from nightly.domain.manifest import DayManifest
from nightly.domain.plans import Statements, building, cleaning
from nightly.domain.report import BuildReport, DayReport
from nightly.domain.rules import BuildRules, CleanRules
from nightly.ports import Engine, Storage

PARTS: Final = "interactions/"
REPORT: Final = "report.json"
_ASKS: Final = ("build_counts", "user_statistics", "item_statistics")


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
    manifests = _manifests(clean, building_of.rules, days)
    histories = _histories(clean, building_of.rules, days)
    if not (manifests or histories):
        error = "not in the clean layer: any day"
        raise UnusableError(error)
    keys = (
        *(f"{CLEAN}/{manifest.day.partition}/{manifest.file}" for manifest in manifests),
        *(history.file for history in histories),
    )
    files = tuple(map(clean.location, keys))
    source = Source(Section.CLEAN, files, building_of.rules.columns.context)
    report, rows, _ = _build(_Input((source,)), building_of, days or EVER)
    if days is None:
        report.require_considered(sum(made.interactions for made in (*manifests, *histories)))
    return _finish(building_of, report, rows, {"days": _named(days)})


def build_from_raw(archive: Storage, rules: CleanRules, building_of: Building) -> BuildReport:
    """Build from everything that was archived, in one go; raises as `build_from_clean`."""
    if rules.context != building_of.rules.columns.context:
        error = "context columns of the archive and of the file differ"
        raise UnusableError(error)
    raw = sources(raw_files(archive, archived_days(archive)), rules)
    steps = cleaning(building_of.statements, rules, EVER)
    report, rows, answers = _build(
        _Input(raw, steps, ("day_counts", "archived")), building_of, EVER
    )
    days = _day_reports(answers)
    report.require_considered(sum(day.interactions for day in days))
    archived = {str(day.day): dict(day.outcomes) for day in days}
    return _finish(building_of, report, rows, {"days": _named(None), "archived": archived})


def _manifests(clean: Storage, rules: BuildRules, days: Days | None) -> Sequence[DayManifest]:
    """Those of the days, and of the days around that a guest's link can lead to."""
    published = [
        manifest
        for day in _published(clean)
        if (days is None or day in set(_linked_to(days, rules)))
        and (manifest := published_day(clean, day)) is not None
    ]
    missing = set(days or ()) - {manifest.day for manifest in published}
    if missing:
        error = f"not in the clean layer: {', '.join(map(str, sorted(missing)))}"
        raise UnusableError(error)
    lacking = [m.day for m in published if not set(rules.columns.context) <= set(m.context)]
    if lacking:
        error = f"context columns are missing in {lacking[0]}: make the day again"
        raise UnusableError(error)
    return published


def _histories(clean: Storage, rules: BuildRules, days: Days | None) -> Sequence[HistoryManifest]:
    """Imports of the same days: one is published under the day on which it was made."""
    linked = None if days is None else _linked_to(days, rules)
    return published_histories(clean, rules.columns.context, linked)


def _linked_to(days: Days, rules: BuildRules) -> Days:
    """An interaction of the day before may be linked today, if it was not by the day before."""
    return days.widened(before=2 * rules.link_days)


def _published(clean: Storage) -> Sequence[Day]:
    return [Day.named(name.removeprefix("dt=")) for name in clean.folders(f"{CLEAN}/")]


def _build(read: _Input, building_of: Building, days: Days) -> tuple[BuildReport, int, Answers]:
    _make_room(building_of.out)
    export = Export(
        "training", Format.CSV, building_of.out.location(PARTS.rstrip("/")), building_of.part_bytes
    )
    steps = building(building_of.statements, building_of.rules, days)
    answers = building_of.engine.run(
        Job(read.sources, (*read.steps, *steps), (export,), (*read.asks, *_ASKS))
    )
    reading = validate(building_of.out, PARTS, building_of.rules.columns.names, building_of.limits)
    return BuildReport.of(*(answers[name] for name in _ASKS)), reading.rows, answers


def _make_room(out: Storage) -> None:
    """Remove what an attempt left that did not come to its end."""
    if out.get(REPORT) is not None:
        error = f"there is a finished build in {out.location('')}"
        raise OccupiedError(error)
    out.delete([file.key for file in out.files(PARTS)])
    out.prepare(PARTS)


def _finish(
    building_of: Building, report: BuildReport, rows: int, origin: Mapping[str, Any]
) -> BuildReport:
    report.require_written(rows)
    content = {
        **origin,
        **report.as_dict(),
        "columns": building_of.rules.columns.names,
        "parts": {
            file.key.removeprefix(PARTS): file.size_bytes for file in building_of.out.files(PARTS)
        },
    }
    text = json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"
    building_of.out.put(REPORT, text)
    return report


def _day_reports(answers: Answers) -> Sequence[DayReport]:
    days = sorted({row["day"] for row in answers["archived"]})
    return [DayReport.of(Day(day), answers["day_counts"], answers["archived"]) for day in days]


def _named(days: Days | None) -> str:
    return "all" if days is None else f"{days.first} to {days.last}"
