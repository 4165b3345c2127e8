"""Ratings come from a folder or a package, and a folder that is none is told so."""

from pathlib import Path

import pytest

from local.demo.ratings import DataError, load_folder, load_packaged

FILMS = 'movieId,title,genres\n1,"American President, The (1995)",Comedy|Drama\n2,Solaris,{}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three people with twelve ratings each, one with two, in MovieLens's layout."""
    films = "".join(f"{n},Film {n} (1999),Horror\n" for n in range(3, 13))
    (tmp_path / "movies.csv").write_text(FILMS.format("(no genres listed)") + films)
    rows = [
        f"{person},{film},{film % 5 + 0.5},{1000 - film}\n"
        for person, count in ((1, 12), (2, 2), (3, 12), (4, 12))
        for film in range(1, count + 1)
    ]
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "".join(rows))
    return tmp_path


def test_a_folder_gives_the_latest_ratings_of_its_first_people(folder: Path) -> None:
    """Oldest first; who rated hardly anything is left out."""
    found = load_folder(folder, 2, 11)

    assert [person.person_id for person in found.people] == [1, 3]
    assert [rating.film.film_id for rating in found.people[0].ratings] == list(range(11, 0, -1))
    assert found.people[0].ratings[0].stars == 1.5


def test_titles_and_genres_are_read(folder: Path) -> None:
    """A title may have commas, and a film no genres."""
    films = load_folder(folder, 1, 12).films

    assert films["film-1"].title == "American President, The (1995)"
    assert films["film-1"].genres == ("Comedy", "Drama")
    assert films["film-2"].genres == ()


def test_a_rating_of_an_unknown_film_is_left_out(folder: Path) -> None:
    """Nothing could be shown of it."""
    with (folder / "ratings.csv").open("a") as file:
        file.write("4,999,5.0,2000\n")

    assert "film-999" not in load_folder(folder, 3, 30).films


@pytest.mark.parametrize("name", ["movies.csv", "ratings.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    """With what would help."""
    (folder / name).unlink()

    with pytest.raises(DataError, match=rf"{name}: No such file.*grouplens\.org"):
        load_folder(folder, 2, 10)


def test_a_missing_column_is_named(folder: Path) -> None:
    """The file is another one."""
    (folder / "movies.csv").write_text("id,name\n1,Toy Story\n")

    with pytest.raises(DataError, match=r"movies\.csv has no column movieId, title, genres"):
        load_folder(folder, 2, 10)


@pytest.mark.parametrize("row", ["4,1,many,2000", "4,1", "x,1,5.0,2000"])
def test_an_odd_row_is_told(folder: Path, row: str) -> None:
    """Not with a traceback."""
    with (folder / "ratings.csv").open("a") as file:
        file.write(f"{row}\n")

    with pytest.raises(DataError, match="is no MovieLens folder"):
        load_folder(folder, 9, 30)


def test_too_few_ratings_are_told(folder: Path) -> None:
    """Nobody to show anything for."""
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,5.0,1000\n")

    with pytest.raises(DataError, match="Nobody in this data set rated 10 films"):
        load_folder(folder, 2, 10)


def test_the_package_has_a_movielens_set() -> None:
    """Titles carry their year, as in the folder; a film without one has a name all the same."""
    found = load_packaged(70, 30)

    assert len(found.people) == 70
    assert found.films["film-1"].title == "Toy Story (1995)"
    assert "Comedy" in found.films["film-1"].genres
    assert all(film.title for film in found.films.values())
