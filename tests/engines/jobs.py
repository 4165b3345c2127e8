"""The jobs that both engines do over an archive."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

import duckdb
from nightly.adapters.folder import Folder
from nightly.adapters.statements import statements
from nightly.application.clean_day import archived_days, raw_files, sources
from nightly.application.undelivered import undelivered_to
from nightly.domain.days import EVER, Day
from nightly.domain.job import Export, Format, Job, Section, Source
from nightly.domain.plans import building, cleaning

from tests.engines.archives import Archive
from tests.support.nightly import BUILD_RULES, CLEAN_RULES, CONTEXT

TABLES: Final = ("clean", "resent", "considered", "delivered")
_BUILD_ASKS: Final = (
    *("build_counts", "user_statistics", "item_statistics"),
    *("distributions", "nulls", "popular_items"),
)
_ASKS: Final = ("day_counts", "archived", "clean_counts", *_BUILD_ASKS)


@dataclass(frozen=True, slots=True)
class Task:
    """A job, and the folder into which it writes."""

    name: str
    job: Job
    out: Path

    def into(self, out: Path) -> Self:
        """The same job with its results in another folder."""
        exports = (
            replace(export, place=str(out / Path(export.place).name)) for export in self.job.exports
        )
        return replace(self, job=replace(self.job, exports=tuple(exports)), out=out)


def raw_task(archive: Archive, out: Path) -> Task:
    """Everything, straight from raw rows: the clean layer on the way."""
    folder, texts = Folder(archive.place), statements()
    steps = (*cleaning(texts, CLEAN_RULES, EVER), *building(texts, BUILD_RULES, EVER))
    raw = sources(raw_files(folder, archived_days(folder)), CLEAN_RULES)
    return Task(f"{archive.name}, raw", Job(raw, steps, _exports(out, TABLES), _ASKS), out)


def undelivered_task(archive: Archive, days: Path, out: Path, *, is_new: bool) -> Task:
    """What a tracker lacks, from a clean layer as the nights publish it.

    Args:
        archive: Of which the clean layer was made.
        days: What `cut_into_days` made.
        out: Where the job writes.
        is_new: Whether its group was made after rows got marks.
    """
    rules = undelivered_to(archive.mark, BUILD_RULES, is_new=is_new)
    steps = building(statements(), rules, EVER)
    files = (
        Source(Section.CLEAN, _of_days(days / "clean"), CONTEXT),
        Source(Section.RESENT, _of_days(days / "resent")),
    )
    name = f"{archive.name}, undelivered{' to a new group' if is_new else ''}"
    return Task(name, Job(files, steps, _exports(out, TABLES[-2:]), _BUILD_ASKS), out)


def cut_into_days(made: Path, days: Path) -> None:
    """Lay the clean tables that a raw job wrote out by days."""
    for table in ("clean", "resent"):
        file = made / f"{table}.parquet"
        with duckdb.connect() as database:
            found = database.execute(f"SELECT DISTINCT day FROM '{file}'").fetchall()
            for (day,) in found:
                place = days / table / Day(day).partition / "rows.parquet"
                place.parent.mkdir(parents=True)
                rows = f"SELECT * EXCLUDE (day) FROM '{file}' WHERE day = {day}"
                database.execute(f"COPY ({rows}) TO '{place}' (FORMAT parquet)")


def _of_days(folder: Path) -> tuple[str, ...]:
    return tuple(str(path) for path in sorted(folder.glob("*/rows.parquet")))


def _exports(out: Path, tables: tuple[str, ...]) -> tuple[Export, ...]:
    """The file, and tables that it is made of."""
    parquet = (Export(table, Format.PARQUET, str(out / f"{table}.parquet")) for table in tables)
    return (Export("training", Format.CSV, str(out / "interactions")), *parquet)
