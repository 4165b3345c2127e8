"""The clean layer: days are published whole, once, and together they are everything."""

from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nightly.application.backfill import backfill
from nightly.application.build import build_from_clean, build_from_raw
from nightly.application.clean_day import CLEAN, MANIFEST, archived_days, clean_day, published_day
from nightly.domain.days import Day, Days
from nightly.domain.errors import RawGoneError, UnusableError
from nightly.domain.report import LATE
from nightly.domain.rules import CleanRules

from tests.support.nightly import (
    BUILD_RULES,
    CLEAN_RULES,
    DAY,
    DAY_MS,
    NOON_MS,
    Folder,
    a_building,
    a_cleaning,
    a_row,
    lines_of,
    write_rows,
)


def rows_of(clean: Path) -> list[tuple[object, ...]]:
    """All rows of the published files, in the order of the files."""
    folder = Folder(clean)
    manifests = [published_day(folder, Day.named(n[3:])) for n in folder.folders(f"{CLEAN}/")]
    files = [f"{clean}/{CLEAN}/{m.day.partition}/{m.file}" for m in manifests if m is not None]
    with duckdb.connect() as database:
        return [
            row
            for file in files
            for row in database.execute("SELECT * FROM read_parquet(?)", [file]).fetchall()
        ]


def clean_all(archive: Path, clean: Path, rules: CleanRules = CLEAN_RULES) -> tuple[Day, ...]:
    """Publish every day of an archive, side by side."""
    cleaning = a_cleaning(archive, clean, rules)
    days = archived_days(cleaning.archive)
    backfill(days, partial(clean_day, cleaning_of=cleaning), at_once=3)
    return days


def increments(clean: Path, out: Path, days: tuple[Day, ...]) -> list[str]:
    """The rows of one increment a day, all together."""
    for day in days:
        build_from_clean(Folder(clean), a_building(out / str(day)), Days(day, day))
    return sorted(chain.from_iterable(lines_of(out / str(day)) for day in days))


