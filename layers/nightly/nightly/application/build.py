"""A build: interactions become the file that Personalize imports, read back before it counts."""

import json
from collections.abc import Iterable, Mapping, Sequence
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
    read = _Input(_clean_sources(clean, building_of.rules, manifests, histories))
    report, rows, _ = _build(read, building_of, days or EVER)
    if days is None:
        report.require_considered(sum(made.interactions for made in (*manifests, *histories)))
    return _finish(building_of, report, rows, {"days": _named(days)})


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
    report, rows, answers = _build(
        _Input(raw, steps, ("day_counts", "archived")), building_of, EVER
    )
    days = _day_reports(answers)
    report.require_considered(sum(day.interactions for day in days))
    archived = {str(day.day): dict(day.outcomes) for day in days}
    return _finish(building_of, report, rows, {"days": _named(None), "archived": archived})


def count_from_clean(
    clean: Storage, engine: Engine, statements: Statements, rules: BuildRules, days: Days | None
) -> BuildReport:
    """The figures that a build would have, without writing its file.

    Raises:
        UnusableError: A day that was asked for is not published, or has other columns.
        ConservationError: The figures do not add up.
    """
    manifests = _manifests(clean, rules, days)
    steps = building(statements, rules, days or EVER)
    sources = _clean_sources(clean, rules, manifests, _histories(clean, rules, days))
    answers = engine.run(Job(sources, steps, (), _ASKS))
    return BuildReport.of(*(answers[name] for name in _ASKS))


def published_days(clean: Storage) -> tuple[Day, ...]:
    """The days that have a manifest, and those on which a history was imported, in order."""
    names = clean.folders(f"{CLEAN}/")
    days = (Day.named(name.removeprefix("dt=")) for name in names)
    found = {day for day in days if published_day(clean, day) is not None}
    return tuple(sorted(found | {history.day for history in published_histories(clean)}))


def _clean_sources(
    clean: Storage,
    rules: BuildRules,
    manifests: Sequence[DayManifest],
    histories: Sequence[HistoryManifest],
) -> tuple[Source, Source]:
    if not (manifests or histories):
        error = "not in the clean layer: any day"
        raise UnusableError(error)
    folders = [f"{CLEAN}/{manifest.day.partition}/" for manifest in manifests]
    pairs = list(zip(folders, manifests, strict=True))
    kept = tuple(clean.location(folder + manifest.file) for folder, manifest in pairs)
    kept += tuple(clean.location(history.file) for history in histories)
    resent = tuple(clean.location(folder + manifest.resent) for folder, manifest in pairs)
    return (
        Source(Section.CLEAN, kept, rules.columns.context),
        Source(Section.RESENT, resent),
    )


def _manifests(clean: Storage, rules: BuildRules, days: Days | None) -> Sequence[DayManifest]:
    """Those of the days, and of the days around that tell what becomes of their interactions."""
    every = [
        manifest
        for name in clean.folders(f"{CLEAN}/")
        if (manifest := published_day(clean, Day.named(name.removeprefix("dt=")))) is not None
    ]
    missing = set(_needed(days, rules)) - {manifest.day for manifest in every}
    missing -= set(_before_the_first(clean, every))
    if missing:
        error = f"not in the clean layer: {', '.join(map(str, sorted(missing)))}"
        raise UnusableError(error)
    wanted = every if days is None else _around(every, days, rules)
    for manifest in wanted:
        _require_usable(manifest, rules)
    return wanted


def _needed(days: Days | None, rules: BuildRules) -> Iterable[Day]:
    """An interaction is undelivered once no copy of it can be sent any more."""
    if days is None:
        return ()
    return days.widened(after=rules.lookback_days) if rules.undelivered_to else days


def _around(every: Sequence[DayManifest], days: Days, rules: BuildRules) -> Sequence[DayManifest]:
    """With the day before, whose guests may be linked today, and all days before if need be.

    What was archived without being sent may have come on any of these.
    """
    after = rules.lookback_days if rules.undelivered_to else 0
    near = days.widened(before=2 * rules.link_days, after=after)
    has_unsent = any(manifest.unsent for manifest in every if manifest.day in set(days))
    first = Day(0) if has_unsent else near.first
    return [manifest for manifest in every if first <= manifest.day <= near.last]


def _require_usable(manifest: DayManifest, rules: BuildRules) -> None:
    if not manifest.resent:
        error = f"{manifest.day} was made before trackers were kept: make the day again"
        raise UnusableError(error)
    if not set(rules.columns.context) <= set(manifest.context):
        error = f"context columns are missing in {manifest.day}: make the day again"
        raise UnusableError(error)


def _before_the_first(clean: Storage, every: Sequence[DayManifest]) -> Iterable[Day]:
    """Days from the first history to the first clean day: nothing else was there then."""
    histories = published_histories(clean)
    if not histories:
        return ()
    last = min(manifest.day for manifest in every) if every else EVER.last.plus(1)
    return Days(min(history.day for history in histories), last.plus(-1))


def _histories(clean: Storage, rules: BuildRules, days: Days | None) -> Sequence[HistoryManifest]:
    """Imports of the same days, and of the days before whose guests may be linked today."""
    near = None if days is None else days.widened(before=2 * rules.link_days)
    return published_histories(clean, rules.columns.context, near)


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
