"""`make spark-check`: one job over three archives in both engines; any difference fails it."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
from nightly.adapters.folder import Folder
from nightly.adapters.statements import statements
from nightly.application.clean_day import archived_days, raw_files, sources
from nightly.domain.days import EVER
from nightly.domain.job import Answers, Export, Format, Job
from nightly.domain.plans import building, cleaning

from tests.support.generated_rows import generate
from tests.support.nasty_rows import nasty_cases, refusals
from tests.support.nightly import (
    BUILD_RULES,
    CLEAN_RULES,
    ENGINE,
    digest_of,
    write_refusals,
    write_rows,
)
from tests.support.recorded_archive import record_archive

_REPOSITORY: Final = Path(__file__).parents[2]
# Two cores and little data: two hundred tasks a stage would take minutes for nothing.
_SUBMIT: Final = (
    "--master local[2] --driver-memory 4g --conf spark.sql.shuffle.partitions=4"
    " --conf spark.ui.enabled=false pyspark-shell"
)
_ASKS: Final = (
    *("day_counts", "archived", "build_counts", "user_statistics", "item_statistics"),
    *("distributions", "nulls", "popular_items"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """What an engine made of an archive: digests of the sorted rows, and the report."""

    training: str
    rows: int
    report: str
    clean: Path


def main() -> int:
    """Compare; 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archives = _archives(Path(folder), options.rows)
        ducks = [_by_duckdb(archive) for archive in archives]
        sparks = _by_spark(archives)
        pairs = zip(archives, ducks, sparks, strict=True)
        same = [_same(archive.name, duck, spark) for archive, duck, spark in pairs]
    return 0 if all(same) else 1


def _archives(folder: Path, rows: int) -> list[Path]:
    nasty, generated, recorded = (folder / n for n in ("nasty", "generated", "recorded"))
    write_rows(nasty, [row for row, _ in nasty_cases()])
    write_refusals(nasty, refusals())
    generate(generated, rows)
    record_archive(recorded)
    return [nasty, recorded, generated]


def _same(name: str, duck: Result, spark: Result) -> bool:
    differing = _differing(duck.clean, spark.clean)
    is_same = (duck.training, duck.report) == (spark.training, spark.report) and differing == 0
    sys.stdout.write(
        f"{name}: {'same' if is_same else 'DIFFERENT'}; {duck.rows} rows, sha256"
        f" {duck.training[:16]} and {spark.training[:16]}, report {duck.report[:16]} and"
        f" {spark.report[:16]}, rows of the clean layer that differ: {differing}\n"
    )
    return is_same


def _job(archive: Path, out: Path) -> Job:
    folder, texts = Folder(archive), statements()
    out.mkdir()
    steps = (*cleaning(texts, CLEAN_RULES, EVER), *building(texts, BUILD_RULES, EVER))
    raw = sources(raw_files(folder, archived_days(folder)), CLEAN_RULES)
    exports = (
        Export("training", Format.CSV, str(out / "interactions")),
        Export("clean", Format.PARQUET, str(out / "clean.parquet")),
    )
    return Job(raw, steps, exports, _ASKS)


def _by_duckdb(archive: Path) -> Result:
    out = archive.with_name(f"{archive.name}-duckdb")
    begun = time.perf_counter()
    answers = ENGINE.run(_job(archive, out))
    sys.stdout.write(f"DuckDB, {archive.name}: {time.perf_counter() - begun:.1f} s\n")
    return _result(out, answers)


def _by_spark(archives: list[Path]) -> list[Result]:
    """All archives in one session: the Java virtual machine takes long to warm up."""
    outs = [archive.with_name(f"{archive.name}-spark") for archive in archives]
    pairs: list[Path] = []
    for archive, out in zip(archives, outs, strict=True):
        text = json.dumps(_job(archive, out).as_dict())
        (out / "job.json").write_text(text)
        pairs += [out / "job.json", out / "answers.json"]
    begun = time.perf_counter()
    _spark(pairs, outs[0] / "spark.log")
    sys.stdout.write(f"Spark, all of them: {time.perf_counter() - begun:.1f} s\n")
    return [_result(out, json.loads((out / "answers.json").read_text())) for out in outs]


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
    return Result(digest_of(lines), len(lines), report, out / "clean.parquet")


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


def _differing(one: Path, other: Path) -> int:
    """Rows of the clean layer that only one of the engines made."""
    with duckdb.connect() as database:
        names = ("event_id", "event_type", "event_value", "user_id", "guest_id", "visit_id")
        names += ("item_id", "ts", "arrived_at_ms", "recommendation_id", "impressions")
        names += ("event_source", "unique_s", "watch_time_s", "duration_s", "completion", "day")
        columns = ", ".join((*names, "context_device_type"))
        a, b = (f"SELECT {columns} FROM read_parquet('{_glob(path)}')" for path in (one, other))
        query = f"({a} EXCEPT ALL {b}) UNION ALL ({b} EXCEPT ALL {a})"
        return len(database.execute(query).fetchall())


def _glob(path: Path) -> str:
    return f"{path}/*.parquet" if path.is_dir() else str(path)


if __name__ == "__main__":
    sys.exit(main())
