"""Somebody else's rows become a part of the clean layer, once, and a build takes them."""

import csv
import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nightly.adapters.folder import Folder
from nightly.adapters.statements import statements
from nightly.application.build import build_from_clean, build_from_raw
from nightly.application.clean_day import archived_days, clean_day
from nightly.application.clean_layer import published_days
from nightly.application.foreign_files import foreign_files
from nightly.application.import_history import HistoryImport, ImportedHistory, import_history
from nightly.application.published import published_histories
from nightly.application.statistics import Counting
from nightly.application.undelivered import count_undelivered, export_undelivered
from nightly.domain.days import Day, Days
from nightly.domain.errors import UnusableError
from nightly.domain.history import HistoryManifest, Place, history_mapping
from nightly.domain.job import Dialect
from nightly.domain.rules import CleanRules

from tests.support.nightly import (
    BUILD_RULES,
    CLEAN_RULES,
    CONTEXT,
    DAY,
    ENGINE,
    a_building,
    a_cleaning,
    a_row,
    lines_of,
    write_rows,
)

TODAY = Day.named("2026-11-24")
RATINGS = (
    "userId,movieId,rating,timestamp\n1,10,4.0,964982703\n1,11,2.5,964982931\n7,10,5.0,964981247\n"
)


def take(
    origin: Path, clean: Path, preset: str | None = "movielens", mapping: str = "", **fields: object
) -> ImportedHistory:
    """Import a file or folder."""
    dialect = Dialect(())
    options = {"name": "old", "day": TODAY, "adds": False, "most_refused": 0.05} | fields
    return import_history(
        HistoryImport(
            files=foreign_files(Folder(origin.parent), origin.name, dialect, ENGINE),
            mapping=history_mapping(preset, mapping, CONTEXT),
            clean=Folder(clean),
            engine=ENGINE,
            statements=statements(),
            rules=CleanRules(context=CONTEXT),
            **options,  # pyright: ignore[reportArgumentType]
        )
    )


def text_file(folder: Path, text: str, name: str = "ratings.csv") -> Path:
    """A file of this text."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def everything_in(folder: Path) -> Mapping[str, bytes]:
    """All files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def rows_of(clean: Path, manifest: HistoryManifest) -> list[tuple[object, ...]]:
    """What was published."""
    with duckdb.connect() as database:
        return database.execute(
            "SELECT user_id, item_id, ts, event_type, event_value"
            " FROM read_parquet(?) ORDER BY ALL",
            [str(clean / manifest.file)],
        ).fetchall()


def test_ratings_become_interactions(tmp_path: Path) -> None:
    """A file, a mapping, and a build of nothing else."""
    done = take(text_file(tmp_path, RATINGS), tmp_path / "clean")
    assert done.is_new
    assert rows_of(tmp_path / "clean", done.manifest) == [
        ("1", "10", 964982703, "Watch", 0.8),
        ("1", "11", 964982931, "Watch", 0.5),
        ("7", "10", 964981247, "Watch", 1.0),
    ]
    report = build_from_clean(Folder(tmp_path / "clean"), a_building(tmp_path / "out"))
    assert report.rows == 3
    assert lines_of(tmp_path / "out")[0] == "1,10,964982703,Watch,0.8000,,,,"


def test_twice_is_once(tmp_path: Path) -> None:
    """The same file, under whatever name and on whatever day, adds nothing."""
    clean = tmp_path / "clean"
    first = take(text_file(tmp_path, RATINGS), clean)
    before = everything_in(clean)
    again = take(text_file(tmp_path / "b", RATINGS, "copy.csv"), clean, day=TODAY.plus(1))
    assert not again.is_new
    assert again.manifest == first.manifest
    assert everything_in(clean) == before


def test_other_content_of_the_same_name_has_to_be_meant(tmp_path: Path) -> None:
    """And then only what is new of it is added, under its own day."""
    clean = tmp_path / "clean"
    take(text_file(tmp_path, RATINGS), clean)
    more = text_file(tmp_path, RATINGS + "7,12,1.0,964981250\n", "more.csv")
    with pytest.raises(UnusableError, match="say --add"):
        take(more, clean)
    added = take(more, clean, adds=True, day=TODAY.plus(2))
    assert added.manifest.outcomes == {"duplicate": 3, "ok": 1}
    build_from_clean(Folder(clean), a_building(tmp_path / "out"))
    assert len(lines_of(tmp_path / "out")) == 4
    manifests = published_histories(Folder(clean), CONTEXT, Days(TODAY.plus(2), TODAY.plus(2)))
    assert list(manifests) == [added.manifest]


def test_another_mapping_of_the_same_content_is_refused(tmp_path: Path) -> None:
    """Else one rating would be two interactions."""
    path = text_file(tmp_path, RATINGS)
    take(path, tmp_path / "clean")
    with pytest.raises(UnusableError, match="another mapping"):
        take(path, tmp_path / "clean", "movielens-likes", adds=True)


