"""What each function reads from its environment: typed, checked, at the first invocation.

The variables are the upper-cased field names; a test holds them equal to the template's.
"""

import os
import re
from enum import StrEnum
from math import ceil
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ingestion.domain.context import can_be_context_column, collide
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.dialects.snowplow import LABEL
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.feedback import MAX_SETTLE_DELAY_S, FeedbackThresholds
from ingestion.domain.interaction import Column, Columns
from ingestion.domain.metadata_record import (
    DatasetColumns,
    ItemColumn,
    MetadataRules,
    UserColumn,
)
from ingestion.domain.parsing import ClockWindow
from ingestion.domain.playback import OPTIONAL_EVENT_TYPES, EventType, Thresholds
from ingestion.domain.put_events import MAX_EVENT_TYPES_AND_COLUMNS
from ingestion.domain.target import Target


class _Settings(BaseModel):
    """Settings of one function.

    `hide_input_in_errors` keeps the environment, credentials included, out of error texts.
    """

    model_config = ConfigDict(
        frozen=True,
        alias_generator=str.upper,
        validate_by_name=True,
        hide_input_in_errors=True,
        defer_build=True,  # a function reads one of them
    )

    @classmethod
    def from_environment(cls) -> Self:
        """Read the process environment.

        Raises:
            MisconfiguredError: A variable is missing or wrong; the error names it.
        """
        try:
            return cls.model_validate(os.environ)
        except ValidationError as error:
            raise MisconfiguredError(str(error)) from None


def _split(value: object) -> object:
    return frozenset(filter(None, value.split(","))) if isinstance(value, str) else value


# One call, with all its attempts, must fit well into an invocation.
_SLOWEST_CALLS_PER_S: Final = 0.2

# Personalize: columns of a schema's own, beside those that it knows (guide, quotas).
_MAX_OWN_COLUMNS: Final = 5


def _declarable(names: frozenset[str]) -> frozenset[str]:
    if not all(map(can_be_context_column, names)) or collide(names):
        error = "context_columns"
        raise PydanticCustomError(error, "must be distinct upper-case words, none reserved")
    return names


def _with_a_group(pattern: re.Pattern[str]) -> re.Pattern[str]:
    if not pattern.groups:
        error = "pattern_without_group"
        raise PydanticCustomError(error, "the pattern needs a group for the item id")
    return pattern


type _Bucket = Annotated[str, Field(min_length=3, max_length=63)]
type _Table = Annotated[str, Field(min_length=3, max_length=255)]
type _Share = Annotated[float, Field(gt=0, le=1)]
type _Columns = Annotated[frozenset[Column], BeforeValidator(_split)]
type _ContextColumns = Annotated[
    frozenset[str],
    BeforeValidator(_split),
    Field(max_length=_MAX_OWN_COLUMNS),
    AfterValidator(_declarable),
]


class DatasetGroupDomain(StrEnum):
    """The kind of dataset group behind the event tracker."""

    CUSTOM = "CUSTOM"
    VIDEO_ON_DEMAND = "VIDEO_ON_DEMAND"


class Sender(StrEnum):
    """Who makes the calls of PutEvents and of the archive (ADR 0023)."""

    SIGNED = "signed"
    BOTO3 = "boto3"


class SenderSettings(_Settings):
    """What every function reads that writes to the archive by the sender of choice."""

    sender: Sender
    archive_bucket: _Bucket


class ArchiveActivitySettings(SenderSettings):
    """Settings of `archive_activity`."""


class FollowingSettings(_Settings):
    """What every function reads that sends to the live dataset group."""

    live_parameter: Annotated[str, Field(min_length=1, max_length=1011)]
    live_refresh_s: Annotated[float, Field(ge=0, le=60)]


