"""What PutEvents takes: the same for whoever sends it."""

from typing import Any

from pydantic_core import to_json

from ingestion.domain.context import properties_of
from ingestion.domain.interaction import Interaction
from ingestion.domain.put_events import PutEventsCall


def event_fields(interaction: Interaction) -> dict[str, Any]:
    """An interaction as an event, but for its time; what has no value is left out."""
    event: dict[str, Any] = {
        "eventId": interaction.event_id,
        "eventType": interaction.event_type,
        "itemId": interaction.item_id,
    }
    if interaction.event_value is not None:
        event["eventValue"] = interaction.event_value
    if interaction.recommendation_id is not None:
        event["recommendationId"] = interaction.recommendation_id
    if interaction.impressions:
        event["impression"] = interaction.impressions
    if interaction.event_source is not None:
        event["metricAttribution"] = {"eventAttributionSource": interaction.event_source}
    properties = properties_of(interaction.context)
    if properties is not None:
        event["properties"] = properties
    return event


def put_events_body(call: PutEventsCall, tracking_id: str) -> bytes:
    """A call as the body of its request, equal to boto3's but for the order, blanks and escapes."""
    body: dict[str, Any] = {
        "trackingId": tracking_id,
        "sessionId": call.visit_id,
        "eventList": [
            {**event_fields(interaction), "sentAt": interaction.sent_at_s}
            for interaction in call.interactions
        ],
    }
    if call.user_id is not None:
        body["userId"] = call.user_id
    return to_json(body)