def test_a_bad_row_is_counted_with_its_place_and_harms_no_other(tmp_path: Path) -> None:
    """By the rules of the archive, and by those of the format."""
    text = (
        "user,item,at,kind,value\n"
        "u-1,i-1,1700000000,play,0.5\n"
        "null,i-1,1700000000,play,0.5\n"  # row 3
        "u-2,i 2,1700000000,play,0.5\n"
        "u-3,i-1,yesterday,play,0.5\n"  # row 5
        "u-4,i-1\n"
        "u-5,i-1,1700000000,dance,0.5\n"  # row 7
        "u-6,i-1,1700000000,pause,0.5\n"
        "u-7,i-1,1700000000,play,much\n"  # row 9
        "u-8,i-1,1700000000,play,7\n"
        "u-1,i-1,1700000000,play,0.9\n"  # row 11
        "u-9,i-1,1900000000,play,0.5\n"
        ",i-1,1700000000,play,0.5\n"  # row 13
        "u-10,i-1,1700000000,play,\n"
    )
    mapping = (
        "user_id=user,item_id=item,timestamp=at,event_value=value,"
        'event_type="Watch" if kind = "play" else skip if kind = "pause" else kind'
    )
    done = take(text_file(tmp_path, text), tmp_path / "clean", None, mapping, most_refused=0.9)
    assert done.manifest.outcomes == {
        "bad_event_type": 1, "bad_event_value": 2, "bad_item_id": 1, "bad_time": 1,
        "bad_user_id": 1, "left_out": 1, "malformed": 1, "no_viewer": 1, "ok": 2,
        "repeated": 1, "skewed": 1,
    }  # fmt: skip
    rows = {outcome: place.row for outcome, place in done.manifest.first.items()}
    assert rows == {
        "bad_user_id": 3, "bad_item_id": 4, "bad_time": 5, "malformed": 6, "bad_event_type": 7,
        "left_out": 8, "bad_event_value": 9, "repeated": 11, "skewed": 12, "no_viewer": 13,
    }  # fmt: skip
    assert rows_of(tmp_path / "clean", done.manifest) == [
        ("u-1", "i-1", 1700000000, "Watch", 0.5),
        ("u-10", "i-1", 1700000000, "Watch", None),
    ]


def test_too_many_bad_rows_stop_it_before_anything_is_published(tmp_path: Path) -> None:
    """A wrong mapping shows as rows of which most are wrong."""
    path = text_file(tmp_path, RATINGS)
    with pytest.raises(UnusableError, match=r"3 of 3 rows .* bad_time 3, .* row 2"):
        take(path, tmp_path / "clean", mapping="timestamp=ms(rating)")
    assert not everything_in(tmp_path / "clean")


def test_a_file_of_a_header_is_refused(tmp_path: Path) -> None:
    """Nothing is not a history."""
    with pytest.raises(UnusableError, match="0 of 0 rows cannot be used: there is none"):
        take(text_file(tmp_path, "userId,movieId,rating,timestamp\n"), tmp_path / "clean")


def test_a_stray_quotation_mark_is_noticed(tmp_path: Path) -> None:
    """It joins lines, as a quoted line feed does; how many is counted."""
    text = RATINGS + '8,"12,1.0,964981250\n9,10,1.0,964981250\n9,11,1.0,964981250\n'
    with pytest.raises(UnusableError, match="joined_line 2"):
        take(text_file(tmp_path, text), tmp_path / "clean")
    done = take(
        text_file(tmp_path, text + '5,"10",1,964981250\n5,11,1,964981250\n' * 3),
        tmp_path / "clean",
        most_refused=0.9,
    )
    assert done.manifest.outcomes["ok"] >= 3


def test_empty_lines_are_no_rows(tmp_path: Path) -> None:
    """Wherever they stand, with line feeds of any system."""
    text = RATINGS.replace("\n", "\r\n") + "\r\n\r\n"
    done = take(text_file(tmp_path, text), tmp_path / "clean")
    assert done.manifest.outcomes == {"ok": 3}


@pytest.mark.parametrize("kind", ["csv.gz", "two gz", "tsv", "parquet", "bom", "semicolon"])
def test_files_of_many_kinds_give_the_same_rows(tmp_path: Path, kind: str) -> None:
    """Compressed, with tabs, columnar, with a byte order mark, in a folder."""
    expected = rows_of(tmp_path / "a", take(text_file(tmp_path, RATINGS), tmp_path / "a").manifest)
    origin = _as(kind, tmp_path / "in")
    done = take(origin, tmp_path / "b")
    assert rows_of(tmp_path / "b", done.manifest) == expected


