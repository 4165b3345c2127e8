"""Fold the points of a batch over what is remembered of their playbacks.

Read → fold → (the recorder archives and sends) → remember. The state is written last, so a crash
in between repeats the same interactions under the same event ids and loses none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import replace
from dataclasses import dataclass

from ingestion.application.deriving import Derived, DerivedBatch, Fault, attempt
from ingestion.application.outcome import Disposition, Outcome
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.side_by_side import side_by_side
from ingestion.domain.folding import Earned, Folded, Point, fold
from ingestion.domain.interaction import interaction_of_playback, with_columns
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.parsing import is_point
from ingestion.domain.playback_state import PlaybackState, state_key
from ingestion.ports import PlaybackStates


@dataclass(frozen=True, slots=True)
class Remembering:
    """What is to be remembered once a batch has been sent.

    Attributes:
        state: The state to store.
        message_ids: The messages that it stands for: they end well only when it is stored.
    """

    state: PlaybackState
    message_ids: frozenset[str]


def fold_points(
    batch: DerivedBatch, rules: PlaybackRules, states: PlaybackStates
) -> tuple[DerivedBatch, tuple[Remembering, ...]]:
    """The batch with what its points earn, and what is to be remembered of them.

    Raises:
        TransientError: The states cannot be read; the batch is delivered again.
    """
    points = _points_by_key(batch)
    if not points:
        return batch, ()
    known = states.load(tuple(points))
    results = {key: attempt(_fold, known, key, points[key], rules) for key in points}
    faults = {
        message_id: result
        for key, result in results.items()
        if isinstance(result, Fault)
        for message_id in _message_ids(points[key])
    }
    folded = {key: result for key, result in results.items() if isinstance(result, Folded)}
    remembering = (
        Remembering(each.state, _message_ids(points[key]))
        for key, each in folded.items()
        if each.is_news
    )
    return _with_folded(_without_faulty(batch, faults), folded.values(), rules), tuple(remembering)


def _points_by_key(batch: DerivedBatch) -> dict[str, list[Point]]:
    """The points that their viewers allow to be used, by the key of their state."""
    by_key: defaultdict[str, list[Point]] = defaultdict(list)
    for derived in batch.derived:
        received = derived.received
        if is_point(received) and not received.activity.is_private:
            by_key[state_key(received.activity)].append(received)
    return by_key


def _fold(
    known: Mapping[str, PlaybackState], key: str, points: Sequence[Point], rules: PlaybackRules
) -> Folded:
    """Fold, as of the arrival of the newest point; what is older than the window never comes."""
    now_s = max(point.message.arrived_at_ms for point in points) // 1000
    state = known.get(key, PlaybackState(key)).as_of(now_s)
    folded = fold(state, points, rules.thresholds)
    until_s = now_s + rules.window.max_lateness_s + rules.window.max_skew_s
    expires_at_s = max(state.expires_at_s, until_s)
    return replace(folded, state=replace(folded.state, expires_at_s=expires_at_s))


def _message_ids(points: Iterable[Point]) -> frozenset[str]:
    return frozenset(point.message.id for point in points)


def _without_faulty(batch: DerivedBatch, faults: Mapping[str, Fault]) -> DerivedBatch:
    """The batch with rejections in the place of the points that we failed to fold."""
    messages = (each.received.message for each in batch.derived)
    rejections = [faults[m.id].rejection_of(m) for m in messages if m.id in faults]
    return replace(
        batch,
        derived=tuple(each for each in batch.derived if each.received.message.id not in faults),
        rejections=(*batch.rejections, *rejections),
    )


def _with_folded(
    batch: DerivedBatch, folded: Iterable[Folded], rules: PlaybackRules
) -> DerivedBatch:
    """The batch in which each point has the rows that it brought, and knows if it was repeated."""
    rows: defaultdict[str, list[InteractionRow]] = defaultdict(list)
    repeated: set[str] = set()
    for each in folded:
        repeated |= each.repeated
        for earned in each.earned:
            rows[earned.point.message.id].append(_row(earned, rules))

    def as_folded(derived: Derived) -> Derived:
        message_id = derived.received.message.id
        return replace(
            derived,
            rows=(*derived.rows, *rows[message_id]),
            is_superseded=derived.is_superseded or message_id in repeated,
        )

    return replace(batch, derived=tuple(map(as_folded, batch.derived)))


def _row(earned: Earned, rules: PlaybackRules) -> InteractionRow:
    interaction = interaction_of_playback(earned.point, earned.totals, earned.event_type)
    return InteractionRow(
        with_columns(interaction, rules.columns), earned.point, earned.is_new, earned.totals
    )


def remember(
    remembering: Sequence[Remembering], outcome: Outcome, states: PlaybackStates, *, at_once: int
) -> Outcome:
    """Store the states of what was sent; what is not stored is delivered again, and folded anew.

    Raises:
        TransientError: A state cannot be written; the batch is delivered again.
    """
    failed = {message.id for message, end in outcome.dispositions if end is Disposition.FAILED}
    sent = [each for each in remembering if not each.message_ids & failed]
    stored = side_by_side(states.save, [each.state for each in sent], at_once=at_once)
    kept = {each.state.key for each, is_stored in zip(sent, stored, strict=True) if is_stored}
    again = (each.message_ids for each in remembering if each.state.key not in kept)
    return outcome.failing(frozenset[str]().union(*again))
