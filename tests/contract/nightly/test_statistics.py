"""The figures of a build, held against the rows of the file that it wrote."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nightly.adapters.folder import Folder
from nightly.application.backfill import backfill
from nightly.application.build import REPORT, build_from_clean, build_from_raw
from nightly.application.clean_day import archived_days, clean_day, published_day
from nightly.application.statistics import Counting, measure
from nightly.domain.columns import TrainingColumns
from nightly.domain.days import Day, Days
from nightly.domain.errors import ConservationError, UnusableError
from nightly.domain.figure_words import PER_ONE, WATCH_TIME_S
from nightly.domain.statistics import Bin, BuildStatistics

from tests.support.nightly import (
    BUILD_RULES,
    CLEAN_RULES,
    DAY,
    ENGINE,
    Miscounting,
    a_building,
    a_cleaning,
    a_row,
    lines_of,
    statements,
    write_rows,
)


@pytest.fixture(scope="module")
def clean(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clean layer of the generated archive."""
    folder = tmp_path_factory.mktemp("clean")
    make = partial(clean_day, cleaning_of=a_cleaning(generated, folder))
    backfill(archived_days(Folder(generated)), make, at_once=1)
    return folder


def measured(clean: Path, days: Days | None = None) -> BuildStatistics:
    """What is measured of a clean layer."""
    return measure(Counting(Folder(clean), ENGINE, statements(), BUILD_RULES), days)


def rows_of(out: Path) -> list[dict[str, str]]:
    """The rows of the file by column."""
    names = BUILD_RULES.columns.names
    return [dict(zip(names, line.split(","), strict=True)) for line in lines_of(out)]


def binned(lows: Iterable[float], values: Iterable[float]) -> list[tuple[float, int]]:
    """How many values there are by the lower end of their bin, reckoned anew."""
    edges = sorted(lows)
    found = Counter(max(low for low in edges if low <= value) for value in values)
    return [(low, found[low]) for low in edges]


def as_pairs(bins: Iterable[Bin]) -> list[tuple[float, int]]:
    """Lower ends and counts."""
    return [(each.low, each.count) for each in bins]


