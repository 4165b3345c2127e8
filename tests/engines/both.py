"""Archives through DuckDB and through Spark, and what differs.

Of each archive a job over its raw rows, and two over its clean layer, cut into days, that want only
what one tracker has not delivered: to a group that was there before rows got marks, and to one that
was not.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.engines.archives import Archive, commonest_mark
from tests.engines.jobs import Task, cut_into_days, raw_task, undelivered_task
from tests.engines.results import Comparison, Result, compare, result_of
from tests.engines.spark import SparkLimits, by_spark
from tests.support.nightly import ENGINE


def compare_engines(
    archives: Sequence[Archive], work: Path, limits: SparkLimits
) -> list[Comparison]:
    """Do every job in both engines.

    Args:
        archives: Over which; their names differ.
        work: A folder for all that is made; the archives are only read.
        limits: Of Spark. DuckDB takes what it needs.

    Raises:
        RuntimeError: Spark failed.
    """
    ducks = [pair for archive in archives for pair in _by_duckdb(archive, work)]
    tasks = [task.into(_beside(task)) for task, _ in ducks]
    sparks = by_spark(tasks, max(result.rows for _, result in ducks), limits)
    return [
        compare(task.name, duck, spark) for (task, duck), spark in zip(ducks, sparks, strict=True)
    ]


def _by_duckdb(archive: Archive, work: Path) -> Iterator[tuple[Task, Result]]:
    raw = raw_task(archive, work / f"{archive.name}-raw-duckdb")
    yield raw, _run(raw)
    asked = replace(archive, mark=archive.mark or commonest_mark(raw.out / "clean.parquet"))
    days = work / f"{archive.name}-days"
    cut_into_days(raw.out, days)
    for is_new in (False, True):
        out = work / f"{archive.name}-{'new-group' if is_new else 'undelivered'}-duckdb"
        task = undelivered_task(asked, days, out, is_new=is_new)
        yield task, _run(task)


def _run(task: Task) -> Result:
    task.out.mkdir()
    begun = time.perf_counter()
    answers = ENGINE.run(task.job)
    sys.stdout.write(f"DuckDB, {task.name}: {time.perf_counter() - begun:.1f} s\n")
    sys.stdout.flush()
    return result_of(task.out, answers)


def _beside(task: Task) -> Path:
    return task.out.with_name(task.out.name.removesuffix("duckdb") + "spark")
