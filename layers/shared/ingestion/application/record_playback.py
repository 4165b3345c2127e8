"""Record what was watched: playback activities → `Click`, `Watch`, `Complete`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from ingestion.application.deriving import Derived, derive_all, unpack_all
from ingestion.application.outcome import Outcome
from ingestion.application.recording import RecorderPorts, record
from ingestion.domain.activity import PlaybackActivity
from ingestion.domain.archive import InteractionRow
from ingestion.domain.dialects.detection import NotPlayback, understand
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.interaction import (
    Column,
    interactions_of_playback,
    raised_interactions,
    with_columns,
)
from ingestion.domain.message import Message
from ingestion.domain.parsing import ClockWindow, ReceivedActivity, is_playback, is_point
from ingestion.domain.playback import Thresholds
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.ports import TimeLeft


@dataclass(frozen=True, slots=True)
class PlaybackRules:
    """The settings of the rules."""

    window: ClockWindow
    thresholds: Thresholds
    columns: frozenset[Column]
    dialects: DialectRules = field(default_factory=DialectRules)


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
    batch = derive_all(unpack_all(messages), partial(derive_playback, rules=rules))
    return record(batch, ports=ports, time_left=time_left)


def derive_playback(message: Message, rules: PlaybackRules) -> Derived | NotPlayback | Rejection:
    """What one message of the stream earns."""
    received = understand(message, rules.window, rules.dialects)
    if isinstance(received, Rejection | NotPlayback):
        return received
    if is_point(received):
        return Derived(received)
    if not is_playback(received):
        return Rejection(message, RejectionReason.SCHEMA, "feedback_in_the_activity_stream")
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
