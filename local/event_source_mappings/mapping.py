"""One event source mapping: Lambda's configuration document, read once and checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from local.event_source_mappings.errors import UnsupportedMappingError
from local.event_source_mappings.filters import Filter
from local.event_source_mappings.resolution import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

ENABLED_STATES: Final = frozenset({"Creating", "Enabling", "Enabled", "Updating"})
UNSUPPORTED_SETTINGS: Final = (
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "ProvisionedPollerConfig",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "TumblingWindowInSeconds",
)
DESTINATION_SERVICES: Final = frozenset({"s3", "sns", "sqs"})


class Source(StrEnum):
    """The event sources this pump reads."""

    KINESIS = "kinesis"
    SQS = "sqs"


@dataclass(frozen=True, slots=True)
class EventSourceMapping:
    """What to read, whom to invoke, and what to do when that fails.

    `maximum_concurrency` is None when the mapping sets no bound. `starting_timestamp` goes with
    AT_TIMESTAMP only. `destination` is the ARN for discarded batches, if there is one.
    """

    uuid: str
    source: Source
    source_arn: str
    function_arn: str
    batch_size: int
    window_s: float
    reports_item_failures: bool
    filters: Filter
    retry_policy: RetryPolicy
    starting_position: str
    starting_timestamp: datetime | float | None
    lanes: int
    destination: str | None
    maximum_concurrency: int | None

    @property
    def region(self) -> str:
        """Region of the event source."""
        return self.source_arn.split(":")[3]

    @property
    def source_name(self) -> str:
        """Name of the stream or the queue."""
        return self.source_arn.rsplit(":", 1)[1].rsplit("/", 1)[-1]


def is_enabled(configuration: Mapping[str, Any]) -> bool:
    """Whether Lambda would poll for this mapping now."""
    return configuration.get("State", "Enabled") in ENABLED_STATES


def read_mapping(configuration: Mapping[str, Any]) -> EventSourceMapping:
    """Read one element of ListEventSourceMappings.

    Raises:
        UnsupportedMappingError: It asks for what this pump does not do.
    """
    source = _source(configuration)
    _refuse_unsupported(configuration)
    scaling = configuration.get("ScalingConfig") or {}
    return EventSourceMapping(
        uuid=configuration["UUID"],
        source=source,
        source_arn=configuration["EventSourceArn"],
        function_arn=configuration["FunctionArn"],
        batch_size=int(configuration.get("BatchSize") or _default_batch_size(source)),
        window_s=float(configuration.get("MaximumBatchingWindowInSeconds") or 0),
        reports_item_failures=_reports_item_failures(configuration),
        filters=Filter.read(configuration.get("FilterCriteria")),
        retry_policy=_retry_policy(configuration),
        starting_position=configuration.get("StartingPosition") or "TRIM_HORIZON",
        starting_timestamp=configuration.get("StartingPositionTimestamp"),
        lanes=int(configuration.get("ParallelizationFactor") or 1),
        destination=_destination(configuration),
        maximum_concurrency=_number(scaling.get("MaximumConcurrency")),
    )


def _source(configuration: Mapping[str, Any]) -> Source:
    arn = str(configuration.get("EventSourceArn", ""))
    service = arn.split(":")[2] if arn.count(":") > 2 else arn  # noqa: PLR2004 - arn:aws:<service>
    if service not in Source or "/consumer/" in arn:
        message = f"EventSourceArn {arn}: only Kinesis streams and SQS queues are read"
        raise UnsupportedMappingError(message)
    return Source(service)


def _refuse_unsupported(configuration: Mapping[str, Any]) -> None:
    for name in UNSUPPORTED_SETTINGS:
        if configuration.get(name):
            message = f"{name} is not emulated"
            raise UnsupportedMappingError(message)


def _default_batch_size(source: Source) -> int:
    # https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html, BatchSize.
    return 100 if source is Source.KINESIS else 10


def _reports_item_failures(configuration: Mapping[str, Any]) -> bool:
    return "ReportBatchItemFailures" in (configuration.get("FunctionResponseTypes") or ())


def _retry_policy(configuration: Mapping[str, Any]) -> RetryPolicy:
    retries = configuration.get("MaximumRetryAttempts")
    age = configuration.get("MaximumRecordAgeInSeconds")
    return RetryPolicy(
        # -1 means "until the records expire", for both.
        maximum_retries=None if retries is None or int(retries) < 0 else int(retries),
        maximum_age_s=None if age is None or int(age) < 0 else float(age),
        bisects=_is_true(configuration.get("BisectBatchOnFunctionError")),
    )


def _number(value: int | str | None) -> int | None:
    # moto keeps what CloudFormation parameters give, and those are text.
    return None if value is None else int(value)


def _is_true(value: bool | str | None) -> bool:  # noqa: FBT001 - a flag read, not passed
    return str(value).lower() == "true"


def _destination(configuration: Mapping[str, Any]) -> str | None:
    on_failure = (configuration.get("DestinationConfig") or {}).get("OnFailure") or {}
    arn = on_failure.get("Destination") or None
    if arn is not None and arn.split(":")[2] not in DESTINATION_SERVICES:
        message = f"OnFailure destination {arn}: only S3, SNS and SQS are emulated"
        raise UnsupportedMappingError(message)
    return arn