class RecorderSettings(SenderSettings, FollowingSettings):
    """What both recorders read."""

    tracking_id: Annotated[str, Field(min_length=1, max_length=256)]
    max_concurrent_calls: Annotated[int, Field(ge=1, le=64)]
    put_events_calls_per_s: Annotated[float, Field(gt=0, le=100_000)]
    share_of_calls: _Share
    max_concurrency: Annotated[int, Field(ge=1, le=1000)]
    interaction_columns: _Columns
    context_columns: _ContextColumns
    train_guests: bool
    max_lateness_s: Annotated[int, Field(ge=60)]
    max_skew_s: Annotated[int, Field(ge=0, le=3600)]

    @property
    def environments(self) -> int:
        """How many environments of the function may send at the same time."""
        return self.max_concurrency

    @property
    def calls_per_s(self) -> float:
        """PutEvents calls a second of one environment: its part of the function's share."""
        return self.put_events_calls_per_s * self.share_of_calls / self.environments

    @property
    def concurrent_calls(self) -> int:
        """Calls in flight: more than begin in a second would only wait for each other."""
        return min(self.max_concurrent_calls, ceil(self.calls_per_s))

    @property
    def window(self) -> ClockWindow:
        """How far from its arrival an activity may have happened."""
        return ClockWindow(self.max_lateness_s, self.max_skew_s)

    @property
    def columns(self) -> Columns:
        """How the columns of the interactions schema are filled."""
        return Columns(self.interaction_columns, self.context_columns, self.train_guests)

    @property
    def event_types(self) -> int:
        """How many distinct event types go to the dataset."""
        return len(EventType) - len(OPTIONAL_EVENT_TYPES)

    @model_validator(mode="after")
    def _within_budget(self) -> Self:
        if self.calls_per_s < _SLOWEST_CALLS_PER_S:
            error = "share_too_small"
            text = (
                "PUT_EVENTS_CALLS_PER_S, SHARE_OF_CALLS and MAX_CONCURRENCY leave no call in time"
            )
            raise PydanticCustomError(error, text)
        if self.event_types + self.columns.counted > MAX_EVENT_TYPES_AND_COLUMNS:
            error = "column_budget"
            text = "event types, INTERACTION_COLUMNS and CONTEXT_COLUMNS together exceed ten"
            raise PydanticCustomError(error, text)
        return self


class PlaybackRuleSettings(_Settings):
    """By which rules playbacks are judged."""

    watch_ratio: _Share
    watch_cap_s: Annotated[float, Field(gt=0)]
    watch_unknown_duration_s: Annotated[float, Field(gt=0)]
    complete_ratio: _Share
    segment_visit_field: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,256}$")]
    snowplow_item_path: Annotated[str, Field(pattern=rf"^$|^{LABEL}$|^[^/:]+/[^/:]+:[^:]+$")]
    xapi_item_pattern: Annotated[re.Pattern[str], AfterValidator(_with_a_group)]

    @property
    def dialects(self) -> DialectRules:
        """Where foreign trackers keep what they have no field for."""
        return DialectRules(
            self.segment_visit_field, self.snowplow_item_path, self.xapi_item_pattern
        )

    @property
    def thresholds(self) -> Thresholds:
        """From where on a playback counts."""
        return Thresholds(
            self.watch_ratio, self.watch_cap_s, self.watch_unknown_duration_s, self.complete_ratio
        )


class RecordPlaybackSettings(RecorderSettings, PlaybackRuleSettings):
    """Settings of `record_playback`."""

    playback_states_table: _Table


class FeedbackRuleSettings(_Settings):
    """By which rules feedback is judged."""

    like_rating: _Share
    dislike_rating: Annotated[float, Field(ge=0, lt=1)]
    sentiment_confidence: _Share
    sentiment_margin: _Share
    dislike_as_interaction: bool

    @property
    def feedback_thresholds(self) -> FeedbackThresholds:
        """From where on feedback counts."""
        return FeedbackThresholds(
            self.like_rating, self.dislike_rating, self.sentiment_confidence, self.sentiment_margin
        )


