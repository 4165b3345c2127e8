"""Days of arrival made clean, as far as the time allows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from nightly.application.clean_day import published_day
from nightly.application.clean_layer import published_days
from nightly.application.publish_days import Allowance, publish_days, unlimited
from nightly.domain.days import Day, Days
from nightly.domain.errors import NotFinishedError

from tests.support.nightly import DAY
from tests.support.prepared_nights import WatchedEngine, night_parts, watch

THROUGH = DAY.plus(3)


def test_every_day_is_published_the_empty_ones_too(tmp_path: Path) -> None:
    """An increment asks for days in a row; none of them may be missing."""
    parts = night_parts(tmp_path)
    watch(tmp_path, 3)
    watch(tmp_path, 2, day=DAY.plus(2))
    watch(tmp_path, 1, day=DAY.plus(4))
    days = publish_days(THROUGH, parts.cleaning, Allowance(unlimited))
    assert days == Days(DAY, THROUGH)
    assert published_days(parts.archive) == tuple(Days(DAY, THROUGH))
    counts = [_interactions(tmp_path, day) for day in Days(DAY, THROUGH)]
    assert counts == [3, 0, 2, 0]


def test_an_archive_without_a_day_has_none(tmp_path: Path) -> None:
    """Rows of a later day are not this night's."""
    watch(tmp_path, 1, day=THROUGH.plus(1))
    assert publish_days(THROUGH, night_parts(tmp_path).cleaning, Allowance(unlimited)) is None


def test_nothing_is_made_twice(tmp_path: Path) -> None:
    """A second attempt asks the engine for nothing, nor does it look at old days again."""
    watch(tmp_path, 1, day=DAY.plus(-10))
    engine = WatchedEngine()
    parts = night_parts(tmp_path, engine=engine)
    for _ in range(2):
        publish_days(THROUGH, parts.cleaning, Allowance(unlimited))
        assert len(engine.jobs) == 14


def test_time_runs_out_and_the_next_attempt_goes_on(tmp_path: Path) -> None:
    """Each attempt makes one day at least, and no day is made twice."""
    watch(tmp_path, 1)
    engine = WatchedEngine()
    parts = night_parts(tmp_path, engine=engine)
    told = []
    for attempt in range(1, 5):
        with pytest.raises(NotFinishedError) as stopped:
            publish_days(THROUGH, parts.cleaning, Allowance(_running_out().__next__))
        told.append(str(stopped.value))
        assert len(engine.jobs) == attempt
    assert told[0] == "3 days are still to be made clean"
    assert told[-1] == f"all days up to {THROUGH} are clean; the build is next"
    assert publish_days(THROUGH, parts.cleaning, Allowance(_running_out().__next__))
    assert len(engine.jobs) == 4


def test_rows_that_came_late_are_not_left_out(tmp_path: Path) -> None:
    """Into a day before the lookback, which nobody would look at again otherwise."""
    old = DAY
    watch(tmp_path, 2, day=old)
    parts = night_parts(tmp_path)
    assert publish_days(old.plus(4), parts.cleaning, Allowance(unlimited))
    watch(tmp_path, 5, tracker="none", day=old)
    assert publish_days(old.plus(5), parts.cleaning, Allowance(unlimited))
    assert _interactions(tmp_path, old) == 7


def test_a_half_written_day_is_made_again(tmp_path: Path) -> None:
    """Its folder is there and its manifest is not."""
    watch(tmp_path, 2)
    parts = night_parts(tmp_path)
    publish_days(THROUGH, parts.cleaning, Allowance(unlimited))
    (tmp_path / "clean" / DAY.partition / "manifest.json").unlink()
    publish_days(DAY.plus(20), parts.cleaning, Allowance(unlimited))
    assert _interactions(tmp_path, DAY) == 2


def _interactions(root: Path, day: Day) -> int:
    manifest = published_day(night_parts(root).archive, day)
    assert manifest is not None
    return manifest.interactions


def _running_out() -> Iterator[float]:
    """Ten minutes at the start, and soon less than half of them."""
    yield 600.0
    while True:
        yield 299.0
