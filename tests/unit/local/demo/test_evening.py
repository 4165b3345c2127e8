"""The three films are watched by somebody who has the time, and end now."""

import json
from itertools import pairwise

from local.demo.day import whole_day
from local.demo.evening import free_viewers, watched_until
from local.demo.viewers import user_id, viewer
from tests.support.builders import NOW_MS
from tests.unit.local.demo.people import a_film, people

FILMS = (a_film(1), a_film(2), a_film(3))
HOURS_MS = 3 * 3_600_000


def test_free_viewers_watched_nothing_in_the_last_hours() -> None:
    """And they are signed in, and may be used as an example."""
    everybody = people()
    day = whole_day(everybody, NOW_MS)

    free = free_viewers(everybody, day)

    late = {each.activity.get("user_id") for each in day if each.at_ms > NOW_MS - HOURS_MS}
    ordinary = {each for n, each in enumerate(everybody) if viewer(n, each).is_ordinary}
    assert free
    assert not {user_id(each) for each in free} & late
    assert set(free) <= ordinary


def test_three_films_follow_each_other_and_end_now() -> None:
    """All in one visit, each to its end."""
    messages = watched_until(NOW_MS, people()[0], FILMS)
    activities = [json.loads(each.body) for each in messages]
    times = [each["occurred_at_ms"] for each in activities]

    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[-1] == NOW_MS
    assert [each["item_id"] for each in activities if each["type"] == "ended"] == [
        film.item_id for film in FILMS
    ]
    assert len({each["visit_id"] for each in activities}) == 1
