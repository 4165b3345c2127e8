"""Archives for the nightly build: rows with every border, and any number of realistic ones."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
from nightly.adapters.duckdb_engine import DuckDbEngine
from nightly.adapters.duckdb_limits import DuckDbLimits
from nightly.adapters.folder import Folder
from nightly.adapters.statements import statements
from nightly.adapters.views import REFUSED_TYPES, ROW_TYPES
from nightly.application.build import Building
from nightly.application.clean_day import Cleaning
from nightly.application.validate import Limits
from nightly.domain.columns import TrainingColumns
from nightly.domain.days import Day
from nightly.domain.job import Answers, Job
from nightly.domain.rules import BuildRules, CleanRules

DAY = Day.named("2026-11-20")
DAY_MS = 86_400_000
NOON_MS = DAY.number * DAY_MS + DAY_MS // 2
CONTEXT = ("DEVICE_TYPE",)
CLEAN_RULES = CleanRules(context=CONTEXT)
BUILD_RULES = BuildRules(TrainingColumns(context=CONTEXT))
ENGINE = DuckDbEngine(DuckDbLimits(threads=2))


class Miscounting:
    """An engine that answers some figures wrongly."""

    def __init__(self, answers: Answers) -> None:
        """Answer these instead, by name of the view."""
        self._answers = answers

    def run(self, job: Job) -> Answers:
        """Do the job, and answer something else."""
        return {**ENGINE.run(job), **self._answers}


def a_row(event_id: str, **fields: Any) -> dict[str, Any]:
    """A good row of the view `archive`; without an arrival of its own it came at noon."""
    arrived_at_ms = fields.get("arrived_at_ms", NOON_MS)
    return {
        "event_id": event_id,
        "version": 1000,
        "event_type": "Watch",
        "event_value": 0.5,
        "user_id": "u-1",
        "guest_id": None,
        "visit_id": "v-1",
        "item_id": f"item-{event_id}"[:256],
        "occurred_at_ms": NOON_MS - 60_000 if arrived_at_ms is None else arrived_at_ms - 60_000,
        "arrived_at_ms": arrived_at_ms,
        "recommendation_id": None,
        "impressions": None,
        "event_source": None,
        "to_send": True,
        "unique_s": 600.0,
        "watch_time_s": 600.0,
        "duration_s": 1200.0,
        "completion": 0.5,
        "tracker": None,
        "context_device_type": "tv",
    } | fields


def write_rows(archive: Path, rows: Iterable[Mapping[str, Any]], *, name: str = "rows") -> None:
    """Rows as typed Parquet files, each in the partition of its arrival (noon without one)."""
    types = {**ROW_TYPES, "context_device_type": "STRING"}
    days: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        arrived = row["arrived_at_ms"]
        day = Day((NOON_MS if arrived is None else arrived) // DAY_MS)
        days.setdefault(day.partition, []).append(row)
    for partition, some in days.items():
        _write(archive / "interactions" / partition / "hh=12", types, some, name)


def write_refusals(archive: Path, refusals: Iterable[Mapping[str, Any]], day: Day = DAY) -> None:
    """What was refused on a day: `event_id`, `from_ms`, `until_ms`."""
    _write(archive / "rejections" / day.partition / "hh=12", REFUSED_TYPES, refusals, "refused")


def _write(
    folder: Path, types: Mapping[str, str], rows: Iterable[Mapping[str, Any]], name: str
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = folder / f"{name}.written"
    # NaN and infinities as Python writes them: DuckDB reads them as such.
    lines.write_text("".join(json.dumps({c: row[c] for c in types}) + "\n" for row in rows))
    described = ", ".join(f"{column}: '{kind}'" for column, kind in types.items())
    with duckdb.connect() as database:
        database.execute(
            f"COPY (FROM read_json('{lines}', format = 'newline_delimited',"
            f" columns = {{{described}}})) TO '{folder}/{name}.parquet' (FORMAT parquet)"
        )
    lines.unlink()


def a_cleaning(archive: Path, clean: Path, rules: CleanRules = CLEAN_RULES) -> Cleaning:
    """The day step over folders."""
    return Cleaning(Folder(archive), Folder(clean), ENGINE, statements(), rules)


def a_building(out: Path, rules: BuildRules = BUILD_RULES, **fields: Any) -> Building:
    """A build into a folder."""
    return Building(Folder(out), ENGINE, statements(), rules, Limits(), **fields)


def lines_of(out: Path) -> list[str]:
    """All rows of all parts, sorted, without the headers."""
    parts = sorted((out / "interactions").glob("*.csv"))
    return sorted(line for part in parts for line in part.read_text().splitlines()[1:])


def digest_of(lines: Iterable[str]) -> str:
    """SHA-256 of lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
