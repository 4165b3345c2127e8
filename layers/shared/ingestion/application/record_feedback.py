"""Record what people say of items: feedback → the verdict that stands, and a `Like` or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from ingestion.application.deriving import Derived, DerivedBatch, derive_all
from ingestion.application.outcome import Outcome
from ingestion.application.recording import RecorderPorts, record
from ingestion.application.side_by_side import side_by_side
from ingestion.domain.archive import ActivityBatch, InteractionRow
from ingestion.domain.feedback import FeedbackThresholds, Verdict, judge, verdict_of
from ingestion.domain.interaction import (
    Columns,
    Interaction,
    interaction_of_feedback,
    with_columns,
)
from ingestion.domain.message import Message
from ingestion.domain.parsing import (
    AnyFeedback,
    ClockWindow,
    ReceivedActivity,
    is_feedback,
    parse_activity,
)
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.ports import ActivityArchive, TimeLeft, VerdictStore


@dataclass(frozen=True, slots=True)
class FeedbackRules:
    """The settings of the rules."""

    window: ClockWindow
    thresholds: FeedbackThresholds
    columns: Columns


@dataclass(frozen=True, slots=True)
class FeedbackPorts:
    """What feedback needs of the world, beside what both recorders need."""

    recorder: RecorderPorts
    activities: ActivityArchive
    verdicts: VerdictStore


def record_feedback(
    messages: Sequence[Message],
    *,
    rules: FeedbackRules,
    ports: FeedbackPorts,
    time_left: TimeLeft,
) -> Outcome:
    """Record the feedback of one batch of the queue.

    Raises:
        TransientError, MisconfiguredError: See `record`; the batch is then delivered again.
    """
    raw = [ActivityBatch((message,)) for message in messages]
    side_by_side(ports.activities.store, raw, at_once=ports.recorder.concurrent_calls)
    batch = derive_all(messages, partial(derive_feedback, rules=rules))
    standing = _only_last_words(batch, ports.verdicts)
    return record(standing, ports=ports.recorder, time_left=time_left)


def derive_feedback(message: Message, rules: FeedbackRules) -> Derived | Rejection:
    """What one message of the queue earns, were it the last word."""
    received = parse_activity(message, rules.window)
    if isinstance(received, Rejection):
        return received
    if not is_feedback(received):
        return Rejection(message, RejectionReason.SCHEMA, "playback_in_the_feedback_queue")
    if received.activity.is_private:
        return Derived(received)
    judgement = judge(received.activity, rules.thresholds)
    like = interaction_of_feedback(received, judgement)
    rows = () if like is None else (_row(like, received, rules),)
    return Derived(received, rows, verdict_of(received, judgement))


def _row(
    like: Interaction, received: ReceivedActivity[AnyFeedback], rules: FeedbackRules
) -> InteractionRow:
    return InteractionRow(with_columns(like, rules.columns), received, to_send=True)


def _only_last_words(batch: DerivedBatch, verdicts: VerdictStore) -> DerivedBatch:
    """The batch without what a later word on the same item, here or in the store, overtook."""
    last: dict[tuple[str, str], Verdict] = {}
    for verdict in filter(None, (derived.verdict for derived in batch.derived)):
        known = last.setdefault(verdict.subject, verdict)
        last[verdict.subject] = max(known, verdict, key=lambda each: each.order)
    overtaken = {subject for subject, verdict in last.items() if not verdicts.decide(verdict)}

    def as_it_stands(derived: Derived) -> Derived:
        verdict = derived.verdict
        if verdict is None:
            return derived
        is_last = verdict.subject not in overtaken and verdict == last[verdict.subject]
        return derived if is_last else replace(derived, rows=(), is_superseded=True)

    return replace(batch, derived=tuple(map(as_it_stands, batch.derived)))
