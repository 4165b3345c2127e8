"""What was acknowledged, and where each of it has to end."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ingestion.application.outcome import Disposition
from ingestion.domain.interaction import Interaction


class Kind(StrEnum):
    """What a message is, and so where it may end."""

    WATCHED = "watched"  # earns one interaction
    QUIET = "quiet"  # earns none
    FOREIGN = "foreign"  # a point of another player, earns one
    JUNK = "junk"  # can never be understood
    REFUSED = "refused"  # earns one that Personalize refuses


# A message that is delivered again may then have been told before: by itself, or by a copy.
ENDS: Final[Mapping[Kind, Collection[Disposition]]] = {
    Kind.WATCHED: {Disposition.RECORDED, Disposition.SUPERSEDED},
    Kind.QUIET: {Disposition.NO_INTERACTION, Disposition.SUPERSEDED},
    Kind.FOREIGN: {Disposition.RECORDED, Disposition.SUPERSEDED, Disposition.NO_INTERACTION},
    Kind.JUNK: {Disposition.REJECTED},
    Kind.REFUSED: {Disposition.REJECTED, Disposition.SUPERSEDED},
}

type Earned = tuple[str | None, str, str]
"""User, item and event type: in the tests each playback is of an item of its own."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message that was told.

    Attributes:
        key: Who it is about and what it earns.
        is_first: Whether nothing told the same before it.
    """

    kind: Kind
    key: Earned
    is_first: bool


@dataclass
class Ledger:
    """Everything that was acknowledged, in the order of the stream.

    Attributes:
        records: Origin and id of each record.
        messages: What each message in them is, by its id.
        ends: Where each message last ended.
    """

    records: list[tuple[str, str]] = field(default_factory=list)
    messages: dict[str, Told] = field(default_factory=dict)
    ends: dict[str, Disposition] = field(default_factory=dict)
    _keys: set[Earned] = field(default_factory=set)

    def note(self, message_id: str, kind: Kind, key: Earned) -> None:
        """A message was acknowledged."""
        self.messages[message_id] = Told(kind, key, key not in self._keys)
        self._keys.add(key)

    def of_kind(self, *kinds: Kind) -> dict[str, Told]:
        """The messages of some kinds."""
        return {each: told for each, told in self.messages.items() if told.kind in kinds}

    @property
    def earned(self) -> list[Earned]:
        """What Personalize has to train on: each once, in the order of the stream."""
        told = self.of_kind(Kind.WATCHED, Kind.FOREIGN).values()
        return [each.key for each in told if each.is_first]

    def assert_ends_fit(self, given_up: Collection[str]) -> None:
        """Each message ended as its kind demands; what was given up may have ended nowhere."""
        for message_id, told in self.messages.items():
            end = self.ends.get(message_id)
            if end is None or end is Disposition.FAILED:
                assert message_id.partition(".")[0] in given_up, f"{message_id} is lost: {told}"
            else:
                assert end in ENDS[told.kind], f"{message_id} ended as {end}: {told}"


def key_of(interaction: Interaction) -> Earned:
    """What a ledger knows an interaction by."""
    return interaction.user_id, interaction.item_id, str(interaction.event_type)


def assert_in_order(trained_on: Sequence[Earned], told: Sequence[Earned]) -> None:
    """First sends of a user come in the order of the stream."""
    place = {key: at for at, key in enumerate(told)}
    last: dict[str | None, int] = {}
    for key in trained_on:
        at = place.get(key)
        if at is None:
            continue
        assert last.get(key[0], -1) < at, f"{key} was overtaken"
        last[key[0]] = at
