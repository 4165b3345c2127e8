"""What the points of foreign players must have earned: their playbacks, folded anew.

A point earns by all points before it. So the points of an hour are folded together with those of
the hours before it, playback by playback, and what a playback reached in the hour must be a row.
Only where a row is missing the table of playback states is asked, which knows more than these
hours: what was earned before them, and which points the recorder has taken in.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import replace
from dataclasses import dataclass
from functools import partial
from typing import Final

from ingestion.application.deriving import DerivedBatch, derive_all
from ingestion.application.folding import fold_points
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.record_playback import derive_playback
from ingestion.application.remembered_states import RememberedStates
from ingestion.domain.conservation import Digest, digest
from ingestion.domain.folding import Point
from ingestion.domain.message import Message
from ingestion.domain.parsing import ClockWindow, is_point
from ingestion.domain.playback import EventType
from ingestion.domain.playback_state import MAX_PLAYBACKS, Playback, PlaybackState, state_key
from ingestion.domain.point import PointActivity

LEAD_IN_HOURS: Final = 3
"""As long as a film: how far back the points are read that an hour is folded with."""


@dataclass(frozen=True, slots=True)
class Owed:
    """An interaction that a playback reached, whose row has to be there.

    Attributes:
        message: The point that brought it, without its body.
        points: Which points were folded; see `point_key`.
        state_key: The same, as the table of playback states names them.
        row: See `played_key`.
        seen: All that was read of the playback.
    """

    message: Message
    points: Digest
    state_key: str
    playback_id: str
    event_type: EventType
    row: Digest
    seen: Playback


def point_key(point: PointActivity) -> Digest:
    """Which points are folded together."""
    return digest("points", state_key(point))


def played_key(visit_id: str, item_id: str, playback_id: str, event_type: str) -> Digest:
    """What a playback earns once."""
    return digest("played", visit_id, item_id, playback_id, event_type)


def kept_ms(window: ClockWindow) -> int:
    """How long a state is kept after the arrival of its last point; see `folding`."""
    return (window.max_lateness_s + window.max_skew_s) * 1000


def owed_by(
    before: Iterable[Message], within: Iterable[Message], rules: PlaybackRules
) -> Sequence[Owed]:
    """What the points of one key earned within an hour.

    All of them are folded at once, and not in batches: what the borders of batches showed too soon
    has a row as well, and is asked for by nobody.

    Args:
        before: Those of the hours before it.
        within: Those of the hour.
        rules: Today's.
    """
    states = RememberedStates()
    for _ in _fold(before, rules, states):
        pass  # what was earned then is owed by the hours before
    return [
        _owed(received, row.interaction.event_type, states)
        for batch in _fold(within, rules, states)
        for received, rows, *_ in batch.derived
        if is_point(received)
        for row in rows
        if row.to_send
    ]


def _fold(
    messages: Iterable[Message], rules: PlaybackRules, states: RememberedStates
) -> Iterator[DerivedBatch]:
    """Fold at once what arrived while a state was kept; where it expired another begins."""
    waiting = sorted(messages, key=lambda message: message.arrived_at_ms)
    while waiting:
        until_ms = _kept_until_ms(states, waiting[0].arrived_at_ms, rules.window)
        some = [each for each in waiting if each.arrived_at_ms < until_ms]
        waiting = waiting[len(some) :]
        yield _fold_some(some, rules, states)


def _kept_until_ms(states: RememberedStates, now_ms: int, window: ClockWindow) -> int:
    known_ms = max((each.expires_at_s for each in states.states.values()), default=0) * 1000
    return known_ms if now_ms < known_ms else now_ms + kept_ms(window)


def _fold_some(
    messages: Sequence[Message], rules: PlaybackRules, states: RememberedStates
) -> DerivedBatch:
    batch = derive_all(messages, partial(derive_playback, rules=rules))
    folded, remembering = fold_points(batch, rules, states)
    for each in remembering:
        states.save(each.state)
    return folded


def _owed(received: Point, event_type: EventType, states: RememberedStates) -> Owed:
    point = received.activity
    key = state_key(point)
    return Owed(
        message=replace(received.message, body=b"", common=b""),
        points=point_key(point),
        state_key=key,
        playback_id=point.playback_id,
        event_type=event_type,
        row=played_key(point.visit_id, point.item_id, point.playback_id, event_type),
        seen=states.states[key].playback(point.playback_id),
    )


def is_lost(owed: Owed, state: PlaybackState | None) -> bool | None:
    """Whether a missing row is a loss; None when nobody can tell.

    Args:
        owed: What has no row.
        state: What the table has of it, which must still have it.
    """
    if state is None:
        return True
    known = state.playbacks.get(owed.playback_id)
    if known is None:
        return None if len(state.playbacks) >= MAX_PLAYBACKS else True
    if known.unknown(owed.seen.moments):
        return True  # a point never came to its playback
    if owed.event_type not in known.emitted:
        return None  # the recorder had all these points and judged otherwise, by rules of its day
    # What began before the hours that were read may have earned it there; else the row has gone.
    return known.began >= owed.seen.began
