"""A small world of viewers, films and days for the tests of the demo."""

from local.demo.day import whole_day
from local.demo.foreign import ForeignDay, foreign_day
from local.demo.imperfections import imperfect
from local.demo.outgoing import Outgoing, outgoing
from local.demo.ratings import Film, Person, Rating
from tests.support.builders import NOW_MS

GENRES = ("Horror", "Western", "Musical")
STARS = (0.5, 1.0, 2.0, 3.0, 4.0, 4.5, 5.0)


def a_film(number: int, *genres: str) -> Film:
    return Film(number, f"Film {number} (1999)", genres or (GENRES[number % len(GENRES)],))


def a_person(number: int, ratings: int = 12) -> Person:
    return Person(
        number,
        tuple(
            Rating(a_film(100 + (number * 7 + n) % 60), STARS[(number + n) % len(STARS)])
            for n in range(ratings)
        ),
    )


def people(count: int = 30) -> tuple[Person, ...]:
    return tuple(a_person(number) for number in range(1, count + 1))


def a_day(count: int = 30) -> list[Outgoing]:
    """Sound messages only."""
    return [outgoing(told) for told in whole_day(people(count), NOW_MS)]


def a_foreign_day() -> ForeignDay:
    """What foreign players send."""
    return foreign_day([a_film(number) for number in range(100, 160)], NOW_MS)


def an_imperfect_day(count: int = 30) -> list[Outgoing]:
    return imperfect(a_day(count), a_foreign_day().messages)
