"""`import-history` and `metadata` as commands."""

import json
from pathlib import Path

import pytest
from nightly.command_line import main
from nightly.commands.places import file_in

RATINGS = "userId,movieId,rating,timestamp\nu-1,10,4.0,964982703\nu-1,11,2.5,964982931\n"


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    """A file of two ratings."""
    path = tmp_path / "ratings.csv"
    path.write_text(RATINGS)
    return path


def test_twice_says_that_it_was_there(
    ratings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing of the people in it."""
    where = ("--archive", str(tmp_path / "archive"), "--name", "old", "--day", "2026-11-24")
    arguments = ["import-history", "--from", str(ratings), *where, "--preset", "movielens"]
    assert main(arguments) == 0
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert [json.loads(line)["published"] for line in told.splitlines()] == [True, False]
    assert "u-1" not in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--map", "user_id=userId"), "the mapping says nothing of item_id"),
        (("--preset", "movielens", "--map", "event_value=rating/"), "expected a number"),
        (("--preset", "personalize"), "no column EVENT_TYPE"),
        (("--preset", "movielens", "--name", "Ä"), "a name has"),
    ],
)
def test_a_bad_mapping_is_told_before_anything_is_written(
    ratings: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    told: str,
) -> None:
    """In one line."""
    where = ("--from", str(ratings), "--archive", str(tmp_path / "archive"), "--name", "old")
    assert main(["import-history", *where, *arguments]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not (tmp_path / "archive").exists()


def test_metadata_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There has to be a place to read from."""
    assert main(["metadata", "--out", str(tmp_path)]) == 1
    assert "nothing to read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "location", "key"),
    [
        ("s3://bucket/a/b.csv", "s3://bucket/a/", "b.csv"),
        ("s3://bucket/b.csv", "s3://bucket/", "b.csv"),
        ("s3://bucket", "s3://bucket/", ""),
        ("/b.csv", "/", "b.csv"),
        ("/a/b/", "/a", "b"),
    ],
)
def test_a_file_is_found_in_its_place(place: str, location: str, key: str) -> None:
    """A bucket, a folder, or the root of either."""
    found, name = file_in(place)
    assert (found.location("").rstrip("/") or "/", name) == (location.rstrip("/") or "/", key)


def test_a_file_beside_the_process_is_found(ratings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder in its name."""
    monkeypatch.chdir(ratings.parent)
    found, name = file_in("ratings.csv")
    assert found.get(name) == RATINGS.encode()
