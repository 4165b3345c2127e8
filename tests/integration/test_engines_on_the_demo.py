"""The demo's archive, as the deployed functions wrote it, through DuckDB and through Spark."""

import io
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from local.demo.keeping import keep_archive
from local.demo.ratings import load_packaged
from local.demo.screen import Screen
from local.demo.story import tell
from local.demo.system import System
from local.stack import LocalStack
from tests.engines.archives import Archive
from tests.engines.both import compare_engines
from tests.engines.spark import SparkLimits

pytestmark = pytest.mark.system

VIEWERS, RATINGS_EACH = 40, 18


def test_the_demos_archive_gives_the_same_rows_in_both_engines(
    stack: LocalStack, tmp_path: Path
) -> None:
    """A day and the same day once more; the file, the figures and every table."""
    system = System.deploy(stack, "demo-for-engines")
    screen = Screen(Console(file=io.StringIO()))
    assert tell(system, load_packaged(VIEWERS, RATINGS_EACH), screen).adds_up
    kept, work = tmp_path / "kept", tmp_path / "work"
    work.mkdir()
    assert keep_archive(system, kept) > 0

    compared = compare_engines([Archive("demo", kept)], work, SparkLimits(memory="2g"))

    assert [str(each) for each in compared if not each.is_same] == []
    raw, undelivered, new_group = compared
    assert raw.spark.rows > 1000
    for each in (undelivered, new_group):
        # All that was sent was sent to the one tracker: that both engines say so is what counts.
        assert _rows(each.spark.out / "delivered.parquet") > 1000


def _rows(parts: Path) -> int:
    with duckdb.connect() as database:
        query = "SELECT count(*) FROM read_parquet(?)"
        [(count,)] = database.execute(query, [f"{parts}/*.parquet"]).fetchall()
    return int(count)
