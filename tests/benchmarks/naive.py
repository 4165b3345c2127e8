"""What public samples do: read each record, send it alone, one after the other."""

import base64
import json
from typing import Any


def handler_for(client: Any, tracking_id: str) -> Any:
    """A Lambda handler that makes one PutEvents call for each record of a Kinesis event."""

    def lambda_handler(event: dict[str, Any], _context: object) -> None:
        for record in event["Records"]:
            activity = json.loads(base64.b64decode(record["kinesis"]["data"]))
            client.put_events(
                trackingId=tracking_id,
                userId=activity["user_id"],
                sessionId=activity["visit_id"],
                eventList=[
                    {
                        "eventId": activity["activity_id"],
                        "eventType": "Watch",
                        "itemId": activity["item_id"],
                        "sentAt": activity["occurred_at_ms"] // 1000,
                        "eventValue": activity["totals"]["unique_s"]
                        / activity["totals"]["duration_s"],
                    }
                ],
            )

    return lambda_handler
