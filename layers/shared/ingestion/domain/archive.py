"""What the archive holds: raw activities as they arrived, and normalised interactions."""

import base64
from dataclasses import dataclass
from typing import Any, NamedTuple

from ingestion.domain.activity import PlaybackActivity, Totals
from ingestion.domain.interaction import Interaction
from ingestion.domain.message import Message
from ingestion.domain.parsing import AnyActivity, ReceivedActivity
from ingestion.domain.point import PointActivity


@dataclass(frozen=True, slots=True)
class ActivityBatch:
    """Messages of one origin that are archived together, in the order of the origin.

    The name comes from the messages alone, so a batch that is delivered again has the same name.
    """

    messages: tuple[Message, ...]

    @property
    def name(self) -> str:
        """Unique for ever: the origin, and the ids of the first and the last message."""
        first, last = self.messages[0], self.messages[-1]
        return f"{first.origin}/{first.id}" + ("" if last is first else f"-{last.id}")

    @property
    def arrived_at_ms(self) -> int:
        """When the first message arrived; decides the partition, so that a retry cannot move it."""
        return self.messages[0].arrived_at_ms


def activity_row(message: Message) -> dict[str, Any]:
    """The row of one message: where it stood and its body, as text or else as base64.

    Shape: `origin`, `id`, `arrived_at_ms` and one of `body` (UTF-8 text, untouched) and
    `body_base64`.
    """
    return {
        "origin": message.origin,
        "id": message.id,
        "arrived_at_ms": message.arrived_at_ms,
        **body_fields(message.body),
    }


def body_fields(body: bytes) -> dict[str, str]:
    """A body as JSON can carry it without loss."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


class InteractionRow(NamedTuple):
    """A normalised interaction and the activity that it was derived from.

    Attributes:
        to_send: False for a row that only raises the completion of an interaction sent before.
        totals: Those of the playback, if it comes from one.
    """

    interaction: Interaction
    received: ReceivedActivity[AnyActivity]
    to_send: bool
    totals: Totals | None = None

    def as_dict(self, tracker: str) -> dict[str, Any]:
        """The row as the nightly build reads it; times in epoch milliseconds.

        Args:
            tracker: Mark of the tracker to which the row is sent (`target`). A row that only raises
                bears it like the rows around it: it is never sent, so it says nothing of who has
                the interaction, and nobody may ask it.
        """
        interaction, activity = self.interaction, self.received.activity
        return {
            "event_id": interaction.event_id,
            "version": interaction.version,
            "event_type": interaction.event_type,
            "event_value": interaction.event_value,
            "user_id": interaction.user_id,
            "guest_id": activity.guest_id,
            "visit_id": interaction.visit_id,
            "item_id": interaction.item_id,
            "occurred_at_ms": self.received.occurred_at_ms,
            "arrived_at_ms": self.received.message.arrived_at_ms,
            "recommendation_id": activity.recommendation_id,
            "impressions": list(activity.impressions),
            "event_source": activity.event_source,
            "context": activity.context or {},
            "activity_id": activity.activity_id,
            "to_send": self.to_send,
            "tracker": tracker,
            **self._playback_fields(),
        }

    def _playback_fields(self) -> dict[str, Any]:
        activity, totals = self.received.activity, self.totals
        if totals is None or not isinstance(activity, PlaybackActivity | PointActivity):
            return {}
        return {
            "playback_id": activity.playback_id,
            "watched_s": totals.watched_s,
            "unique_s": totals.unique_s,
            "watch_time_s": totals.watch_time_s,
            "duration_s": totals.duration_s,
            "completion": totals.completion,
        }
