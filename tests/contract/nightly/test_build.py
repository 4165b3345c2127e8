"""A build is a folder of parts and, once they have been read back, a report."""

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from nightly.adapters.folder import Folder
from nightly.application.build import REPORT, build_from_clean, build_from_raw
from nightly.application.clean_day import CLEAN, clean_day
from nightly.application.validate import Limits, validate
from nightly.domain.errors import (
    BadRowError,
    ConservationError,
    OccupiedError,
    UnusableError,
)
from nightly.domain.training_file import Reading

from tests.support.nightly import (
    BUILD_RULES,
    CLEAN_RULES,
    DAY,
    Miscounting,
    a_building,
    a_cleaning,
    a_row,
    lines_of,
    write_rows,
)

NAMES = BUILD_RULES.columns.names
LIMITS = Limits()


def test_parts_are_cut_and_each_has_the_header(generated: Path, tmp_path: Path) -> None:
    """Many small files under one prefix, with nothing beside them, and no quotation mark."""
    building = a_building(tmp_path, part_bytes=50_000)
    report = build_from_raw(Folder(generated), CLEAN_RULES, building)
    parts = sorted((tmp_path / "interactions").iterdir())
    assert len(parts) > 1
    assert {part.read_text().partition("\n")[0] for part in parts} == {",".join(NAMES)}
    assert len(lines_of(tmp_path)) == report.rows
    content = json.loads((tmp_path / REPORT).read_text())
    assert content["parts"] == {part.name: part.stat().st_size for part in parts}
    assert content["rows"] == report.rows


def test_a_build_of_nothing_is_a_header(tmp_path: Path) -> None:
    """It is for the gate to refuse it."""
    write_rows(tmp_path / "archive", [a_row("a", event_type="Dislike")])
    report = build_from_raw(Folder(tmp_path / "archive"), CLEAN_RULES, a_building(tmp_path / "out"))
    assert report.rows == 0
    (part,) = (tmp_path / "out/interactions").iterdir()
    assert part.read_text() == ",".join(NAMES) + "\n"


def test_an_injected_bad_row_stops_the_build_and_is_named(tmp_path: Path) -> None:
    """Whatever got past the checks is found in the file itself, before anybody imports it."""
    write_rows(tmp_path / "archive", [a_row(f"e-{n}", item_id=f"i-{n}") for n in range(5)])
    clean = tmp_path / "clean"
    day = clean_day(DAY, a_cleaning(tmp_path / "archive", clean))
    file = clean / CLEAN / DAY.partition / day.manifest.file
    with duckdb.connect() as database:
        database.execute("CREATE TABLE rows AS SELECT * FROM read_parquet(?)", [str(file)])
        database.execute("UPDATE rows SET item_id = 'a,\"b' WHERE event_id = 'e-3'")
        database.execute("COPY (FROM rows ORDER BY event_id) TO ? (FORMAT parquet)", [str(file)])
    with pytest.raises(BadRowError, match=r"^interactions/part-0\.csv row \d: quotation_mark$"):
        build_from_clean(Folder(clean), a_building(tmp_path / "out"))
    assert not (tmp_path / "out" / REPORT).exists()


def test_what_an_interrupted_build_left_is_removed(nasty: Path, tmp_path: Path) -> None:
    """Without a report there is no build, and its parts must not be imported with the next."""
    left = tmp_path / "interactions/part-99.csv"
    left.parent.mkdir()
    left.write_text("half a r")
    build_from_raw(Folder(nasty), CLEAN_RULES, a_building(tmp_path))
    assert not left.exists()


def test_a_finished_build_is_not_overwritten(nasty: Path, tmp_path: Path) -> None:
    """An import may be reading it."""
    build_from_raw(Folder(nasty), CLEAN_RULES, a_building(tmp_path))
    with pytest.raises(OccupiedError):
        build_from_raw(Folder(nasty), CLEAN_RULES, a_building(tmp_path))


def test_figures_that_do_not_add_up_stop_the_build(nasty: Path, tmp_path: Path) -> None:
    """A fault of ours, or of an engine."""
    wrong = Miscounting({"archived": [{"day": DAY.number, "counted": 1}]})
    building = replace(a_building(tmp_path / "out"), engine=wrong)
    with pytest.raises(ConservationError):
        build_from_raw(Folder(nasty), CLEAN_RULES, building)
    assert not (tmp_path / "out" / REPORT).exists()


def test_archive_and_file_have_the_same_context(nasty: Path, tmp_path: Path) -> None:
    """In one go there is one list of context columns."""
    with pytest.raises(UnusableError):
        build_from_raw(Folder(nasty), replace(CLEAN_RULES, context=()), a_building(tmp_path))


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Two good parts."""
    for name in ("part-0.csv", "part-1.csv"):
        (tmp_path / name).write_text(",".join(NAMES) + "\nu-1,i-1,1795500000,Watch,0.5,,,,\n")
    return tmp_path


def test_good_parts_are_counted_together(parts: Path) -> None:
    """With the columns given, or as the first header says."""
    size = sum(part.stat().st_size for part in parts.iterdir())
    assert validate(Folder(parts), "", NAMES, LIMITS) == Reading(2, size)
    assert validate(Folder(parts), "", None, LIMITS) == Reading(2, size)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("part-1.csv", "USER_ID\n", r"part-1\.csv row 1: header"),
        ("part-1.csv", "", r"part-1\.csv row 1: header"),
        ("notes.txt", "", r"notes\.txt row 1: not_a_part"),
        ("dt=2026-11-24/part.csv", "", r"part\.csv row 1: not_a_part"),
    ],
)
def test_the_first_wrong_file_is_named(parts: Path, name: str, content: str, told: str) -> None:
    """Each part has the header, and nothing lies beside them."""
    (parts / name).parent.mkdir(exist_ok=True)
    (parts / name).write_text(content)
    with pytest.raises(BadRowError, match=told):
        validate(Folder(parts), "", NAMES, LIMITS)


def test_no_part_and_too_much_are_wrong_too(parts: Path, tmp_path: Path) -> None:
    """An import takes so many bytes and no more."""
    with pytest.raises(BadRowError, match="no_file"):
        validate(Folder(tmp_path / "nowhere"), "", NAMES, LIMITS)
    with pytest.raises(BadRowError, match="over_200_bytes_in_all"):
        validate(Folder(parts), "", NAMES, Limits(200))
