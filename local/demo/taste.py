"""The choice of who should discover which genre, and with which films. docs/demo.md tells the rule.

The choice looks at what was watched and what is recommended *before*; never at what comes of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from local.demo.ratings import Film, Person

# The genres of MovieLens (README of the data sets) without IMAX, which is a format.
GENRES: Final = (
    *("Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller"),
    *("War", "Western"),
)
FILMS_TO_WATCH: Final = 3
# The share of the catalogue that a genre has: with less there is not enough left to recommend, and
# with more (Drama, Comedy) it is no taste, but half of all films.
_RAREST, _COMMONEST = 0.10, 0.30
_WELL_KNOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who has time to watch something.

    Attributes:
        shown: What is recommended to them.
    """

    person: Person
    shown: tuple[Film, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """A genre that is new to somebody, and films of it to begin with.

    Attributes:
        candidate: Who discovers it.
        of_catalogue: The share of all films that are of the genre, 0..1.
        films: What to watch, in order.
    """

    candidate: Candidate
    genre: str
    of_catalogue: float
    films: tuple[Film, ...]

    @property
    def gap(self) -> float:
        """How much more of the genre there is than the viewer has watched or is shown."""
        watched = share_of(self.genre, self.candidate.person.films)
        return self.of_catalogue - max(watched, share_of(self.genre, self.candidate.shown))


def share_of(genre: str, films: Iterable[Film]) -> float:
    """Say which share of films is of a genre, 0..1; 0 for no films."""
    matches = [genre in film.genres for film in films]
    return sum(matches) / len(matches) if matches else 0.0


def discover(candidates: Sequence[Candidate], everybody: Sequence[Person]) -> Discovery | None:
    """Choose the candidate and the genre between which the gap is widest.

    Args:
        candidates: Who may be chosen.
        everybody: Whose viewing was trained on.

    Returns:
        None for a data set without genres, or too small a one.
    """
    fans = _fans(everybody)
    shares = {genre: share_of(genre, fans) for genre in GENRES}
    found = [
        Discovery(candidate, genre, share, _films_to_begin_with(genre, candidate.person, fans))
        for candidate in candidates
        for genre, share in shares.items()
        if _RAREST <= share <= _COMMONEST
    ]
    complete = [each for each in found if len(each.films) == FILMS_TO_WATCH and each.gap > 0]
    return max(complete, key=lambda each: each.gap, default=None)


type _Fans = Mapping[Film, Sequence[AbstractSet[Film]]]


def _fans(everybody: Iterable[Person]) -> _Fans:
    """For each film, what else each of its viewers watched."""
    fans: defaultdict[Film, list[AbstractSet[Film]]] = defaultdict(list)
    for person in everybody:
        for film in person.films:
            fans[film].append(frozenset(person.films) - {film})
    return fans


def _films_to_begin_with(genre: str, person: Person, fans: _Fans) -> tuple[Film, ...]:
    """Of the genre's most watched films that are new to somebody, those that its lovers watch."""
    new = [film for film in fans if genre in film.genres and film not in person.films]
    known = sorted(new, key=lambda film: (-len(fans[film]), film.film_id))[:_WELL_KNOWN]
    loved = sorted(known, key=lambda film: (-_love(genre, fans[film]), film.film_id))
    return tuple(loved[:FILMS_TO_WATCH])


def _love(genre: str, others: Sequence[AbstractSet[Film]]) -> float:
    """How much of the genre the viewers of a film watch otherwise, 0..1."""
    return sum(share_of(genre, films) for films in others) / len(others)
