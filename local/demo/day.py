"""A viewer's day: ratings become viewings, viewings become visits, and the last visit ends now."""

from collections.abc import Iterable, Iterator, Sequence
from copy import replace
from dataclasses import dataclass
from typing import Any, Final

from local.demo import chance
from local.demo.opinions import Comment, commented, comments, opinions
from local.demo.ratings import Person, Rating
from local.demo.viewers import Viewer, viewer
from local.demo.viewing import (
    MINUTE_MS,
    SECOND_MS,
    Quirk,
    Viewing,
    new_player,
    perform,
    preview,
    viewings_of,
)

DAY_MS: Final = 24 * 60 * MINUTE_MS
_LONGEST_VISIT: Final = 5
# Not everybody is still watching when the day ends.
_EARLIEST_END_MS: Final = 5 * 60 * MINUTE_MS
_RECOMMENDED, _PLAYED_NEXT = 0.35, 0.3
_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Told:
    """An activity and when it really happened.

    Attributes:
        activity: As the contract has it, with the time of the device's own clock.
        at_ms: The true time, epoch milliseconds.
    """

    activity: dict[str, Any]
    at_ms: int


def whole_day(people: Iterable[Person], ended_at_ms: int) -> list[Told]:
    """Give everything that people tell in the day that ends at a time, in order of time."""
    viewers = [viewer(number, person) for number, person in enumerate(people)]
    days = [day_of(each, ended_at_ms) for each in viewers]
    told = [each for day in days for each in day]
    ordinary = [pair for pair in zip(viewers, days, strict=True) if pair[0].is_ordinary]
    told += _comments(ordinary)
    return sorted(told, key=lambda each: (each.at_ms, each.activity["activity_id"]))


def day_of(who: Viewer, ended_at_ms: int) -> list[Told]:
    """Give what one viewer tells in the day before a time, in order of time."""
    activities = _Day(who).activities()
    latest_ms = max(activity["occurred_at_ms"] for activity in activities)
    tail_ms = int(chance.share(who.person.person_id, "tail") * _EARLIEST_END_MS)
    shift_ms = ended_at_ms - tail_ms - latest_ms
    moved = [Told(each, each["occurred_at_ms"] + shift_ms) for each in activities]
    inside = _without_begun_before(moved, ended_at_ms - DAY_MS)
    return [_as_clocked(told, who.clock_error_ms, ended_at_ms) for told in inside]


def _without_begun_before(told: Sequence[Told], began_at_ms: int) -> list[Told]:
    """Leave out what began on another day, whole viewings at a time."""
    before = {each.activity.get("playback_id") for each in told if each.at_ms < began_at_ms}
    return [
        each
        for each in told
        if each.at_ms >= began_at_ms and each.activity.get("playback_id", "") not in before
    ]


def _as_clocked(told: Told, error_ms: int, ended_at_ms: int) -> Told:
    """Date an activity by the clock of the device.

    A tracker whose clock is wrong is corrected by the time at which it sent. Opinions come from
    the service's own application, whose clock is right.
    """
    activity = told.activity | {"occurred_at_ms": told.at_ms}
    if error_ms and activity["kind"] == "playback":
        activity |= {
            "occurred_at_ms": told.at_ms + error_ms,
            "sent_at_ms": ended_at_ms + error_ms,
        }
    return replace(told, activity=activity)


