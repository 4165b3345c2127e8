"""The comparison of the engines notices each kind of difference; Spark itself is not needed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.engines.archives import Archive, commonest_mark
from tests.engines.jobs import Task, cut_into_days, raw_task, undelivered_task
from tests.engines.results import Result, compare, result_of
from tests.support.nightly import ENGINE, a_row, write_rows

ONE, OTHER = "0123456789abcdef", "fedcba9876543210"
ROWS = (
    a_row("a", tracker=ONE),
    a_row("b", tracker=ONE),
    a_row("b", tracker=OTHER),
    a_row("c", tracker=OTHER),
    a_row("d"),
    *(a_row(f"n-{number}", tracker="none") for number in range(5)),
)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    write_rows(tmp_path / "archive", ROWS)
    return Archive("small", tmp_path / "archive", ONE)


def done(task: Task) -> Result:
    task.out.mkdir()
    return result_of(task.out, ENGINE.run(task.job))


@pytest.fixture
def pair(archive: Archive, tmp_path: Path) -> tuple[Result, Result]:
    """The same job twice, into two folders."""
    task = raw_task(archive, tmp_path / "one")
    return done(task), done(task.into(tmp_path / "other"))


def other_figures(result: Result) -> Result:
    return replace(result, figures="0" * 64)


def another_row_in_the_file(result: Result) -> Result:
    part = next((result.out / "interactions").iterdir())
    part.write_bytes(part.read_bytes().replace(b"item-a", b"item-z"))
    return replace(result, training=result_of(result.out, {}).training)


def a_row_twice_in_a_table(result: Result) -> Result:
    table = result.out / "resent.parquet"
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE t AS FROM '{table}'; INSERT INTO t FROM t")
        database.execute(f"COPY t TO '{table}' (FORMAT parquet)")
    return result


def test_equal_results_are_the_same(pair: tuple[Result, Result]) -> None:
    assert compare("job", *pair).is_same


@pytest.mark.parametrize("change", [other_figures, another_row_in_the_file, a_row_twice_in_a_table])
def test_whatever_differs_is_noticed(
    pair: tuple[Result, Result], change: Callable[[Result], Result]
) -> None:
    one, other = pair
    compared = compare("job", one, change(other))

    assert not compared.is_same
    assert "DIFFERENT" in str(compared)


def test_rows_without_a_mark_are_delivered_to_old_groups_only(
    archive: Archive, pair: tuple[Result, Result], tmp_path: Path
) -> None:
    """Five of nobody and one of the other tracker; `d` has no mark."""
    days = tmp_path / "days"
    cut_into_days(pair[0].out, days)
    old, new = (
        done(undelivered_task(archive, days, tmp_path / str(is_new), is_new=is_new))
        for is_new in (False, True)
    )

    assert (old.rows, new.rows) == (6, 7)


def test_by_default_it_is_the_tracker_that_got_most(pair: tuple[Result, Result]) -> None:
    assert commonest_mark(pair[0].out / "clean.parquet") == ONE


def test_an_archive_that_was_sent_to_nobody_has_no_such_tracker(tmp_path: Path) -> None:
    write_rows(tmp_path / "archive", [a_row("d"), a_row("n", tracker="none")])
    done(raw_task(Archive("unsent", tmp_path / "archive"), tmp_path / "out"))

    assert commonest_mark(tmp_path / "out/clean.parquet") == "0" * 16
