"""What the points of foreign players must have earned: their playbacks, folded anew.

A point earns by all points before it. So an hour is folded together with the hours before it, and
what a playback reached in it must be a row. Only where a row is missing the table of playback
states is asked, which knows more than these hours: what was earned before them, and which points
the recorder has taken in.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import replace
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import Final

from ingestion.application.deriving import DerivedBatch, derive_all, unpack_all
from ingestion.application.folding import fold_points
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.record_playback import derive_playback
from ingestion.application.remembered_states import RememberedStates
from ingestion.domain.conservation import Digest, digest
from ingestion.domain.folding import Point
from ingestion.domain.message import Message
from ingestion.domain.parsing import AnyActivity, is_point
from ingestion.domain.playback import EventType
from ingestion.domain.playback_state import MAX_PLAYBACKS, Playback, PlaybackState, state_key
from ingestion.domain.point import PointActivity

LEAD_IN_HOURS: Final = 3
"""As long as a film: how far back the points are read that an hour is folded with."""

# As many as a batch of the event source mapping has records.
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Owed:
    """An interaction that a playback reached, whose row has to be there.

    Attributes:
        message: The point that brought it, without its body.
        state_key: Which points were folded.
        row: See `played_key`.
    """

    message: Message
    state_key: str
    playback_id: str
    event_type: EventType
    row: Digest


def point_key(point: PointActivity) -> Digest:
    """Which points are folded together."""
    return digest("points", state_key(point))


def played_key(visit_id: str, item_id: str, playback_id: str, event_type: str) -> Digest:
    """What a playback earns once."""
    return digest("played", visit_id, item_id, playback_id, event_type)


class Refolding:
    """Folds hour after hour, those of the lead-in first."""

    def __init__(self, rules: PlaybackRules, among: frozenset[Digest]) -> None:
        self._rules = rules
        self._among = among
        self._states = RememberedStates()

    def fold(
        self, messages: Iterable[Message], was_taken: Callable[[Message], bool]
    ) -> Iterator[Owed]:
        """Fold the points among the messages of an hour, and tell what they earned.

        Args:
            messages: In the order of the archive.
            was_taken: Whether a message went to its playback, and is not set aside or on its way.
        """
        for some in batched(messages, _AT_ONCE, strict=False):
            batch = self._points(some, was_taken)
            folded, remembering = fold_points(batch, self._rules, self._states)
            for each in remembering:
                self._states.save(each.state)
            yield from _earned(folded)

    def _points(
        self, messages: Sequence[Message], was_taken: Callable[[Message], bool]
    ) -> DerivedBatch:
        taken = [
            each for each in unpack_all(messages) if isinstance(each, Message) and was_taken(each)
        ]
        batch = derive_all(taken, partial(derive_playback, rules=self._rules))
        points = [each for each in batch.derived if self._is_meant(each.received.activity)]
        return replace(batch, derived=tuple(points))

    def _is_meant(self, activity: AnyActivity) -> bool:
        return isinstance(activity, PointActivity) and point_key(activity) in self._among

    def seen(self, owed: Owed) -> Playback:
        """All that was folded of a playback."""
        return self._states.states[owed.state_key].playback(owed.playback_id)


def _earned(batch: DerivedBatch) -> Iterator[Owed]:
    points = ((each.received, each.rows) for each in batch.derived)
    return (
        _owed(received, row.interaction.event_type)
        for received, rows in points
        if is_point(received)
        for row in rows
        if row.to_send
    )


def _owed(received: Point, event_type: EventType) -> Owed:
    point = received.activity
    message = replace(received.message, body=b"", common=b"")
    row = played_key(point.visit_id, point.item_id, point.playback_id, event_type)
    return Owed(message, state_key(point), point.playback_id, event_type, row)


def is_lost(
    owed: Owed, seen: Playback, state: PlaybackState | None, *, is_remembered: bool
) -> bool | None:
    """Whether a missing row is a loss; None when nobody can tell.

    Args:
        owed: What has no row.
        seen: All of its playback that was read.
        state: What the table has of it.
        is_remembered: Whether the table must still have it.
    """
    if state is None:
        return True if is_remembered else None
    known = state.playbacks.get(owed.playback_id)
    if known is None:
        return None if len(state.playbacks) >= MAX_PLAYBACKS else True
    if known.unknown(seen.moments):
        return True  # a point never came to its playback
    if owed.event_type not in known.emitted:
        return None  # the recorder had all these points and judged otherwise, by rules of its day
    # What began before the hours that were read may have earned it there; else the row has gone.
    return known.began >= seen.moments[0].order