class _Day:
    """One viewer's day from midnight on, on a clock that begins at 0."""

    def __init__(self, who: Viewer) -> None:
        self._who = who
        self._person_id = who.person.person_id
        self._clock_ms = 0
        self._told: list[dict[str, Any]] = []
        self._unfinished: list[Viewing] = []

    def activities(self) -> list[dict[str, Any]]:
        number = -1
        for number, ratings in enumerate(_visits(self._who.person)):
            self._visit(number, ratings)
        if self._unfinished:
            self._visit(number + 1, ())
        return self._told

    def _visit(self, number: int, ratings: Sequence[Rating]) -> None:
        resumed, self._unfinished = self._unfinished, []
        visit_id = f"visit-{chance.token(self._person_id, number, 'visit')}"
        context = self._context(visit_id, ratings)
        for viewing in resumed:
            self._view(viewing, self._identity(visit_id, viewing), "user")
        for position, rating in enumerate(ratings):
            first, *rest = viewings_of(self._person_id, rating)
            self._unfinished += rest
            identity = self._identity(visit_id, first) | context
            self._view(first, identity, self._start(position, rating))
            self._told += opinions(identity, self._person_id, rating, self._clock_ms)
        self._clock_ms += int(chance.between(20, 70, visit_id) * MINUTE_MS)

    def _identity(self, visit_id: str, viewing: Viewing) -> dict[str, Any]:
        """Who watches what; the guest who signs in does so after the first viewing."""
        consent = {} if self._who.consent is None else {"consent": self._who.consent}
        return {
            **self._who.identity(signed_in=self._who.signs_in and bool(self._told)),
            "visit_id": visit_id,
            "item_id": viewing.film.item_id,
            **consent,
        }

    def _context(self, visit_id: str, ratings: Sequence[Rating]) -> dict[str, Any]:
        """What led to a visit: for some a row of recommendations, with all that it showed."""
        if not ratings or chance.share(visit_id, "recommended") >= _RECOMMENDED:
            return {}
        others = [chance.one_of(self._who.person.ratings, visit_id, n) for n in range(_SHOWN)]
        shown = [rating.film.item_id for rating in (*ratings, *others)]
        return {
            "recommendation_id": f"RID-{chance.token(visit_id, 'recommendation')}",
            "impressions": list(dict.fromkeys(shown)),
            "event_source": "home-row",
        }

    def _start(self, position: int, rating: Rating) -> str:
        drawn = chance.share(self._person_id, rating.film.film_id, "start")
        return "autoplay" if position and drawn < _PLAYED_NEXT else "user"

    def _view(self, viewing: Viewing, identity: dict[str, Any], start: str) -> None:
        if viewing.quirk is Quirk.PREVIEW:
            player = new_player(viewing, identity, self._playback_id(viewing, "h"), self._clock_ms)
            preview(player)
            self._done(player.activities, player.elapsed_ms)
        part = "b" if viewing.is_resumed else "a"
        player = new_player(viewing, identity, self._playback_id(viewing, part), self._clock_ms)
        perform(viewing, player, start)
        self._done(player.activities, player.elapsed_ms)

    def _playback_id(self, viewing: Viewing, part: str) -> str:
        return f"p-{chance.token(self._person_id, viewing.film.film_id)}{part}"

    def _done(self, activities: list[dict[str, Any]], took_ms: int) -> None:
        self._told += activities
        self._clock_ms += took_ms + 20 * SECOND_MS


def _visits(person: Person) -> Iterator[Sequence[Rating]]:
    """Yield ratings visit by visit, one to five at a time."""
    begin = 0
    while begin < len(person.ratings):
        length = 1 + int(chance.share(person.person_id, begin, "visit") * _LONGEST_VISIT)
        yield person.ratings[begin : begin + length]
        begin += length


def _comments(days: Iterable[tuple[Viewer, Sequence[Told]]]) -> Iterator[Told]:
    """Yield the comments, each by the first viewer left who would write it."""
    left = list(days)
    for comment in comments():
        for who, day in left:
            found = _watched(who, day, comment)
            if found is not None:
                identity = {key: found.activity[key] for key in ("user_id", "visit_id", "item_id")}
                at_ms = found.at_ms + SECOND_MS
                yield Told(commented(comment, identity, at_ms), at_ms)
                left.remove((who, day))
                break


def _watched(who: Viewer, day: Sequence[Told], comment: Comment) -> Told | None:
    """Find the last thing that somebody did with a film which the comment fits to."""
    fitting = {rating.film.item_id for rating in who.person.ratings if comment.fits(rating)}
    return next((told for told in reversed(day) if told.activity["item_id"] in fitting), None)
