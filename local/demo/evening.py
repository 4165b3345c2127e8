"""What watching changes: train, recommend, let somebody discover a genre, recommend again."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from local.demo import chance
from local.demo.day import Told
from local.demo.outgoing import Outgoing, outgoing
from local.demo.ratings import Film, Person, RatingSet
from local.demo.recommendations import Campaign, Trainer, recommend
from local.demo.screen import Screen
from local.demo.system import System
from local.demo.taste import Candidate, Discovery, discover
from local.demo.viewers import user_id, viewer
from local.demo.viewing import MINUTE_MS, Quirk, Viewing, length_ms, new_player, perform

# Three films of an hour at most, and some minutes to choose them.
_EVENING_MS: Final = 190 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Evening:
    """What three films changed for one viewer.

    Attributes:
        discovery: Who watched what.
        after: The films recommended afterwards, best first.
    """

    discovery: Discovery
    after: tuple[Film, ...]


def spend(
    system: System, ratings: RatingSet, told: Sequence[Told], screen: Screen
) -> Evening | None:
    """Let one viewer watch three films of a genre that is new to them.

    Args:
        system: The system, with the day in it.
        ratings: What the day was made of.
        told: The day.
        screen: Where to show how far it is.

    Returns:
        None for data in which there is no genre to discover.

    Raises:
        UndeliveredError, UnsettledError, TrainingError: The demo cannot go on.
    """
    with screen.stage("Trained a solution version and deployed a campaign"):
        campaign = Trainer(system.client("personalize"), system.dataset_group_arn).train()
    with screen.stage("Looked for a viewer with a genre to discover"):
        shelf = _Shelf(system, campaign, ratings)
        free = free_viewers(ratings.people, told)
        discovery = discover(
            [Candidate(each, shelf.shown_to(each)) for each in free], ratings.people
        )
    if discovery is None:
        return None
    person = discovery.candidate.person
    title = f"Let viewer {person.person_id} watch three films of the genre {discovery.genre}"
    now_ms = round(time.time() * 1000)
    system.deliver(watched_until(now_ms, person, discovery.films), screen, title)
    return Evening(discovery, shelf.shown_to(person))


class _Shelf:
    """What a campaign recommends, as films."""

    def __init__(self, system: System, campaign: Campaign, ratings: RatingSet) -> None:
        self._runtime = system.client("personalize-runtime")
        self._campaign = campaign
        self._films = ratings.films

    def shown_to(self, person: Person) -> tuple[Film, ...]:
        items = recommend(self._runtime, self._campaign, user_id(person))
        return tuple(self._films[item] for item in items)


def free_viewers(people: Sequence[Person], told: Sequence[Told]) -> list[Person]:
    """Give the ordinary viewers who watched nothing in the last hours of the day.

    Args:
        people: All viewers, in the order in which they were numbered.
        told: The day, in order of time.
    """
    ends = {each.activity.get("user_id"): each.at_ms for each in told}
    latest_ms = told[-1].at_ms - _EVENING_MS
    ordinary = [
        person for number, person in enumerate(people) if viewer(number, person).is_ordinary
    ]
    return [person for person in ordinary if ends.get(user_id(person), latest_ms) < latest_ms]


def watched_until(now_ms: int, person: Person, films: Sequence[Film]) -> list[Outgoing]:
    """Let somebody watch films to the end, one after the other, the last one until now."""
    visit_id = f"visit-{chance.token(person.person_id, 'evening')}"
    clock_ms = now_ms - sum(map(length_ms, films))
    messages: list[Outgoing] = []
    for film in films:
        viewing = Viewing(film, 0, length_ms(film), Quirk.PLAIN)
        identity = {"user_id": user_id(person), "visit_id": visit_id, "item_id": film.item_id}
        playback_id = f"p-{chance.token(visit_id, film.film_id)}"
        player = new_player(viewing, identity, playback_id, clock_ms)
        perform(viewing, player, "user")
        clock_ms += player.elapsed_ms
        messages += [outgoing(Told(each, each["occurred_at_ms"])) for each in player.activities]
    return messages
