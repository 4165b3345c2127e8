"""Record what was watched: playback activities → `Click`, `Watch`, `Complete`."""

from collections.abc import Sequence
from copy import replace
from dataclasses import dataclass
from functools import partial

from ingestion.application.deriving import Derived, derive_all, unpack_all
from ingestion.application.folding import fold_points, remember
from ingestion.application.outcome import Outcome
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.recording import RecorderPorts, record
from ingestion.domain.activity import PlaybackActivity
from ingestion.domain.dialects.detection import NotPlayback, understand
from ingestion.domain.interaction import (
    Interaction,
    interactions_of_playback,
    raised_interactions,
    with_columns,
)
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.message import Message
from ingestion.domain.parsing import ReceivedActivity, is_playback, is_point
from ingestion.domain.redacting import without_stray_words
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.ports import PlaybackStates, TimeLeft


@dataclass(frozen=True, slots=True)
class PlaybackPorts:
    """What playbacks need of the world, beside what both recorders need."""

    recorder: RecorderPorts
    states: PlaybackStates


def record_playback(
    messages: Sequence[Message],
    *,
    rules: PlaybackRules,
    ports: PlaybackPorts,
    time_left: TimeLeft,
) -> Outcome:
    """Record the playback activities of one shard.

    Raises:
        TransientError, MisconfiguredError: See `record`; the batch is then delivered again.
    """
    derived = derive_all(unpack_all(messages), partial(derive_playback, rules=rules))
    batch, remembering = fold_points(derived, rules, ports.states)
    outcome = record(batch, ports=ports.recorder, time_left=time_left)
    at_once = ports.recorder.concurrent_calls
    return remember(remembering, outcome, ports.states, at_once=at_once)


def derive_playback(message: Message, rules: PlaybackRules) -> Derived | NotPlayback | Rejection:
    """What one message of the stream earns by itself: of points, the fold makes something."""
    received = understand(message, rules.window, rules.dialects)
    if isinstance(received, Rejection):
        return replace(received, message=without_stray_words(message))
    if isinstance(received, NotPlayback):
        return received
    if is_playback(received):
        return Derived(received, _rows(received, rules))
    if is_point(received):
        return Derived(received)
    stray = without_stray_words(message)
    return Rejection(stray, RejectionReason.SCHEMA, "feedback_in_the_activity_stream")


def _rows(
    received: ReceivedActivity[PlaybackActivity], rules: PlaybackRules
) -> tuple[InteractionRow, ...]:
    if received.activity.is_private:
        return ()
    earned = interactions_of_playback(received, rules.thresholds)
    raised = raised_interactions(received, rules.thresholds)
    if not earned and not raised:  # as nearly all activities
        return ()
    rows = [_row(each, received, rules, to_send=True) for each in earned]
    return (*rows, *[_row(each, received, rules, to_send=False) for each in raised])


def _row(
    interaction: Interaction,
    received: ReceivedActivity[PlaybackActivity],
    rules: PlaybackRules,
    *,
    to_send: bool,
) -> InteractionRow:
    declared = with_columns(interaction, rules.columns)
    return InteractionRow(declared, received, to_send, received.activity.totals)
