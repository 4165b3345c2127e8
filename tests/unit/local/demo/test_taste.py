"""Who discovers which genre is chosen by what they lack, never by what comes of it."""

from local.demo.ratings import Film, Person, Rating
from local.demo.taste import Candidate, discover, share_of
from tests.unit.local.demo.people import a_film


def films_of(genre: str, first: int, count: int) -> list[Film]:
    return [a_film(number, genre) for number in range(first, first + count)]


HORROR = films_of("Horror", 0, 20)
WESTERN = films_of("Western", 100, 20)
DRAMA = films_of("Drama", 200, 60)


def a_viewer(person_id: int, *films: Film) -> Person:
    return Person(person_id, tuple(Rating(film, 4.0) for film in films))


def a_world() -> list[Person]:
    """A fifth of the films is Horror, a fifth Western, the rest Drama."""
    return [
        *(a_viewer(number, *HORROR) for number in range(1, 4)),
        *(a_viewer(number, *WESTERN) for number in range(4, 7)),
        *(a_viewer(number, *DRAMA) for number in range(7, 10)),
        a_viewer(10, *HORROR[5:8], *DRAMA[:20]),
    ]


def test_the_share_of_a_genre() -> None:
    """Films can be of several genres, and there may be none."""
    films = [a_film(1, "Horror", "Comedy"), a_film(2, "Comedy")]

    assert share_of("Horror", films) == 0.5
    assert share_of("Horror", []) == 0.0


def test_somebody_discovers_what_they_lack() -> None:
    """Neither watched nor shown, and not a genre that half of all films are."""
    candidate = Candidate(a_viewer(20, *WESTERN[:5]), tuple(WESTERN[5:15]))

    found = discover([candidate], a_world())

    assert found is not None
    assert found.genre == "Horror"
    assert found.of_catalogue == 0.2
    assert found.gap == 0.2


def test_who_lacks_most_is_chosen() -> None:
    """What is recommended already is no discovery."""
    shown_some = Candidate(a_viewer(20, *WESTERN[:5]), tuple(HORROR[:1] + WESTERN[:9]))
    shown_none = Candidate(a_viewer(21, *WESTERN[:5]), tuple(WESTERN[:10]))

    found = discover([shown_some, shown_none], a_world())

    assert found is not None
    assert found.candidate is shown_none


def test_the_films_are_new_and_loved_by_lovers_of_the_genre() -> None:
    """Of the best known, those whose viewers watch the genre, not those that everybody saw."""
    candidate = Candidate(a_viewer(20, HORROR[0], *WESTERN[:9]), tuple(WESTERN[:10]))

    found = discover([candidate], a_world())

    assert found is not None
    assert found.films == tuple(HORROR[1:4])


def test_a_world_without_genres_has_none_to_discover() -> None:
    """Then the demo compares nothing, and says so."""
    nobody = Candidate(a_viewer(20, a_film(1, "IMAX")), ())

    assert discover([nobody], [a_viewer(1, *films_of("IMAX", 0, 30))]) is None


def test_without_candidates_there_is_no_discovery() -> None:
    """Nobody had the time."""
    assert discover([], a_world()) is None