def _as(kind: str, folder: Path) -> Path:  # noqa: C901 -- a table of kinds
    folder.mkdir()
    header, *rows = RATINGS.splitlines(keepends=True)
    match kind:
        case "csv.gz":
            (folder / "r.csv.gz").write_bytes(gzip.compress(RATINGS.encode()))
        case "two gz":
            for number, row in enumerate(rows):
                content = gzip.compress(header.encode()) + gzip.compress(row.encode())
                (folder / f"{number}.csv.gz").write_bytes(content)
        case "tsv":
            return text_file(folder, RATINGS.replace(",", "\t"), "r.tsv")
        case "parquet":
            origin = text_file(folder, RATINGS)
            with duckdb.connect() as database:
                database.execute(f"COPY (FROM '{origin}') TO '{folder}/r.parquet' (FORMAT parquet)")
            return folder / "r.parquet"
        case "bom":
            (folder / "r.csv").write_bytes(b"\xef\xbb\xbf" + RATINGS.encode())
        case _:
            text_file(folder, f'"userId","movieId",rating,timestamp\n{"".join(rows)}')
    return folder


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "expected one or several of .csv"),
        ({"a.csv": RATINGS, "b.parquet": "x"}, "all CSV or all Parquet"),
        ({"a.csv": RATINGS, "b.csv": "x,y\n1,2\n"}, "not the same columns"),
        ({"a.csv": ""}, "no first row"),
        ({"a.csv": "\n"}, "no first row"),
        ({"a.csv": b"\xff\xfe\n"}, "not UTF-8"),
        ({"a.csv": "one name without a line feed"}, "first row of 1 names"),
        ({"a.csv.gz": "plain"}, "no gzip file"),
        ({"a.csv": "1,2,3,4\n"}, "no column movieId in its first row of 4 names"),
    ],
)
def test_what_cannot_be_a_history_is_told(
    tmp_path: Path, files: Mapping[str, str | bytes], told: str
) -> None:
    """Before anything is written."""
    origin = tmp_path / "in"
    origin.mkdir()
    for name, content in files.items():
        (origin / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UnusableError, match=told):
        take(origin, tmp_path / "clean")
    assert not (tmp_path / "clean").exists()


def test_what_the_archive_has_is_no_second_interaction(tmp_path: Path) -> None:
    """Also when its value was raised after Personalize was given the one of the export."""
    archive, clean = tmp_path / "archive", tmp_path / "clean"
    write_rows(archive, [a_row("a", item_id="10", user_id="u-1"), a_row("b", item_id="11")])
    clean_day(DAY, a_cleaning(archive, clean))
    at_s = a_row("a")["occurred_at_ms"] // 1000
    text = f"userId,movieId,rating,timestamp\nu-1,10,1,{at_s}\nu-1,10,1,{at_s + 1}\n"
    done = take(text_file(tmp_path, text), clean)
    assert done.manifest.outcomes == {"duplicate": 1, "ok": 1}


def test_days_that_wait_are_published_first(tmp_path: Path) -> None:
    """A row that is both in them and in the file would count twice."""
    write_rows(tmp_path, [a_row("a")])
    with pytest.raises(UnusableError, match="1 days are not in the clean layer yet"):
        take(text_file(tmp_path / "in", RATINGS), tmp_path)
    clean_day(DAY, a_cleaning(tmp_path, tmp_path))
    assert take(text_file(tmp_path / "in", RATINGS), tmp_path).is_new


def test_an_attempt_that_was_broken_off_is_not_seen(tmp_path: Path) -> None:
    """Without its manifest a file is nothing; the next attempt writes it again."""
    path, clean = text_file(tmp_path, RATINGS), tmp_path / "clean"
    done = take(path, clean)
    (clean / done.manifest.key).unlink()
    assert published_histories(Folder(clean)) == []
    again = take(path, clean)
    assert again.is_new
    assert again.manifest == done.manifest


def test_builds_take_a_history_under_its_day_of_import(tmp_path: Path) -> None:
    """FULL is what the increments add up to."""
    archive, clean = tmp_path / "archive", tmp_path / "clean"
    write_rows(archive, [a_row("a")])
    for day in Days(DAY, DAY.plus(1)):
        clean_day(day, a_cleaning(archive, clean))
    take(text_file(tmp_path, RATINGS), clean, day=DAY.plus(1))
    increments: list[str] = []
    for day in Days(DAY, DAY.plus(1)):
        out = tmp_path / str(day)
        build_from_clean(Folder(clean), a_building(out), Days(day, day))
        increments += lines_of(out)
    build_from_clean(Folder(clean), a_building(tmp_path / "full"))
    assert sorted(increments) == lines_of(tmp_path / "full")
    assert len(lines_of(tmp_path / "2026-11-21")) == 3


