"""The columns of the views over which every statement runs, and how a row of JSON gives them."""

from typing import Final

# Types as DuckDB and Spark both spell them.
ROW_TYPES: Final[dict[str, str]] = {
    "event_id": "STRING",
    "version": "BIGINT",
    "event_type": "STRING",
    "event_value": "DOUBLE",
    "user_id": "STRING",
    "guest_id": "STRING",
    "visit_id": "STRING",
    "item_id": "STRING",
    "occurred_at_ms": "BIGINT",
    "arrived_at_ms": "BIGINT",
    "recommendation_id": "STRING",
    "impressions": "STRING",
    "event_source": "STRING",
    "to_send": "BOOLEAN",
    "unique_s": "DOUBLE",
    "watch_time_s": "DOUBLE",
    "duration_s": "DOUBLE",
    "completion": "DOUBLE",
    "tracker": "STRING",
}
REFUSED_TYPES: Final[dict[str, str]] = {
    "event_id": "STRING",
    "from_ms": "BIGINT",
    "until_ms": "BIGINT",
}
CLEAN_TYPES: Final[dict[str, str]] = {
    "event_id": "STRING",
    "event_type": "STRING",
    "event_value": "DOUBLE",
    "user_id": "STRING",
    "guest_id": "STRING",
    "visit_id": "STRING",
    "item_id": "STRING",
    "ts": "BIGINT",
    "arrived_at_ms": "BIGINT",
    "recommendation_id": "STRING",
    "impressions": "STRING",
    "event_source": "STRING",
    "unique_s": "DOUBLE",
    "watch_time_s": "DOUBLE",
    "duration_s": "DOUBLE",
    "completion": "DOUBLE",
    "tracker": "STRING",
}
RESENT_TYPES: Final[dict[str, str]] = {
    "event_id": "STRING",
    "tracker": "STRING",
}
