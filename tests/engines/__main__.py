"""`make spark-check`: the same jobs over archives in both engines; any difference fails it.

Of each archive a job over its raw rows, and one over its clean layer, cut into days, that wants
only what one tracker has not delivered.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb
from nightly.adapters.folder import Folder
from nightly.adapters.statements import statements
from nightly.application.clean_day import archived_days, raw_files, sources
from nightly.domain.days import EVER, Day
from nightly.domain.job import Answers, Export, Format, Job, Section, Source
from nightly.domain.plans import building, cleaning

from tests.support.generated_rows import generate
from tests.support.nasty_rows import nasty_cases, refusals
from tests.support.nightly import (
    BUILD_RULES,
    CLEAN_RULES,
    CONTEXT,
    ENGINE,
    digest_of,
    write_refusals,
    write_rows,
)
from tests.support.recorded_archive import record_archive

_REPOSITORY: Final = Path(__file__).parents[2]
# Two cores and little data: two hundred tasks a stage would take minutes for nothing, and so would
# plans that are made anew after each stage. Our statements make more code than Java's compiler has
# room for by default; when it is full nothing is compiled any more, at half the speed.
_SUBMIT: Final = (
    "--master local[2] --driver-memory 4g --conf spark.sql.shuffle.partitions=2"
    " --conf spark.sql.adaptive.enabled=false"
    ' --driver-java-options "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=512m"'
    " --conf spark.ui.enabled=false pyspark-shell"
)
_BUILD_ASKS: Final = (
    *("build_counts", "user_statistics", "item_statistics"),
    *("distributions", "nulls", "popular_items"),
)
_ASKS: Final = ("day_counts", "archived", "clean_counts", *_BUILD_ASKS)
_TABLES: Final = ("clean", "resent", "considered", "delivered")


@dataclass(frozen=True, slots=True)
class Archive:
    """Rows, and the tracker of which is asked what it has not delivered."""

    place: Path
    mark: str


@dataclass(frozen=True, slots=True)
class Task:
    """A job, and the folder into which it writes."""

    name: str
    job: Job
    out: Path


@dataclass(frozen=True, slots=True)
class Result:
    """What an engine made: digests of the sorted rows of the file, and of the figures."""

    training: str
    rows: int
    report: str
    out: Path


def main() -> int:
    """Compare; 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archives = _archives(Path(folder), options.rows)
        ducks = [pair for archive in archives for pair in _by_duckdb(archive)]
        tasks = [replace(task, job=_into(task, "spark")) for task, _ in ducks]
        sparks = _by_spark([replace(task, out=_beside(task, "spark")) for task in tasks])
        pairs = zip(ducks, sparks, strict=True)
        same = [_same(task.name, duck, spark) for (task, duck), spark in pairs]
    return 0 if all(same) else 1


def _archives(folder: Path, rows: int) -> list[Archive]:
    nasty, generated, recorded = (folder / n for n in ("nasty", "generated", "recorded"))
    write_rows(nasty, [row for row, _ in nasty_cases()])
    write_refusals(nasty, refusals())
    generate(generated, rows)
    record_archive(recorded)
    return [
        Archive(nasty, "fedcba9876543210"),
        Archive(recorded, "00112233445566ff"),
        Archive(generated, "b" * 16),
    ]


def _same(name: str, duck: Result, spark: Result) -> bool:
    differing = {table: _differing(duck.out, spark.out, table) for table in _TABLES}
    figures = (duck.training, duck.report) == (spark.training, spark.report)
    is_same = figures and not any(differing.values())
    rows = ", ".join(f"{table} {number}" for table, number in differing.items())
    sys.stdout.write(
        f"{name}: {'same' if is_same else 'DIFFERENT'}; {duck.rows} rows, sha256"
        f" {duck.training[:16]} and {spark.training[:16]}, figures {duck.report[:16]} and"
        f" {spark.report[:16]}, rows that differ: {rows}\n"
    )
    return is_same


def _raw(archive: Archive) -> Task:
    """Everything, straight from raw rows: the clean layer on the way."""
    folder, texts = Folder(archive.place), statements()
    out = archive.place.with_name(f"{archive.place.name}-raw-duckdb")
    steps = (*cleaning(texts, CLEAN_RULES, EVER), *building(texts, BUILD_RULES, EVER))
    raw = sources(raw_files(folder, archived_days(folder)), CLEAN_RULES)
    return Task(f"{archive.place.name}, raw", Job(raw, steps, _exports(out, 4), _ASKS), out)


def _undelivered(archive: Archive, made: Path) -> Task:
    """What a tracker lacks, from a clean layer as the nights publish it."""
    out = archive.place.with_name(f"{archive.place.name}-undelivered-duckdb")
    rules = replace(BUILD_RULES, undelivered_to=archive.mark)
    steps = building(statements(), rules, EVER)
    clean, resent = (_cut_into_days(made / f"{table}.parquet") for table in ("clean", "resent"))
    files = (Source(Section.CLEAN, clean, CONTEXT), Source(Section.RESENT, resent))
    name = f"{archive.place.name}, undelivered"
    return Task(name, Job(files, steps, _exports(out, 2), _BUILD_ASKS), out)