@pytest.mark.parametrize("archive", ["nasty", "generated"])
def test_increments_are_the_whole(
    archive: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The sum of the increments, FULL from the clean layer and FULL from raw are the same rows."""
    raw: Path = request.getfixturevalue(archive)
    days = clean_all(raw, tmp_path / "clean")
    from_raw = build_from_raw(Folder(raw), CLEAN_RULES, a_building(tmp_path / "raw"))
    from_clean = build_from_clean(Folder(tmp_path / "clean"), a_building(tmp_path / "full"))
    assert from_clean == from_raw
    assert lines_of(tmp_path / "full") == lines_of(tmp_path / "raw") != []
    assert increments(tmp_path / "clean", tmp_path / "by-day", days) == lines_of(tmp_path / "raw")


# What is told of one playback, with how many hours later; copies stay within the lookback.
told = st.tuples(
    st.integers(0, 3),  # the playback
    st.integers(0, 100),  # hours after the first moment
    st.integers(0, 45),  # hours until it arrives
    st.booleans(),  # a guest?
    st.booleans(),  # sent, or a raise?
)


@settings(max_examples=5)
@given(st.lists(told, min_size=1, max_size=14))
def test_whatever_is_told_increments_are_the_whole(
    tmp_path_factory: pytest.TempPathFactory, tellings: list[tuple[int, int, int, bool, bool]]
) -> None:
    """Copies, raises and sign-ins over midnights, in any mixture."""
    folder = tmp_path_factory.mktemp("told")
    first: dict[int, int] = {}
    rows = []
    for number, (playback, hour, way, is_guest, to_send) in enumerate(tellings):
        occurred_at_ms = NOON_MS + 3_600_000 * first.setdefault(playback, hour)
        who = {"user_id": None, "guest_id": "g-1"} if is_guest else {"user_id": f"u-{playback % 2}"}
        rows.append(
            a_row(
                f"e-{playback}",
                **who,
                version=number,
                visit_id=f"v-{playback % 2}",
                occurred_at_ms=occurred_at_ms,
                arrived_at_ms=occurred_at_ms + 3_600_000 * way,
                to_send=to_send,
                event_value=number / 100,
            )
        )
    write_rows(folder / "archive", rows)
    days = clean_all(folder / "archive", folder / "clean")
    build_from_raw(Folder(folder / "archive"), CLEAN_RULES, a_building(folder / "raw"))
    assert increments(folder / "clean", folder / "by-day", days) == lines_of(folder / "raw")


def test_a_copy_beyond_the_lookback_is_late(tmp_path: Path) -> None:
    """A laxer lateness than the lookback can answer for does not let a copy slip through."""
    rules = replace(CLEAN_RULES, max_lateness_s=30 * 86_400)
    copy = {"occurred_at_ms": NOON_MS - 60_000, "arrived_at_ms": NOON_MS + 5 * DAY_MS}
    write_rows(tmp_path / "archive", [a_row("a"), a_row("a", **copy)])
    days = clean_all(tmp_path / "archive", tmp_path / "clean", rules)
    last = published_day(Folder(tmp_path / "clean"), days[-1])
    assert last is not None
    assert last.outcomes == {LATE: 1}


def test_days_made_in_any_order_are_the_same(generated: Path, tmp_path: Path) -> None:
    """A backfill needs no order, and the same rows make the same files."""
    days = clean_all(generated, tmp_path / "a")
    for day in reversed(days):
        clean_day(day, a_cleaning(generated, tmp_path / "b"))
    assert rows_of(tmp_path / "a") == rows_of(tmp_path / "b") != []
    manifests = [sorted((tmp_path / n).rglob(MANIFEST)) for n in ("a", "b")]
    assert [m.read_bytes() for m in manifests[0]] == [m.read_bytes() for m in manifests[1]]


def test_a_rerun_changes_nothing(nasty: Path, tmp_path: Path) -> None:
    """Neither a byte nor a date of a file."""
    cleaning = a_cleaning(nasty, tmp_path)
    first = clean_day(DAY, cleaning)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    second = clean_day(DAY, cleaning)
    assert (first.is_new, second.is_new) == (True, False)
    assert second.manifest == first.manifest
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_day_made_anew_has_the_same_rows(nasty: Path, tmp_path: Path) -> None:
    """Also after its manifest was lost, and over what was left of it."""
    cleaning = a_cleaning(nasty, tmp_path)
    clean_day(DAY, cleaning)
    before = rows_of(tmp_path)
    (tmp_path / CLEAN / DAY.partition / MANIFEST).unlink()
    assert clean_day(DAY, cleaning).is_new
    assert rows_of(tmp_path) == before


def test_a_half_written_day_is_never_seen(nasty: Path, tmp_path: Path) -> None:
    """What was interrupted has a file and no manifest: to every reader there is no such day."""
    clean = tmp_path / "clean"
    folder = clean / CLEAN / DAY.partition
    folder.mkdir(parents=True)
    (folder / "0123456789abcdef.parquet").write_bytes(b"PAR1 half of a file")
    with pytest.raises(UnusableError, match="not in the clean layer"):
        build_from_clean(Folder(clean), a_building(tmp_path / "out"))
    clean_day(DAY, a_cleaning(nasty, clean))
    assert build_from_clean(Folder(clean), a_building(tmp_path / "out")).rows > 0


def test_a_day_that_grew_after_it_was_published_is_told(tmp_path: Path) -> None:
    """Rows that come late into an old partition are not lost in silence: make the day again."""
    cleaning = a_cleaning(tmp_path / "archive", tmp_path / "clean")
    write_rows(tmp_path / "archive", [a_row("a"), a_row("b", arrived_at_ms=NOON_MS + DAY_MS)])
    assert clean_day(DAY, cleaning).grown == ()
    write_rows(tmp_path / "archive", [a_row("c")], name="straggler")
    assert clean_day(DAY.plus(1), cleaning).grown == (DAY,)
    assert clean_day(DAY, cleaning).manifest.interactions == 2
    assert clean_day(DAY.plus(1), cleaning).grown == ()


def test_a_day_is_not_made_of_less_than_it_was(tmp_path: Path) -> None:
    """Raw rows expire; a rerun afterwards must not empty the day."""
    cleaning = a_cleaning(tmp_path / "archive", tmp_path / "clean")
    write_rows(tmp_path / "archive", [a_row("a")], name="one")
    write_rows(tmp_path / "archive", [a_row("b")], name="two")
    clean_day(DAY, cleaning)
    next((tmp_path / "archive").rglob("two.parquet")).unlink()
    with pytest.raises(RawGoneError, match="2 raw files then, 1 now"):
        clean_day(DAY, cleaning)


def test_a_day_without_rows_is_a_day(tmp_path: Path) -> None:
    """Published and empty, which is not the same as missing."""
    cleaned = clean_day(DAY, a_cleaning(tmp_path / "archive", tmp_path / "clean"))
    assert cleaned.manifest.outcomes == {}
    assert rows_of(tmp_path / "clean") == []


def test_an_increment_of_a_day_that_is_not_published_is_refused(tmp_path: Path) -> None:
    """It would be imported as if nothing had happened on that day."""
    write_rows(tmp_path / "archive", [a_row("a")])
    clean_all(tmp_path / "archive", tmp_path / "clean")
    with pytest.raises(UnusableError, match="2026-11-21"):
        build_from_clean(
            Folder(tmp_path / "clean"), a_building(tmp_path / "out"), Days(DAY, DAY.plus(1))
        )


def test_days_without_a_context_column_are_not_built_with_it(tmp_path: Path) -> None:
    """They were published before the schema had it."""
    write_rows(tmp_path / "archive", [a_row("a")])
    clean_all(tmp_path / "archive", tmp_path / "clean", replace(CLEAN_RULES, context=()))
    with pytest.raises(UnusableError, match="make the day again"):
        build_from_clean(Folder(tmp_path / "clean"), a_building(tmp_path / "out", BUILD_RULES))
