"""An interaction: one action of a user on an item as Personalize takes it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple

from ingestion.domain.activity import PlaybackActivity, Totals
from ingestion.domain.context import ContextPairs, context_pairs
from ingestion.domain.feedback import Judgement, Opinion
from ingestion.domain.parsing import AnyActivity, AnyFeedback, ReceivedActivity
from ingestion.domain.playback import EventType, Thresholds, crossed, outgrown
from ingestion.domain.point import PointActivity


class Column(StrEnum):
    """The optional columns of the interactions schema that an interaction can fill."""

    # Enum's own is written in Python; these are looked up for each interaction.
    __hash__ = str.__hash__

    EVENT_VALUE = "EVENT_VALUE"
    RECOMMENDATION_ID = "RECOMMENDATION_ID"
    IMPRESSION = "IMPRESSION"
    EVENT_ATTRIBUTION_SOURCE = "EVENT_ATTRIBUTION_SOURCE"


@dataclass(frozen=True, slots=True)
class Columns:
    """How the columns of the interactions schema are filled, as the operator declared it.

    Attributes:
        optional: Which of the columns that Personalize knows the schema has.
        context: Names of the schema's own columns for the context, `DEVICE_TYPE`.
        guests_as_users: Whether a guest's id fills USER_ID while nobody is signed in. Without,
            a guest's interactions have no user and are known by their visit alone (ADR 0021).
    """

    optional: frozenset[Column]
    context: frozenset[str] = frozenset()
    guests_as_users: bool = False

    @property
    def counted(self) -> int:
        """How many of them share the limit of ten with the event types.

        EVENT_TYPE, which is always there, EVENT_VALUE, and the schema's own; the other reserved
        columns do not count (developer guide, "Item interactions dataset schema requirements").
        """
        return 1 + (Column.EVENT_VALUE in self.optional) + len(self.context)


class Interaction(NamedTuple):
    """One user-item action, with all that PutEvents takes of it.

    Attributes:
        event_id: The same for every delivery of the same action: Personalize does not train on a
            later event with a known id (API model, PutEvents).
        message_id: The message it came from.
        sent_at_s: When it happened, epoch seconds, whole: a streamed event and its row in a CSV
            file must be equal.
        event_value: Completion, or strength of a like, 0..1; None where there is none.
        version: Of two rows with one event id the higher version is right.
        context: By column name, `DEVICE_TYPE`.
        guest_id: Who it was before signing in; sent only where guests are trained on.
    """

    event_id: str
    message_id: str
    event_type: EventType
    user_id: str | None
    visit_id: str
    item_id: str
    sent_at_s: int
    event_value: float | None
    version: int
    recommendation_id: str | None = None
    impressions: tuple[str, ...] = ()
    event_source: str | None = None
    context: ContextPairs = ()
    guest_id: str | None = None


def deterministic_event_id(viewer: str, source: str, event_type: EventType) -> str:
    """SHA-256 over the viewer, the playback or feedback, and the event type; 64 hex characters.

    The viewer stands in it: the first event of an id wins, so somebody who could choose ids could
    otherwise pre-empt the events of another viewer.
    """
    # A JSON array as `json.dumps` writes it, and five times as fast.
    identity = f"[{quoted(viewer)}, {quoted(source)}, {quoted(event_type)}]"
    return hashlib.sha256(identity.encode()).hexdigest()


def interactions_of_playback(
    received: ReceivedActivity[PlaybackActivity], thresholds: Thresholds
) -> tuple[Interaction, ...]:
    """The interactions that this activity earns: at most one of each type in a playback."""
    return _interactions(received, crossed(received.activity, thresholds))


def raised_interactions(
    received: ReceivedActivity[PlaybackActivity], thresholds: Thresholds
) -> tuple[Interaction, ...]:
    """Later versions of interactions sent before: for the archive, never for PutEvents."""
    return _interactions(received, outgrown(received.activity, thresholds))


def _interactions(
    received: ReceivedActivity[PlaybackActivity], event_types: tuple[EventType, ...]
) -> tuple[Interaction, ...]:
    if not event_types:  # as nearly always
        return ()
    totals = received.activity.totals
    return tuple([interaction_of_playback(received, totals, each) for each in event_types])


def interaction_of_playback(
    received: ReceivedActivity[PlaybackActivity | PointActivity],
    totals: Totals,
    event_type: EventType,
) -> Interaction:
    """What a playback with these totals earns; the activity says who, what and when."""
    valued = event_type is not EventType.CLICK
    return _interaction(
        received,
        event_type,
        source=received.activity.playback_id,
        event_value=totals.completion if valued else None,
        version=round(totals.unique_s * 1000),
    )


def interaction_of_feedback(
    received: ReceivedActivity[AnyFeedback],
    judgement: Judgement | None,
    *,
    sends_dislikes: bool = False,
) -> Interaction | None:
    """A `Like`, or nothing: what is not positive is never taken for an interaction.

    Args:
        received: What was said.
        judgement: What it says of the item.
        sends_dislikes: Whether a dislike becomes a `Dislike`, for filters to exclude by. A
            solution has to leave that type out, or it is trained on as praise.
    """
    opinion = None if judgement is None else judgement.opinion
    if judgement is None or opinion is Opinion.NONE:
        return None
    if opinion is Opinion.DISLIKED and not sends_dislikes:
        return None
    return _interaction(
        received,
        EventType.LIKE if opinion is Opinion.LIKED else EventType.DISLIKE,
        source=received.activity.activity_id,
        event_value=judgement.strength,
    )


def _interaction(
    received: ReceivedActivity[AnyActivity],
    event_type: EventType,
    *,
    source: str,
    event_value: float | None,
    version: int = 0,
) -> Interaction:
    activity = received.activity
    return Interaction(
        event_id=deterministic_event_id(received.viewer, source, event_type),
        message_id=received.message.id,
        event_type=event_type,
        user_id=activity.user_id,
        visit_id=activity.visit_id,
        item_id=activity.item_id,
        sent_at_s=received.occurred_at_ms // 1000,
        event_value=event_value,
        version=version,
        recommendation_id=activity.recommendation_id,
        impressions=activity.impressions,
        event_source=activity.event_source,
        context=context_pairs(activity.context),
        guest_id=activity.guest_id,
    )


def with_columns(interaction: Interaction, columns: Columns) -> Interaction:
    """The interaction as the schema takes it: what it does not declare would fail the call."""
    optional = columns.optional
    # Written out: to replace six of fourteen fields takes twice as long.
    return Interaction(
        event_id=interaction.event_id,
        message_id=interaction.message_id,
        event_type=interaction.event_type,
        user_id=_user_of(interaction, columns),
        visit_id=interaction.visit_id,
        item_id=interaction.item_id,
        sent_at_s=interaction.sent_at_s,
        version=interaction.version,
        guest_id=interaction.guest_id,
        event_value=interaction.event_value if Column.EVENT_VALUE in optional else None,
        recommendation_id=(
            interaction.recommendation_id if Column.RECOMMENDATION_ID in optional else None
        ),
        impressions=interaction.impressions if Column.IMPRESSION in optional else (),
        event_source=(
            interaction.event_source if Column.EVENT_ATTRIBUTION_SOURCE in optional else None
        ),
        context=tuple([pair for pair in interaction.context if pair[0] in columns.context]),
    )


def _user_of(interaction: Interaction, columns: Columns) -> str | None:
    """The user; or else the guest where they are trained on.

    The event id is not touched: it was made of the viewer, `guest:<id>`, so that a change of the
    setting makes no second event of a delivery that is repeated after it.
    """
    guest_id = interaction.guest_id if columns.guests_as_users else None
    return interaction.user_id or guest_id


def without_repeats(interactions: Iterable[Interaction]) -> tuple[Interaction, ...]:
    """The first interaction of each event id, in order."""
    first: dict[str, Interaction] = {}
    for interaction in interactions:
        first.setdefault(interaction.event_id, interaction)
    return tuple(first.values())
