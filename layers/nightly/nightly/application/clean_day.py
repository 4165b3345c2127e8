"""The day step: raw rows of a day of arrival become one file of the clean layer.

The day's rows are checked and compared with those of the days before; nothing of a day depends on
another clean day, so days may be made in any order and at the same time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nightly.domain.days import Day, Days
from nightly.domain.errors import RawGoneError
from nightly.domain.job import Export, Format, Job, Section, Source, Step
from nightly.domain.manifest import (
    DayManifest,
    Definition,
    Inputs,
    StoredFile,
    file_name,
    resent_name,
)
from nightly.domain.plans import Statements, cleaning
from nightly.domain.report import DayReport
from nightly.domain.rules import CleanRules
from nightly.ports import Engine, Storage

MANIFEST: Final = "manifest.json"
CLEAN: Final = "clean"
_ASKS: Final = ("day_counts", "archived", "clean_counts")

# One order of rows, so that equal rows make equal files.
_ORDER: Final = "event_id"
_RESENT_ORDER: Final = "event_id, tracker"


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Where days come from, where they go and by which rules.

    Attributes:
        archive: What the recorders wrote.
        clean: The clean layer, under `clean/`.
    """

    archive: Storage
    clean: Storage
    engine: Engine
    statements: Statements
    rules: CleanRules


@dataclass(frozen=True, slots=True)
class CleanedDay:
    """A published day.

    Attributes:
        is_new: False when it had been published before and nothing has changed since.
        grown: Earlier days within the lookback that got rows after they were published. They have
            to be made again, or those rows stay out.
    """

    manifest: DayManifest
    is_new: bool
    grown: tuple[Day, ...]


def clean_day(day: Day, cleaning_of: Cleaning) -> CleanedDay:
    """Publish a day, unless the same is published already.

    Raises:
        RawGoneError: Rows that it was made of are no longer there.
        ConservationError: Its counts do not add up.
    """
    files = {each: _raw(cleaning_of.archive, each) for each in _read_for(day, cleaning_of.rules)}
    own = Inputs.of(files[day])
    inputs = Inputs.of(file for each in files.values() for file in each)
    steps = cleaning(cleaning_of.statements, cleaning_of.rules, Days(day, day))
    made = Definition.of(steps)
    published = published_day(cleaning_of.clean, day)
    grown = _grown(cleaning_of, files, before=day)
    if published is not None and published.is_of(inputs, made):
        return CleanedDay(published, is_new=False, grown=grown)
    _require_all_raw(published, inputs)
    names = (file_name(inputs, made), resent_name(inputs, made))
    report = _make(cleaning_of, steps, files.values(), day=day, names=names)
    manifest = DayManifest.of(report, cleaning_of.rules, own=own, inputs=inputs, made=made)
    cleaning_of.clean.put(f"{CLEAN}/{day.partition}/{MANIFEST}", manifest.to_json())
    return CleanedDay(manifest, is_new=True, grown=grown)


def published_day(clean: Storage, day: Day) -> DayManifest | None:
    """The manifest of a day; None while it has none, whatever else is there."""
    text = clean.get(f"{CLEAN}/{day.partition}/{MANIFEST}")
    return None if text is None else DayManifest.from_json(text)


def archived_days(archive: Storage) -> tuple[Day, ...]:
    """The days of arrival of which there are interactions."""
    names = archive.folders("interactions/")
    return tuple(Day.named(name.removeprefix("dt=")) for name in names if name.startswith("dt="))


def sources(files: Iterable[StoredFile], rules: CleanRules) -> tuple[Source, Source]:
    """Raw files as the two views over which a day is made."""
    interactions: list[str] = []
    rejections: list[str] = []
    for file in files:
        is_rejection = file.key.startswith("rejections/")
        (rejections if is_rejection else interactions).append(file.location)
    return (
        Source(Section.ARCHIVE, tuple(interactions), rules.context),
        Source(Section.REFUSED, tuple(rejections)),
    )


def raw_files(archive: Storage, days: Iterable[Day]) -> list[StoredFile]:
    """All rows and rejections of some days."""
    return [file for day in days for file in _raw(archive, day)]


def _read_for(day: Day, rules: CleanRules) -> Days:
    return Days(day, day).widened(before=rules.lookback_days)


def _raw(archive: Storage, day: Day) -> list[StoredFile]:
    return [
        file
        for section in ("interactions", "rejections")
        for file in archive.files(f"{section}/{day.partition}/")
    ]


def _make(
    cleaning_of: Cleaning,
    steps: tuple[Step, ...],
    files: Iterable[Iterable[StoredFile]],
    *,
    day: Day,
    names: tuple[str, str],
) -> DayReport:
    folder = f"{CLEAN}/{day.partition}/"
    cleaning_of.clean.prepare(folder)
    clean, resent = (cleaning_of.clean.location(folder + name) for name in names)
    answers = cleaning_of.engine.run(
        Job(
            sources([file for each in files for file in each], cleaning_of.rules),
            steps,
            (
                Export("clean", Format.PARQUET, clean, order=_ORDER),
                Export("resent", Format.PARQUET, resent, order=_RESENT_ORDER),
            ),
            _ASKS,
        )
    )
    return DayReport.of(day, *(answers[name] for name in _ASKS))


def _grown(
    cleaning_of: Cleaning, files: dict[Day, list[StoredFile]], *, before: Day
) -> tuple[Day, ...]:
    manifests = {day: published_day(cleaning_of.clean, day) for day in files if day < before}
    return tuple(
        day
        for day, manifest in manifests.items()
        if manifest is not None and manifest.own != Inputs.of(files[day])
    )


def _require_all_raw(published: DayManifest | None, inputs: Inputs) -> None:
    """Raw rows expire: a day that is made of fewer would lose interactions, or see copies anew."""
    if published is not None and inputs.files < published.inputs.files:
        error = f"{published.day}: {published.inputs.files} raw files then, {inputs.files} now"
        raise RawGoneError(error)
