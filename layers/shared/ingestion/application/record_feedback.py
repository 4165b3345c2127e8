"""Record what people say of items: feedback → the verdict that stands, and a `Like` or nothing.

What is to be sent is held for the settle delay first and then decided again, because Personalize
cannot forget an interaction (ADR 0017).
"""

from collections.abc import Iterable, Sequence
from copy import replace
from dataclasses import dataclass
from functools import partial

from ingestion.application.deriving import Derived, DerivedBatch, derive_all
from ingestion.application.outcome import Disposition, Outcome
from ingestion.application.reading_comments import with_sentiments
from ingestion.application.recording import RecorderPorts, record
from ingestion.application.side_by_side import side_by_side
from ingestion.domain.archive import ActivityBatch
from ingestion.domain.comment import is_comment
from ingestion.domain.feedback import (
    FeedbackThresholds,
    Verdict,
    judge,
    message_to_hold,
    verdict_of,
)
from ingestion.domain.interaction import (
    Columns,
    Interaction,
    interaction_of_feedback,
    with_columns,
)
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.message import Message
from ingestion.domain.parsing import (
    AnyFeedback,
    ClockWindow,
    ReceivedActivity,
    is_feedback,
    parse_activity,
)
from ingestion.domain.redacting import without_words
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.ports import (
    ActivityArchive,
    SentimentDetector,
    SettlingQueue,
    TimeLeft,
    VerdictStore,
)


@dataclass(frozen=True, slots=True)
class FeedbackRules:
    """The settings of the rules.

    Attributes:
        settle_delay_s: How long an interaction is held before it is sent; 0 sends it at once.
        sends_dislikes: Whether a dislike becomes an interaction too.
        keeps_words: Whether the archive keeps what people wrote, not only its length.
    """

    window: ClockWindow
    thresholds: FeedbackThresholds
    columns: Columns
    settle_delay_s: int = 0
    sends_dislikes: bool = False
    keeps_words: bool = False


@dataclass(frozen=True, slots=True)
class FeedbackPorts:
    """What feedback needs of the world, beside what both recorders need.

    Attributes:
        sentiments: Who reads comments; None leaves them unread.
    """

    recorder: RecorderPorts
    activities: ActivityArchive
    verdicts: VerdictStore
    settling: SettlingQueue
    sentiments: SentimentDetector | None = None


def record_feedback(
    messages: Sequence[Message],
    *,
    rules: FeedbackRules,
    ports: FeedbackPorts,
    time_left: TimeLeft,
) -> Outcome:
    """Record the feedback of one batch of either queue, of new messages or of settled ones.

    Raises:
        TransientError, MisconfiguredError: See `record`; the batch is then delivered again.
    """
    batch = derive_all(messages, partial(derive_feedback, rules=rules))
    batch = batch if rules.keeps_words else _without_words(batch)
    _archive_raw(batch.messages, ports)
    understood = _understood(batch, rules, ports, time_left)
    standing = _only_last_words(understood, ports.verdicts)
    ready = _without_unsettled(standing, rules.settle_delay_s, ports.settling)
    return record(ready, ports=ports.recorder, time_left=time_left)


def derive_feedback(message: Message, rules: FeedbackRules) -> Derived | Rejection:
    """What one message of the queue earns, were it the last word."""
    received = parse_activity(message, rules.window)
    if isinstance(received, Rejection):
        return received
    if not (is_feedback(received) or is_comment(received)):
        return Rejection(message, RejectionReason.SCHEMA, "playback_in_the_feedback_queue")
    if received.activity.is_private or is_comment(received):
        return Derived(received)
    return _derive_opinion(received, rules)


def _derive_opinion(received: ReceivedActivity[AnyFeedback], rules: FeedbackRules) -> Derived:
    judgement = judge(received.activity, rules.thresholds)
    earned = interaction_of_feedback(received, judgement, sends_dislikes=rules.sends_dislikes)
    rows = () if earned is None else (_row(earned, received, rules),)
    return Derived(received, rows, verdict_of(received, judgement))


def _without_words(batch: DerivedBatch) -> DerivedBatch:
    """The batch as it may be kept: archive and rejections look at its messages."""
    return replace(
        batch,
        messages=tuple(map(without_words, batch.messages)),
        rejections=tuple(
            replace(each, message=without_words(each.message)) for each in batch.rejections
        ),
    )


def _archive_raw(messages: Sequence[Message], ports: FeedbackPorts) -> None:
    """Keep what arrived; what has settled was kept at its first arrival."""
    raw = [ActivityBatch((message,)) for message in messages if not message.has_settled]
    side_by_side(ports.activities.store, raw, at_once=ports.recorder.concurrent_calls)


def _understood(
    batch: DerivedBatch, rules: FeedbackRules, ports: FeedbackPorts, time_left: TimeLeft
) -> DerivedBatch:
    """The batch with the sentiment of its comments, if anybody reads them."""
    if ports.sentiments is None:
        return batch
    derive = partial(_derive_opinion, rules=rules)
    return with_sentiments(batch, detector=ports.sentiments, time_left=time_left, derive=derive)


def _row(
    earned: Interaction, received: ReceivedActivity[AnyFeedback], rules: FeedbackRules
) -> InteractionRow:
    return InteractionRow(with_columns(earned, rules.columns), received, to_send=True)


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


def _without_unsettled(batch: DerivedBatch, delay_s: int, settling: SettlingQueue) -> DerivedBatch:
    """The batch without what has to settle first; that is held and comes again.

    What cannot be held fails, and its first message comes again. To hold one twice does no harm:
    its interaction has the same event id both times.
    """
    if not delay_s:
        return batch
    held = _first_tellings(batch.derived)
    not_taken = settling.hold(list(held.values()), delay_s=delay_s)

    def as_it_settles(derived: Derived) -> Derived:
        if not _has_to_settle(derived):
            return derived
        message_id = derived.received.message.id
        if message_id not in held:
            return replace(derived, rows=(), is_superseded=True)
        end = Disposition.FAILED if message_id in not_taken else Disposition.SETTLING
        return replace(derived, rows=(), end=end)

    return replace(batch, derived=tuple(map(as_it_settles, batch.derived)))


def _has_to_settle(derived: Derived) -> bool:
    return bool(derived.rows) and not derived.received.message.has_settled


def _first_tellings(derived: Iterable[Derived]) -> dict[str, Message]:
    """What to hold, by message id: of a feedback that was told twice the first message."""
    first: dict[str, Message] = {}
    for each in filter(_has_to_settle, derived):
        first.setdefault(each.rows[0].interaction.event_id, message_to_hold(each.received))
    return {message.id: message for message in first.values()}