def test_figures_are_those_of_the_rows(clean: Path, tmp_path: Path) -> None:
    """Days, shares, users, items and empty columns, counted again in the file itself."""
    build_from_clean(Folder(clean), a_building(tmp_path))
    rows, statistics = rows_of(tmp_path), measured(clean)
    days = Counter(str(Day(int(row["TIMESTAMP"]) // 86_400)) for row in rows)
    assert {each.day: each.interactions for each in statistics.daily} == days
    assert [each.day for each in statistics.daily] == sorted(days)
    shares = [
        min(math.floor(float(row["EVENT_VALUE"]) * 20), 19) / 20
        for row in rows
        if row["EVENT_TYPE"] in {"Watch", "Complete"} and row["EVENT_VALUE"]
    ]
    edges = [number / 20 for number in range(20)]
    assert as_pairs(statistics.completion) == binned(edges, shares)
    users, items = (Counter(row[name] for row in rows) for name in ("USER_ID", "ITEM_ID"))
    assert as_pairs(statistics.per_user) == binned(PER_ONE, users.values())
    assert as_pairs(statistics.per_item) == binned(PER_ONE, items.values())
    assert statistics.nulls == {
        name: sum(not row[name] for row in rows) / len(rows)
        for name in BUILD_RULES.columns.names[4:]
    }
    top = sorted(items.items(), key=lambda pair: (-pair[1], pair[0]))[:50]
    assert [(each.item_id, each.interactions) for each in statistics.popular_items] == top


def test_a_build_writes_what_is_measured(clean: Path, tmp_path: Path) -> None:
    """The report of a build has the statistics that are measured without one."""
    build_from_clean(Folder(clean), a_building(tmp_path))
    written = json.loads((tmp_path / REPORT).read_text())["statistics"]
    assert BuildStatistics.from_dict(written) == measured(clean)
    assert json.loads(json.dumps(measured(clean).as_dict())) == written


def test_raw_rows_have_the_same_figures(clean: Path, generated: Path, tmp_path: Path) -> None:
    """Whichever way a build is made."""
    build_from_raw(Folder(generated), CLEAN_RULES, a_building(tmp_path))
    written = json.loads((tmp_path / REPORT).read_text())["statistics"]
    assert BuildStatistics.from_dict(written) == measured(clean)


def test_the_newest_day_tells_how_its_rows_ended(clean: Path) -> None:
    """Of everything the last day alone, of an increment all of its days."""
    days = sorted(_clean_days(clean))
    outcomes = {day: _outcomes(clean, day) for day in days}
    whole = measured(clean)
    assert (whole.last_day, whole.archived) == (str(days[-1]), outcomes[days[-1]])
    two = measured(clean, Days(days[1], days[2]))
    assert two.last_day == str(days[2])
    assert two.archived == Counter(outcomes[days[1]]) + Counter(outcomes[days[2]])
    assert two.rows < whole.rows


def _clean_days(clean: Path) -> list[Day]:
    return [Day.named(path.name.removeprefix("dt=")) for path in (clean / "clean").iterdir()]


def _outcomes(clean: Path, day: Day) -> Mapping[str, int]:
    manifest = published_day(Folder(clean), day)
    assert manifest is not None
    return manifest.outcomes


def test_time_watched_is_that_of_watches(tmp_path: Path) -> None:
    """Each border lies in the bin that begins there; a click has watched nothing."""
    rows = [
        a_row(f"w-{low}-{less}", unique_s=9e3, watch_time_s=float(low) - less)
        for low in WATCH_TIME_S[1:]
        for less in (0, 0.5)
    ]
    rows += [a_row("c", event_type="Click", watch_time_s=50.0), a_row("n", watch_time_s=None)]
    statistics = _of(rows, tmp_path)
    assert statistics.rows == len(rows)
    expected = [1, *([2] * (len(WATCH_TIME_S) - 2)), 1]
    assert [each.count for each in statistics.watch_time_s] == expected
    assert statistics.watch_time_s[-1].high is None


@pytest.mark.parametrize(
    ("value", "low"),
    [
        (0.0, 0.0),
        (0.0499, 0.0),
        (0.05, 0.05),
        (0.35, 0.35),
        (0.9499, 0.9),
        (0.95, 0.95),
        (1.0, 0.95),
    ],
)
def test_a_share_watched_lies_in_its_bin(tmp_path: Path, value: float, low: float) -> None:
    """All of it is in the last bin; what has no value is in none."""
    rows = [a_row("a", event_value=value), a_row("b", event_value=None)]
    statistics = _of(rows, tmp_path)
    assert [each.low for each in statistics.completion if each.count] == [low]
    assert statistics.nulls["EVENT_VALUE"] == 0.5


def test_a_build_of_nothing_has_figures_too(tmp_path: Path) -> None:
    """Gates judge them; no figure is missing and none divides by nothing."""
    statistics = _of([a_row("a", event_type="Dislike")], tmp_path)
    assert (statistics.rows, statistics.daily, statistics.popular_items) == (0, (), ())
    assert set(statistics.nulls.values()) == {0.0}
    assert sum(each.count for each in (*statistics.per_user, *statistics.completion)) == 0


def test_a_file_without_optional_columns_has_no_empty_ones(tmp_path: Path) -> None:
    """Only columns of the schema are looked at."""
    write_rows(tmp_path / "archive", [a_row("a")])
    clean_day(DAY, a_cleaning(tmp_path / "archive", tmp_path / "clean"))
    bare = replace(BUILD_RULES, columns=TrainingColumns(frozenset()))
    statistics = measure(Counting(Folder(tmp_path / "clean"), ENGINE, statements(), bare))
    assert (statistics.rows, statistics.nulls) == (1, {})


def test_figures_that_do_not_add_up_are_none(clean: Path) -> None:
    """A day that an engine forgot, or an interaction that the clean layer has and it has not."""
    for name in ("distributions", "build_counts"):
        counting = Counting(Folder(clean), Miscounting({name: []}), statements(), BUILD_RULES)
        with pytest.raises(ConservationError):
            measure(counting)


def test_what_is_not_published_cannot_be_measured(tmp_path: Path) -> None:
    """An empty clean layer is a mistake."""
    with pytest.raises(UnusableError, match="any day"):
        measured(tmp_path)


def _of(rows: list[dict[str, Any]], tmp_path: Path) -> BuildStatistics:
    write_rows(tmp_path / "archive", rows)
    clean_day(DAY, a_cleaning(tmp_path / "archive", tmp_path / "clean"))
    return measured(tmp_path / "clean")
