"""Record what was watched: playback activities → `Click`, `Watch`, `Complete`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from ingestion.application.deriving import Derived, derive_all
from ingestion.application.outcome import Outcome
from ingestion.application.recording import RecorderPorts, record
from ingestion.domain.activity import PlaybackActivity
from ingestion.domain.archive import InteractionRow
from ingestion.domain.comment import without_stray_words
from ingestion.domain.interaction import (
    Column,
    interactions_of_playback,
    raised_interactions,
    with_columns,
)
from ingestion.domain.message import Message
from ingestion.domain.parsing import ClockWindow, ReceivedActivity, is_playback, parse_activity
from ingestion.domain.playback import Thresholds
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.ports import TimeLeft


@dataclass(frozen=True, slots=True)
class PlaybackRules:
    """The settings of the rules."""

    window: ClockWindow
    thresholds: Thresholds
    columns: frozenset[Column]


def record_playback(
    messages: Sequence[Message],
    *,
    rules: PlaybackRules,
    ports: RecorderPorts,
    time_left: TimeLeft,
) -> Outcome:
    """Record the playback activities of one shard.

    Raises:
        TransientError, MisconfiguredError: See `record`; the batch is then delivered again.
    """
    batch = derive_all(messages, partial(derive_playback, rules=rules))
    return record(batch, ports=ports, time_left=time_left)


def derive_playback(message: Message, rules: PlaybackRules) -> Derived | Rejection:
    """What one message of the stream earns."""
    received = parse_activity(message, rules.window)
    if isinstance(received, Rejection):
        return replace(received, message=without_stray_words(message))
    if not is_playback(received):
        stray = without_stray_words(message)
        return Rejection(stray, RejectionReason.SCHEMA, "feedback_in_the_activity_stream")
    return Derived(received, _rows(received, rules))


def _rows(
    received: ReceivedActivity[PlaybackActivity], rules: PlaybackRules
) -> tuple[InteractionRow, ...]:
    if received.activity.is_private:
        return ()
    earned = interactions_of_playback(received, rules.thresholds)
    raised = raised_interactions(received, rules.thresholds)
    return (
        *(InteractionRow(with_columns(i, rules.columns), received, to_send=True) for i in earned),
        *(InteractionRow(with_columns(i, rules.columns), received, to_send=False) for i in raised),
    )