def test_an_export_of_personalize_gives_the_same_training_rows(
    generated: Path, tmp_path: Path
) -> None:
    """Build, export, import, build."""
    clean, second = tmp_path / "clean", tmp_path / "second"
    for day in archived_days(Folder(generated)):
        clean_day(day, a_cleaning(generated, clean, CLEAN_RULES))
    build_from_clean(Folder(clean), a_building(tmp_path / "one", part_bytes=50_000))
    done = take(tmp_path / "one/interactions", second, "personalize", name="export")
    assert done.manifest.outcomes == {"ok": len(lines_of(tmp_path / "one"))}
    build_from_clean(Folder(second), a_building(tmp_path / "two"))
    assert lines_of(tmp_path / "one") == lines_of(tmp_path / "two")
    again = take(tmp_path / "one/interactions", clean, "personalize", name="export")
    assert set(again.manifest.outcomes) <= {"duplicate", "ok"}


def test_a_history_without_a_context_column_is_told(tmp_path: Path) -> None:
    """The build wants a column that the file has not."""
    take(text_file(tmp_path, RATINGS), tmp_path / "clean")
    with pytest.raises(UnusableError, match="history old: delete history/old/"):
        published_histories(Folder(tmp_path / "clean"), ("DAYPART",))


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    """And one of another format is refused."""
    manifest = take(text_file(tmp_path, RATINGS + "0,1,1,1\n"), tmp_path, most_refused=1).manifest
    assert manifest.first == {"bad_user_id": Place("ratings.csv", 5)}
    assert HistoryManifest.from_json(manifest.to_json()) == manifest
    other = json.dumps(manifest.as_dict() | {"format": 9}).encode()
    with pytest.raises(UnusableError, match="another format"):
        HistoryManifest.from_json(other)


CELLS = st.text(max_size=8) | st.sampled_from(
    ["u-1", "u-2", "i-1", "null", "1700000000", "1e9", "nan", "inf", "-1", "0.5", '"', ",", "\\"]
)
FULL_MAPPING = (
    'user_id=a,guest_id="g"+b,visit_id=e?,item_id=b,timestamp=iso(c),event_value=(d-1)/4,'
    'event_type="Watch" if d >= 3 else "Like" if a = "u-1" else d,unique_s=d,impressions=e?'
)


def written(path: Path, rows: Iterable[tuple[str, ...]]) -> Path:
    """Rows as a CSV library writes them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        csv.writer(file).writerows([("a", "b", "c", "d"), *rows])
    return path


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=6))
def test_arbitrary_rows_never_break_it(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    """Whatever stands in the cells: all are counted, ids are the same each time, twice is once."""
    folder = tmp_path_factory.mktemp("rows")
    good = ("u-9", "i-9", "2023-11-14T22:13:20Z", "3")
    path = written(folder / "in/a.csv", [*rows, good])
    first = take(path, folder / "one", None, FULL_MAPPING, most_refused=1)
    second = take(path, folder / "two", None, FULL_MAPPING, most_refused=1)
    assert first.manifest == second.manifest
    assert not take(path, folder / "one", None, FULL_MAPPING, most_refused=1).is_new
    assert first.manifest.outcomes["ok"] >= 1
    published = everything_in(folder / "one")
    assert published == everything_in(folder / "two")


def test_a_history_was_never_delivered(tmp_path: Path) -> None:
    """So the next import brings it, even if nothing else had ever been there on its day."""
    archive, clean = tmp_path / "archive", tmp_path / "clean"
    mark = "0123456789abcdef"
    write_rows(archive, [a_row("a", tracker=mark)])
    take(text_file(tmp_path, RATINGS), clean, day=DAY.plus(-2))
    for day in Days(DAY, DAY.plus(CLEAN_RULES.lookback_days)):
        clean_day(day, a_cleaning(archive, clean))
    assert published_days(Folder(clean))[0] == DAY.plus(-2)
    settled = Days(DAY.plus(-2), DAY)
    counting = Counting(Folder(clean), ENGINE, statements(), BUILD_RULES)
    assert count_undelivered(counting, mark, settled).outcomes == {"delivered": 1, "ok": 3}
    export_undelivered(Folder(clean), a_building(tmp_path / "out"), mark, settled)
    assert len(lines_of(tmp_path / "out")) == 3
    with pytest.raises(UnusableError, match="not in the clean layer: 2026-11-17"):
        export_undelivered(
            Folder(clean), a_building(tmp_path / "no"), mark, settled.widened(before=1)
        )


def test_a_build_from_raw_rows_has_no_history(tmp_path: Path) -> None:
    """Rather than a part of the truth there is none."""
    take(text_file(tmp_path, RATINGS), tmp_path)
    with pytest.raises(UnusableError, match="in the clean layer alone"):
        build_from_raw(Folder(tmp_path), CLEAN_RULES, a_building(tmp_path / "out"))
