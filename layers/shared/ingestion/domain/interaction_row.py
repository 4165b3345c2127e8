"""What the archive holds of an interaction: a row, and what it was derived from."""

from typing import Any, NamedTuple

from ingestion.domain.activity import PlaybackActivity, Totals
from ingestion.domain.interaction import Interaction
from ingestion.domain.parsing import AnyActivity, ReceivedActivity
from ingestion.domain.point import PointActivity


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