class RecordFeedbackSettings(RecorderSettings, FeedbackRuleSettings):
    """Settings of `record_feedback`."""

    verdicts_table: _Table
    settle_delay_s: Annotated[int, Field(ge=0, le=MAX_SETTLE_DELAY_S)]
    settling_queue_url: Annotated[str, Field(min_length=1, max_length=2048)]
    dataset_group_domain: DatasetGroupDomain
    comment_sentiment: bool
    archive_comment_text: bool

    @property
    def environments(self) -> int:
        """Each of the two queues may run `max_concurrency` of them."""
        return 2 * self.max_concurrency

    @property
    def settling_queue(self) -> str:
        """Name of the queue in which feedback settles, the last part of its URL."""
        return self.settling_queue_url.rpartition("/")[2]

    @property
    def event_types(self) -> int:
        """How many distinct event types go to the dataset: `Dislike` only if it is sent."""
        return len(EventType) if self.dislike_as_interaction else super().event_types

    @model_validator(mode="after")
    def _dislikes_harm_nobody(self) -> Self:
        """Refuse to send `Dislike` where nothing can keep it out of the training."""
        is_custom = self.dataset_group_domain is DatasetGroupDomain.CUSTOM
        if self.dislike_as_interaction and not is_custom:
            error = "dislikes_in_a_domain"
            text = "DISLIKE_AS_INTERACTION needs a custom dataset group: a domain trains on all"
            raise PydanticCustomError(error, text)
        return self


# As the template lists the columns of a schema: `?` marks one that may be null.
_NULLABLE: Final = "?"


def _columns_of[C: StrEnum](known: type[C]) -> BeforeValidator:
    def columns(value: object) -> object:
        if not isinstance(value, str):
            return value
        listed = [name for name in value.split(",") if name]
        return DatasetColumns(
            declared=frozenset(known(name.removesuffix(_NULLABLE)) for name in listed),
            required=frozenset(known(name) for name in listed if not name.endswith(_NULLABLE)),
        )

    return BeforeValidator(columns)


type _DatasetArn = Annotated[str, Field(max_length=256, pattern=r"^arn:[a-z\d-]+:personalize:")]


class RecordMetadataSettings(FollowingSettings):
    """Settings of `record_metadata`."""

    users_dataset_arn: _DatasetArn
    items_dataset_arn: _DatasetArn
    user_columns: Annotated[DatasetColumns, _columns_of(UserColumn)]
    item_columns: Annotated[DatasetColumns, _columns_of(ItemColumn)]
    archive_bucket: _Bucket
    metadata_table: Annotated[str, Field(min_length=3, max_length=255)]
    max_skew_s: Annotated[int, Field(ge=0, le=3600)]
    metadata_calls_per_s: Annotated[float, Field(gt=0, le=1000)]
    max_metadata_concurrency: Annotated[int, Field(ge=2, le=1000)]

    @property
    def rules(self) -> MetadataRules:
        """What becomes of a message."""
        return MetadataRules(self.user_columns, self.item_columns, self.max_skew_s)

    @property
    def own_target(self) -> Target:
        """Where metadata goes until somebody switches."""
        return Target(
            users_dataset_arn=self.users_dataset_arn, items_dataset_arn=self.items_dataset_arn
        )

    @property
    def share_of_calls(self) -> float:
        """Calls a second of one operation, of one of the invocations that may run at once."""
        return self.metadata_calls_per_s / self.max_metadata_concurrency


def _hours_ago(value: object) -> object:
    return tuple(map(int, value.split(","))) if isinstance(value, str) else value


class ReconcileArchiveSettings(PlaybackRuleSettings, FeedbackRuleSettings):
    """Settings of `reconcile_archive`: the rules of both recorders, and what they left behind."""

    archive_bucket: _Bucket
    failed_batches_bucket: _Bucket
    recorder_function: Annotated[str, Field(min_length=1, max_length=140)]
    metadata_queue: Annotated[str, Field(max_length=80)]
    max_lateness_s: Annotated[int, Field(ge=60)]
    max_skew_s: Annotated[int, Field(ge=0, le=3600)]
    reconcile_hours_ago: Annotated[
        tuple[Annotated[int, Field(ge=1, le=168)], ...],
        BeforeValidator(_hours_ago),
        Field(min_length=1, max_length=4),
    ]

    @property
    def window(self) -> ClockWindow:
        """How far from its arrival an activity may have happened."""
        return ClockWindow(self.max_lateness_s, self.max_skew_s)
