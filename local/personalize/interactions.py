"""The interactions of one dataset: what was streamed, what was imported, and who did it.

The rules that decide whether something is trained on twice are all here:

* An event whose id is known is accepted and never trained on (API model, `Event.eventId`).
* Of events with the same timestamp and identical properties one is kept (developer guide, on
  PutEvents, on individual and on bulk imports). The guide does not say that this holds *between* a
  streamed event and its bulk copy, so here it does not: an archive imported over a live tracker
  doubles the data, and a test can see it.
* A FULL import replaces bulk rows and leaves streamed ones alone (API model, import mode).
* Events without a user are trained on once a later event of their session names one (developer
  guide, "Recording events for anonymous users").
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import replace
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from local.personalize.service_model import Body, Json

BULK: Final = "BULK"
STREAMED: Final = "PUT"


class Receipt(StrEnum):
    """What became of an event that was accepted."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    EXACT_DUPLICATE = "exact_duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One row of an interactions dataset.

    Attributes:
        user_id: None for an event of somebody who had not signed in.
        session_id: None for a bulk row: the schema has no column for it.
        timestamp: Epoch seconds.
        other: The schema's further columns, as sorted (name, value) pairs.
        event_id: None for a bulk row.
        source: BULK or PUT, as a dataset export calls the two.
    """

    user_id: str | None
    item_id: str
    timestamp: int
    event_type: str | None = None
    event_value: float | None = None
    other: tuple[tuple[str, Json], ...] = ()
    session_id: str | None = None
    event_id: str | None = None
    source: str = STREAMED

    @property
    def identity(self) -> tuple[Json, ...]:
        """Gives everything that must be equal for two interactions to be exact duplicates."""
        person = self.user_id if self.user_id is not None else ("session", self.session_id)
        return (
            person,
            self.item_id,
            self.timestamp,
            self.event_type,
            self.event_value,
            self.other,
        )

    @property
    def person(self) -> str:
        """Names whose history it belongs to at once: before login that is the session."""
        return self.user_id or self.session_id or ""


def interaction_of(row: Body, **origin: str | None) -> Interaction:
    """Builds an interaction from the columns of the schema; `origin` sets the other fields."""
    known = ("USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE")
    other = {name: value for name, value in row.items() if name not in known and value is not None}
    return replace(
        Interaction(
            user_id=row.get("USER_ID"),
            item_id=row["ITEM_ID"],
            timestamp=int(row["TIMESTAMP"]),
            event_type=row.get("EVENT_TYPE"),
            event_value=row.get("EVENT_VALUE"),
            other=tuple(sorted(other.items())),
        ),
        **origin,
    )


class InteractionStore:
    """The rows of one interactions dataset."""

    def __init__(self) -> None:
        self._streamed: list[Interaction] = []
        self._bulk: dict[tuple[Json, ...], Interaction] = {}
        self._bulk_by_user: defaultdict[str, list[Interaction]] = defaultdict(list)
        self._event_ids: set[str] = set()
        self._identities: set[tuple[Json, ...]] = set()
        self._positions: defaultdict[str, list[int]] = defaultdict(list)

    @property
    def event_ids(self) -> frozenset[str]:
        """Gives the ids of all events taken, those of guests and of exact duplicates too."""
        return frozenset(self._event_ids)

    @property
    def length(self) -> int:
        """Counts the streamed rows, which is also the position of the next one."""
        return len(self._streamed)

    def record(self, interaction: Interaction) -> Receipt:
        """Takes a streamed event and says whether it will count."""
        if interaction.event_id in self._event_ids:
            return Receipt.REPEATED
        if interaction.event_id is not None:
            self._event_ids.add(interaction.event_id)
        if interaction.identity in self._identities:
            return Receipt.EXACT_DUPLICATE
        self._identities.add(interaction.identity)
        self._positions[interaction.person].append(len(self._streamed))
        self._streamed.append(interaction)
        return Receipt.RECORDED

    def replace_bulk(self, rows: Iterable[Interaction]) -> None:
        """Puts new bulk rows in place of all bulk rows: a FULL import."""
        self._bulk.clear()
        self._bulk_by_user.clear()
        self.append_bulk(rows)

    def append_bulk(self, rows: Iterable[Interaction]) -> None:
        """Adds bulk rows: an INCREMENTAL import."""
        for row in rows:
            if row.identity not in self._bulk:
                self._bulk[row.identity] = row
                self._bulk_by_user[row.person].append(row)

    def for_training(self) -> list[Interaction]:
        """Lists what a training would see now: bulk rows, then streamed ones with their user."""
        return [*self._bulk.values(), *linked(self._streamed)]

    def streamed_by(self, person: str, *, since: int) -> Iterator[Interaction]:
        """Yields what a person did from a position on, oldest arrival first."""
        for position in self._positions.get(person, ()):
            if position >= since:
                yield self._streamed[position]

    def streamed_from(self, position: int) -> Sequence[Interaction]:
        """Lists what was streamed from a position on, in order of arrival."""
        return self._streamed[position:]

    def of_person(self, person: str) -> list[Interaction]:
        """Lists everything known of a person, in no particular order."""
        return [*self._bulk_by_user.get(person, ()), *self.streamed_by(person, since=0)]


def linked(streamed: Sequence[Interaction]) -> list[Interaction]:
    """Gives anonymous events the user a later event of the same session names.

    Events never linked are left out: Personalize does not train on them.
    """
    in_time = sorted(range(len(streamed)), key=lambda position: streamed[position].timestamp)
    users: dict[str | None, str] = {}
    found: dict[int, Interaction] = {}
    for position in reversed(in_time):
        interaction = streamed[position]
        user_id = interaction.user_id or users.get(interaction.session_id)
        if user_id is not None:
            users[interaction.session_id] = user_id
            found[position] = replace(interaction, user_id=user_id)
    return [found[position] for position in sorted(found)]
