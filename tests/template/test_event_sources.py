"""What triggers what, and what happens to a batch that fails."""

from collections.abc import Callable
from typing import Any

import pytest

type Json = dict[str, Any]

STREAM = "arn:aws:kinesis:eu-west-1:111122223333:stream/ActivityStream"
SQS = "arn:aws:sqs:eu-west-1:111122223333"
STREAM_READERS = ("ArchiveActivityFunction", "RecordPlaybackFunction")
SETTLED = "RecordFeedbackFunction/SettlingQueue"
QUEUES = {
    "RecordFeedbackFunction": "FeedbackQueue",
    SETTLED: "SettlingQueue",
    "RecordMetadataFunction": "MetadataQueue",
}
RECORDERS = ("RecordPlaybackFunction", *QUEUES)


def test_each_function_has_the_source_the_map_shows(event_source_mappings: Json) -> None:
    """Two functions read the stream, two the queues; beside them there is only a schedule."""
    sources = {name: mapping["EventSourceArn"] for name, mapping in event_source_mappings.items()}

    assert sources == {
        "ArchiveActivityFunction": STREAM,
        "RecordPlaybackFunction": STREAM,
        **{name: f"{SQS}:{queue}" for name, queue in QUEUES.items()},
    }


def test_the_archive_is_accounted_for_every_hour(of_type: Callable[[str], Json]) -> None:
    """The one schedule, which invokes the one function that nothing else triggers."""
    [schedule] = of_type("AWS::Events::Rule").values()
    assert schedule["ScheduleExpression"] == "cron(20 * * * ? *)"
    [target] = schedule["Targets"]
    assert (
        target["Arn"] == "arn:aws:lambda:eu-west-1:111122223333:function:ReconcileArchiveFunction"
    )


def test_the_archiver_repeats_a_batch_unchanged(event_source_mappings: Json) -> None:
    """A batch cut elsewhere would be archived twice, under another key."""
    mapping = event_source_mappings["ArchiveActivityFunction"]

    assert "FunctionResponseTypes" not in mapping
    assert mapping["BisectBatchOnFunctionError"] is False
    assert mapping["ParallelizationFactor"] == 1


@pytest.mark.parametrize("name", RECORDERS)
def test_recorders_report_partial_failures(name: str, event_source_mappings: Json) -> None:
    """What was recorded does not come again because a neighbour failed."""
    assert event_source_mappings[name]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_crash_of_the_playback_recorder_is_bisected(event_source_mappings: Json) -> None:
    """A message that kills the process ends up alone."""
    assert event_source_mappings["RecordPlaybackFunction"]["BisectBatchOnFunctionError"] is True


@pytest.mark.parametrize("name", STREAM_READERS)
def test_stream_readers_start_at_the_oldest_activity(
    name: str, event_source_mappings: Json
) -> None:
    """What arrives before the first poll is read too."""
    assert event_source_mappings[name]["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize("name", STREAM_READERS)
def test_stream_readers_never_give_up_by_count(name: str, event_source_mappings: Json) -> None:
    """A long throttle makes the shard wait; it discards nothing."""
    assert event_source_mappings[name]["MaximumRetryAttempts"] == -1


@pytest.mark.parametrize("name", STREAM_READERS)
def test_old_activities_are_put_aside_before_the_stream_forgets_them(
    name: str, event_source_mappings: Json, resources: Json
) -> None:
    """A day lies between giving up and the end of the retention, and the whole batch goes to S3."""
    mapping = event_source_mappings[name]
    retention_s = resources["ActivityStream"]["Properties"]["RetentionPeriodHours"] * 3600

    assert mapping["MaximumRecordAgeInSeconds"] == retention_s - 86_400
    assert mapping["DestinationConfig"] == {
        "OnFailure": {"Destination": "arn:aws:s3:::FailedBatchesBucket"}
    }


def test_every_mapping_counts_what_it_drops(event_source_mappings: Json) -> None:
    """The metrics behind the alarms on dropped batches are switched on."""
    metrics = [mapping["MetricsConfig"]["Metrics"] for mapping in event_source_mappings.values()]

    assert metrics == [["EventCount"]] * 5


@pytest.mark.parametrize("name", QUEUES)
def test_a_batch_above_ten_messages_has_a_window(name: str, event_source_mappings: Json) -> None:
    """Lambda refuses a larger SQS batch without one."""
    mapping = event_source_mappings[name]

    assert mapping["BatchSize"] > 10
    assert mapping["MaximumBatchingWindowInSeconds"] >= 1


@pytest.mark.parametrize("name", QUEUES)
def test_the_queue_limits_concurrency_at_the_mapping(
    name: str, event_source_mappings: Json, functions: Json
) -> None:
    """Reserved concurrency would make throttled receives count as attempts."""
    mapping = event_source_mappings[name]

    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    assert "ReservedConcurrentExecutions" not in functions[name.partition("/")[0]]


@pytest.mark.parametrize(("name", "queue_name"), QUEUES.items())
def test_messages_stay_invisible_for_six_timeouts_and_the_window(
    name: str, queue_name: str, event_source_mappings: Json, functions: Json, resources: Json
) -> None:
    """No message is delivered again while it may still be worked on."""
    timeout_s = functions[name.partition("/")[0]]["Timeout"]
    window_s = event_source_mappings[name]["MaximumBatchingWindowInSeconds"]

    queue = resources[queue_name]["Properties"]

    assert queue["VisibilityTimeout"] >= 6 * timeout_s + window_s


@pytest.mark.parametrize(
    ("name", "dead_letters_name"),
    [
        ("FeedbackQueue", "FeedbackDeadLetterQueue"),
        ("SettlingQueue", "FeedbackDeadLetterQueue"),
        ("MetadataQueue", "MetadataDeadLetterQueue"),
    ],
)
def test_what_keeps_failing_reaches_the_dead_letters_in_time(
    name: str, dead_letters_name: str, resources: Json
) -> None:
    """All attempts fit into the queue's retention, and the dead letters outlive it."""
    queue = resources[name]["Properties"]
    dead_letters = resources[dead_letters_name]["Properties"]
    attempts = queue["RedrivePolicy"]["maxReceiveCount"]

    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == f"{SQS}:{dead_letters_name}"
    assert attempts >= 5
    assert attempts * queue["VisibilityTimeout"] < queue["MessageRetentionPeriod"] / 2
    assert dead_letters["MessageRetentionPeriod"] == 14 * 86_400
    assert dead_letters["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_nothing_is_polled_that_has_no_mapping(of_type: Callable[[str], Json]) -> None:
    """There are five mappings; a sixth needs its invariants here."""
    assert len(of_type("AWS::Lambda::EventSourceMapping")) == 5
