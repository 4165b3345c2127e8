"""What the functions read from their environment: one whole set of it, for whoever runs them."""

from typing import Final

from tests.support.dialects import ITEM_PATH

RECORDER: Final = {
    "SENDER": "boto3",  # which moto can stand in for without a socket
    "TRACKING_ID": "tracking-id",
    "LIVE_PARAMETER": "/stack/live",
    "LIVE_REFRESH_S": "60",
    "ARCHIVE_BUCKET": "archive",
    "MAX_CONCURRENT_CALLS": "4",
    "PUT_EVENTS_CALLS_PER_S": "10000",  # nobody waits in a test
    "SHARE_OF_CALLS": "1",
    "MAX_CONCURRENCY": "1",
    "INTERACTION_COLUMNS": "EVENT_VALUE,RECOMMENDATION_ID,IMPRESSION,EVENT_ATTRIBUTION_SOURCE",
    "CONTEXT_COLUMNS": "",
    "TRAIN_GUESTS": "false",
    "MAX_LATENESS_S": "172800",
    "MAX_SKEW_S": "300",
}
"""Of both recorders."""

PLAYBACK: Final = {
    "PLAYBACK_STATES_TABLE": "playback-states",
    "WATCH_RATIO": "0.5",
    "WATCH_CAP_S": "300",
    "WATCH_UNKNOWN_DURATION_S": "60",
    "COMPLETE_RATIO": "0.9",
    "SEGMENT_VISIT_FIELD": "anonymousId",
    "SNOWPLOW_ITEM_PATH": ITEM_PATH,
    "XAPI_ITEM_PATTERN": "([^/]+)$",
}
"""Of `record_playback`, beside `RECORDER`."""

FEEDBACK: Final = {
    "VERDICTS_TABLE": "verdicts",
    "LIKE_RATING": "0.75",
    "DISLIKE_RATING": "0.25",
    "SENTIMENT_CONFIDENCE": "0.6",
    "SENTIMENT_MARGIN": "0.3",
    "SETTLE_DELAY_S": "30",
    "SETTLING_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/settling",
    "DISLIKE_AS_INTERACTION": "false",
    "DATASET_GROUP_DOMAIN": "CUSTOM",
    "COMMENT_SENTIMENT": "false",
    "ARCHIVE_COMMENT_TEXT": "false",
}
"""Of `record_feedback`, beside `RECORDER`."""

RECONCILIATION: Final = {
    "FAILED_BATCHES_BUCKET": "failed-batches",
    "RECORDER_FUNCTION": "record-playback",
    "PLAYBACK_STATES_TABLE": "playback-states",
    "METADATA_QUEUE": "metadata",
    "METADATA_TABLE": "metadata",
    "DEAD_LETTER_QUEUE_URLS": "https://queues/dead,https://queues/late",
    "RECONCILE_HOURS_AGO": "2,26",
}
"""Of `reconcile_archive`, beside the rules of both recorders."""

METADATA: Final = {
    "METADATA_TABLE": "metadata",
    "USER_COLUMNS": "AGE_BAND?,GENDER?,REGION?,EDUCATION?,SUBSCRIPTION_MODEL?",
    "ITEM_COLUMNS": (
        "CREATION_TIMESTAMP,GENRES,STYLE?,PRICE,DURATION,AVERAGE_RATING?,CONTENT_OWNER?,"
        "CONTENT_CLASSIFICATION?,PRODUCT_DESCRIPTION?"
    ),
    "METADATA_CALLS_PER_S": "1000",  # nobody waits in a test
    "MAX_METADATA_CONCURRENCY": "2",
}
"""Of `record_metadata`, beside the bucket, the datasets and the skew."""

NIGHT: Final = {
    "LIVE_PARAMETER": "/stack/live",
    "EVENT_TRACKER_ARN": "arn:aws:personalize:eu-west-1:123456789012:event-tracker/0a1b2c3d",
    "DATASET_GROUP_ARN": "arn:aws:personalize:eu-west-1:123456789012:dataset-group/stack-v1",
    "NIGHTLY_STORAGE_MB": "512",
    "NIGHTLY_LOOKBACK_DAYS": "3",
    "NIGHTLY_RECIPE_ARN": "arn:aws:personalize:::recipe/aws-user-personalization-v2",
    "NIGHTLY_COST_CEILING_USD": "250",
    "NIGHTLY_GATE_LIMITS": "",
    "NIGHTLY_METRIC_FLOORS": "normalized_discounted_cumulative_gain_at_25=0.01,coverage=0.01",
    "NIGHTLY_METRIC_DROPS": "normalized_discounted_cumulative_gain_at_25=0.2,coverage=0.5",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
}
"""Of the functions of the night, beside the rules of `record_playback`."""
