"""The rule: from a rating to a viewing."""

import pytest

from local.demo.ratings import Rating
from local.demo.viewing import (
    MINUTE_MS,
    Quirk,
    Viewing,
    completion,
    length_ms,
    new_player,
    perform,
    preview,
    quirk_of,
    viewings_of,
)
from tests.unit.local.demo.people import a_film

IDENTITY = {"user_id": "viewer-1", "visit_id": "visit-1", "item_id": "film-1"}
FILM = a_film(1)
PEOPLE = range(1, 200)


@pytest.mark.parametrize(
    ("stars", "least", "most"), [(5.0, 1.0, 1.0), (3.0, 0.55, 0.75), (1.0, 0.05, 0.26)]
)
def test_completion_follows_the_rating(stars: float, least: float, most: float) -> None:
    """Five stars are watched to the end, three to two thirds, one is given up early."""
    found = [completion(person, Rating(FILM, stars)) for person in PEOPLE]

    assert min(found) >= least
    assert max(found) <= most


def test_the_same_rating_is_the_same_viewing_every_time() -> None:
    """Chance is a hash of person and film."""
    rating = Rating(FILM, 3.0)

    assert viewings_of(7, rating) == viewings_of(7, rating)
    assert len({completion(person, rating) for person in PEOPLE}) > 100


def test_a_film_lasts_twenty_to_sixty_minutes() -> None:
    """Whole seconds, invented by the film alone."""
    lengths = [length_ms(a_film(number)) for number in range(500)]

    assert min(lengths) >= 20 * MINUTE_MS
    assert max(lengths) <= 60 * MINUTE_MS
    assert all(length % 1000 == 0 for length in lengths)


def test_most_viewings_are_plain_and_every_quirk_occurs() -> None:
    """A newcomer finds one of each in a day."""
    found = [quirk_of(person, a_film(number)) for person in PEOPLE for number in range(20)]

    assert set(found) == set(Quirk)
    assert found.count(Quirk.PLAIN) > len(found) / 2


def test_two_sittings_share_a_film() -> None:
    """The second begins where the first ended."""
    rating = Rating(FILM, 5.0)
    sittings = [viewings_of(person, rating) for person in PEOPLE]

    first, second = next(each for each in sittings if len(each) == 2)

    assert first.goal_ms == second.from_ms
    assert second.goal_ms == length_ms(FILM)
    assert second.is_resumed


@pytest.mark.parametrize("quirk", list(Quirk))
def test_a_viewing_ends_where_it_should(quirk: Quirk) -> None:
    """Whatever comes between."""
    viewing = Viewing(FILM, 0, 15 * MINUTE_MS, quirk)
    player = new_player(viewing, IDENTITY, "playback-1", 0)

    perform(viewing, player, "user")

    assert player.position_ms == 15 * MINUTE_MS
    assert player.activities[-1]["type"] == "exit"


def test_a_skip_is_not_watched_and_a_rewind_only_once_more() -> None:
    """Unique seconds are what the interactions depend on."""
    unique = {
        quirk: _totals(quirk)["unique_s"] for quirk in (Quirk.PLAIN, Quirk.SKIP, Quirk.REWIND)
    }

    assert unique[Quirk.SKIP] < unique[Quirk.PLAIN] == unique[Quirk.REWIND]
    assert _totals(Quirk.REWIND)["watched_s"] > unique[Quirk.REWIND]


def test_nobody_asked_for_a_preview() -> None:
    """It plays hidden and is over at once."""
    player = new_player(Viewing(FILM, 0, 0, Quirk.PREVIEW), IDENTITY, "playback-1", 0)

    preview(player)

    assert player.activities[-1]["totals"]["start"] == "hidden_autoplay"
    assert player.activities[-1]["totals"]["unique_s"] < 60


def _totals(quirk: Quirk) -> dict[str, float]:
    viewing = Viewing(FILM, 0, 15 * MINUTE_MS, quirk)
    player = new_player(viewing, IDENTITY, "playback-1", 0)
    perform(viewing, player, "user")
    return player.activities[-1]["totals"]
