"""Reading ListEventSourceMappings."""

import pytest

from local.event_source_mappings import UnsupportedMappingError
from local.event_source_mappings.mapping import Source, is_enabled, read_mapping
from local.event_source_mappings.resolution import RetryPolicy
from tests.unit.local.event_source_mappings.fakes import a_configuration, a_mapping


def test_defaults_are_lambdas() -> None:
    """A stream's batch of 100, retries without end, one lane, no window."""
    mapping = a_mapping()

    assert (mapping.source, mapping.source_name) == (Source.KINESIS, "activities")
    assert (mapping.batch_size, mapping.window_s, mapping.lanes) == (100, 0, 1)
    assert mapping.retry_policy == RetryPolicy()
    assert not mapping.reports_item_failures


def test_a_queue_has_a_batch_of_ten() -> None:
    """And a name without a path."""
    mapping = a_mapping(
        EventSourceArn="arn:aws:sqs:eu-west-1:123456789012:feedback",
        ScalingConfig={"MaximumConcurrency": 2},
    )

    assert (mapping.source, mapping.source_name) == (Source.SQS, "feedback")
    assert (mapping.batch_size, mapping.maximum_concurrency) == (10, 2)


def test_minus_one_means_without_end() -> None:
    """For retries and for the age; zero retries are zero."""
    endless = a_mapping(MaximumRetryAttempts=-1, MaximumRecordAgeInSeconds=-1)
    strict = a_mapping(
        MaximumRetryAttempts=0, MaximumRecordAgeInSeconds=60, BisectBatchOnFunctionError=True
    )

    assert endless.retry_policy == RetryPolicy()
    assert strict.retry_policy == RetryPolicy(0, 60, bisects=True)


def test_text_from_cloudformation_parameters_is_understood() -> None:
    """A parameter's value arrives as text, "false" among it."""
    mapping = a_mapping(
        BatchSize="7",
        BisectBatchOnFunctionError="false",
        MaximumRetryAttempts="2",
        ScalingConfig={"MaximumConcurrency": "5"},
    )

    assert (mapping.batch_size, mapping.maximum_concurrency) == (7, 5)
    assert mapping.retry_policy == RetryPolicy(maximum_retries=2)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"TumblingWindowInSeconds": 30}, "TumblingWindowInSeconds"),
        ({"ProvisionedPollerConfig": {"MinimumPollers": 2}}, "ProvisionedPollerConfig"),
        ({"EventSourceArn": "arn:aws:dynamodb:eu-west-1:1:table/t/stream/s"}, "dynamodb"),
        ({"EventSourceArn": "arn:aws:kinesis:eu-west-1:1:stream/s/consumer/c:1"}, "consumer"),
        ({"EventSourceArn": ""}, "only Kinesis streams and SQS queues"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "kafka://a:b:c"}}}, "kafka"),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(change: dict[str, object], named: str) -> None:
    """A setting that is ignored here would be tested by nobody."""
    with pytest.raises(UnsupportedMappingError, match=named):
        read_mapping(a_configuration(**change))


@pytest.mark.parametrize(("state", "enabled"), [("Enabled", True), ("Disabled", False)])
def test_only_enabled_mappings_are_read(state: str, *, enabled: bool) -> None:
    """The state decides, as it does for Lambda's pollers."""
    assert is_enabled(a_configuration(State=state)) is enabled