def _exports(out: Path, tables: int) -> tuple[Export, ...]:
    """The file, and the last few of the tables."""
    parquet = (Export(t, Format.PARQUET, str(out / f"{t}.parquet")) for t in _TABLES[-tables:])
    return (Export("training", Format.CSV, str(out / "interactions")), *parquet)


def _cut_into_days(file: Path) -> tuple[str, ...]:
    folder = file.with_suffix("")
    with duckdb.connect() as database:
        days = database.execute(f"SELECT DISTINCT day FROM '{file}' ORDER BY day").fetchall()
        for (day,) in days:
            place = folder / Day(day).partition / "rows.parquet"
            place.parent.mkdir(parents=True)
            rows = f"SELECT * EXCLUDE (day) FROM '{file}' WHERE day = {day}"
            database.execute(f"COPY ({rows}) TO '{place}' (FORMAT parquet)")
    return tuple(str(path) for path in sorted(folder.glob("*/rows.parquet")))


def _by_duckdb(archive: Archive) -> list[tuple[Task, Result]]:
    raw = _raw(archive)
    results = [(raw, _run(raw))]
    undelivered = _undelivered(archive, raw.out)
    return [*results, (undelivered, _run(undelivered))]


def _run(task: Task) -> Result:
    task.out.mkdir()
    begun = time.perf_counter()
    answers = ENGINE.run(task.job)
    sys.stdout.write(f"DuckDB, {task.name}: {time.perf_counter() - begun:.1f} s\n")
    return _result(task.out, answers)


def _beside(task: Task, engine: str) -> Path:
    return task.out.with_name(task.out.name.replace("duckdb", engine))


def _into(task: Task, engine: str) -> Job:
    """The same job with its results in a place of another engine."""
    out = _beside(task, engine)
    exports = (
        replace(export, place=str(out / Path(export.place).name)) for export in task.job.exports
    )
    return replace(task.job, exports=tuple(exports))


def _by_spark(tasks: Sequence[Task]) -> list[Result]:
    """All jobs in one session: the Java virtual machine takes long to warm up."""
    pairs: list[Path] = []
    for task in tasks:
        task.out.mkdir()
        (task.out / "job.json").write_text(json.dumps(task.job.as_dict()))
        pairs += [task.out / "job.json", task.out / "answers.json"]
    begun = time.time()
    _spark(pairs, tasks[0].out / "spark.log")
    told = ", ".join(f"{end - begun:.0f} s {name}" for name, end in _ends(tasks))
    sys.stdout.write(f"Spark, all of them: {time.time() - begun:.1f} s (after {told})\n")
    return [
        _result(each.out, json.loads((each.out / "answers.json").read_text())) for each in tasks
    ]


def _ends(tasks: Sequence[Task]) -> list[tuple[str, float]]:
    """When each job had answered."""
    return [(task.name, (task.out / "answers.json").stat().st_mtime) for task in tasks]


def _spark(pairs: list[Path], log: Path) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(_REPOSITORY / "layers/nightly"),
        "PYSPARK_SUBMIT_ARGS": _SUBMIT,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    python = _REPOSITORY / ".venv-spark/bin/python"
    with log.open("w") as errors:
        done = subprocess.run(  # noqa: S603  -- our own program
            [python, "-m", "nightly.adapters.spark_job", *pairs],
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=errors,
            timeout=900,
        )
    if done.returncode:
        sys.exit("Spark failed:\n" + log.read_text()[-4000:])


def _result(out: Path, answers: Answers) -> Result:
    lines = _lines(out / "interactions")
    report = digest_of(_report(answers))
    return Result(digest_of(lines), len(lines), report, out)


def _lines(parts: Path) -> list[str]:
    """All rows of all parts as bytes have them, sorted; nothing else may lie there."""
    files = [path for path in parts.iterdir() if not path.name.endswith(".crc")]
    lines = [path.read_bytes().decode().split("\n") for path in files]
    headers = {each[0] for each in lines}
    if headers != {",".join(BUILD_RULES.columns.names)}:
        error = f"headers: {sorted(headers)}"
        raise ValueError(error)
    return sorted(line for each in lines for line in each[1:] if line)


def _report(answers: Answers) -> list[str]:
    return sorted(
        json.dumps([name, {key: _plain(value) for key, value in row.items()}], sort_keys=True)
        for name, rows in answers.items()
        for row in rows
    )


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, str) else int(str(value))


def _differing(one: Path, other: Path, table: str) -> int:
    """Rows of a table that only one of the engines made; none if the job does not write it."""
    places = [out / f"{table}.parquet" for out in (one, other)]
    if not any(place.exists() for place in places):
        return 0
    with duckdb.connect() as database:
        described = database.execute(f"DESCRIBE FROM '{_glob(places[0])}'").fetchall()
        columns = ", ".join(str(column[0]) for column in described)
        a, b = (f"SELECT {columns} FROM '{_glob(place)}'" for place in places)
        query = f"({a} EXCEPT ALL {b}) UNION ALL ({b} EXCEPT ALL {a})"
        return len(database.execute(query).fetchall())


def _glob(path: Path) -> str:
    return f"{path}/*.parquet" if path.is_dir() else str(path)


if __name__ == "__main__":
    sys.exit(main())
