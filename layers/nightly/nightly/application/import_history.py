"""Interactions of the time before become a part of the clean layer, once.

    history/<name>/dt=<day of import>/<hash>.parquet      as a file of a clean day
    history/<name>/<digest of the files>.manifest.json    written last

A build takes them under the day of the import, as if they had arrived then; no tracker was ever
given them. What is imported is never changed: more rows under the same name come beside it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nightly.application.clean_day import CLEAN, archived_days, published_day
from nightly.application.foreign_files import ForeignFiles, read_through
from nightly.application.published import published_histories
from nightly.domain.column_mapping import ColumnMapping
from nightly.domain.days import Day
from nightly.domain.errors import UnusableError
from nightly.domain.history import (
    HISTORY,
    HistoryFile,
    HistoryManifest,
    Place,
    content_digest,
    require_name,
)
from nightly.domain.history_plan import Importing, importing
from nightly.domain.job import Answers, Export, Format, Job, Section, Source, Step
from nightly.domain.plans import Statements
from nightly.domain.report import OK
from nightly.domain.rules import CleanRules
from nightly.ports import Engine, Storage

# Outcomes of rows that are as they should be, and yet no interaction more.
_GOOD: Final = frozenset({OK, "left_out", "repeated", "duplicate"})
_ORDER: Final = "event_id"


@dataclass(frozen=True, slots=True)
class HistoryImport:
    """What to import, and into what.

    Attributes:
        name: Of the history: a part of the ids of its interactions.
        clean: The clean layer; raw rows beside it have to be published before.
        day: Of the import.
        adds: Whether there may be other content under this name.
        most_refused: The share of rows that may be unusable.
    """

    name: str
    files: ForeignFiles
    mapping: ColumnMapping
    clean: Storage
    engine: Engine
    statements: Statements
    rules: CleanRules
    day: Day
    adds: bool = False
    most_refused: float = 0.05


@dataclass(frozen=True, slots=True)
class ImportedHistory:
    """An import that is done; `is_new` is False when it had been before."""

    manifest: HistoryManifest
    is_new: bool


def import_history(what: HistoryImport) -> ImportedHistory:
    """Import files, unless the same are imported already.

    Raises:
        UnusableError: The mapping does not fit, too many rows cannot be used, the name is taken by
            other content, or days of the archive are not published. Nothing is published then.
    """
    require_name(what.name)
    steps = _steps(what)
    files = read_through(what.files)
    content = content_digest(files)
    done = published_histories(what.clean)
    known = _known(what, content, [each for each in done if each.name == what.name])
    if known is not None:
        return ImportedHistory(known, is_new=False)
    _require_published_days(what)
    key = _file_key(what, content, done)
    what.clean.prepare(key.rpartition("/")[0] + "/")
    answers = what.engine.run(_job(what, steps, key, done))
    manifest = _manifest(what, content, key, _outcomes(what, files, answers))
    _require_usable(what, manifest)
    what.clean.put(manifest.key, manifest.to_json())
    return ImportedHistory(manifest, is_new=True)


def _steps(what: HistoryImport) -> tuple[Step, ...]:
    files = what.files
    importing_of = Importing(
        what.name,
        what.mapping,
        files.dialect.header,
        files.locations if files.is_csv else (),
        files.keys[0],
    )
    return importing(what.statements, what.rules, what.day, importing_of)


def _known(
    what: HistoryImport, content: str, done: Sequence[HistoryManifest]
) -> HistoryManifest | None:
    same = next((each for each in done if each.content == content), None)
    if same is not None and same.definition == _definition(what.mapping):
        return same
    if same is not None:
        error = f"{what.name} has this content already, imported with another mapping"
        raise UnusableError(error)
    if done and not what.adds:
        error = f"{what.name} has other content already; say --add if this comes beside it"
        raise UnusableError(error)
    return None


def _require_published_days(what: HistoryImport) -> None:
    """Else a row that is in the archive as well would be found in neither."""
    waiting = [
        day
        for day in archived_days(what.clean)
        if day < what.day and published_day(what.clean, day) is None
    ]
    if waiting:
        error = f"{len(waiting)} days are not in the clean layer yet, the first is {waiting[0]}"
        raise UnusableError(error)


def _definition(mapping: ColumnMapping) -> str:
    text = "\n".join(f"{field}={mapping[field]!r}" for field in sorted(mapping))
    return hashlib.sha256(text.encode()).hexdigest()


def _file_key(what: HistoryImport, content: str, done: Sequence[HistoryManifest]) -> str:
    """Named by what it is made of, so that an attempt that was broken off is overwritten."""
    parts = [content, _definition(what.mapping), *sorted(each.file for each in done)]
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return f"{HISTORY}/{what.name}/{what.day.partition}/{name}.parquet"


def _job(
    what: HistoryImport, steps: tuple[Step, ...], key: str, done: Sequence[HistoryManifest]
) -> Job:
    published = [
        f"{CLEAN}/{day.partition}/{manifest.file}"
        for day in _clean_days(what.clean)
        if (manifest := published_day(what.clean, day)) is not None
    ]
    known = tuple(map(what.clean.location, [*published, *(each.file for each in done)]))
    foreign = Source(Section.HISTORY, what.files.locations, (), what.files.dialect)
    return Job(
        (foreign, Source(Section.CLEAN, known)),
        steps,
        (Export("imported", Format.PARQUET, what.clean.location(key), order=_ORDER),),
        ("history_counts",),
    )


def _clean_days(clean: Storage) -> Sequence[Day]:
    return [Day.named(name.removeprefix("dt=")) for name in clean.folders(f"{CLEAN}/")]


type _Ends = Mapping[str, tuple[int, Place]]


def _outcomes(what: HistoryImport, files: Sequence[HistoryFile], answers: Answers) -> _Ends:
    """How many rows ended how and where the first of them is; with lines that became no row."""
    keys = what.files.keys
    ends: dict[str, tuple[int, Place]] = {
        str(row["outcome"]): (int(row["counted"]), Place(keys[int(row["file"])], int(row["row"])))
        for row in answers["history_counts"]
    }
    read = sum(counted for counted, _ in ends.values()) + len(files)
    joined = sum(file.lines for file in files) - read
    if what.files.is_csv and joined > 0:
        ends["joined_line"] = (joined, Place(keys[0], 1))
    return ends


def _manifest(what: HistoryImport, content: str, key: str, ends: _Ends) -> HistoryManifest:
    return HistoryManifest(
        what.name,
        what.day,
        key,
        content,
        _definition(what.mapping),
        {outcome: ends[outcome][0] for outcome in sorted(ends)},
        {outcome: ends[outcome][1] for outcome in sorted(ends) if outcome != OK},
        what.rules.context,
    )


def _require_usable(what: HistoryImport, manifest: HistoryManifest) -> None:
    rows = sum(manifest.outcomes.values())
    refused = {name: n for name, n in manifest.outcomes.items() if name not in _GOOD}
    bad = sum(refused.values())
    if rows and bad <= what.most_refused * rows:
        return
    what.clean.delete([manifest.file])
    told = "; ".join(
        f"{name} {refused[name]}, first in {place.file} row {place.row}"
        for name, place in manifest.first.items()
        if name in refused
    )
    error = f"{bad} of {rows} rows cannot be used: {told or 'there is none'}"
    raise UnusableError(error)
