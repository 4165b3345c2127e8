"""What each function reads from its environment: typed, checked, at the first invocation.

The variables are the upper-cased field names; a test holds them equal to the template's.
"""

import os
import re
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.dialects.snowplow import LABEL
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.feedback import FeedbackThresholds
from ingestion.domain.interaction import Column
from ingestion.domain.parsing import ClockWindow
from ingestion.domain.playback import EventType, Thresholds
from ingestion.domain.put_events import MAX_EVENT_TYPES_AND_COLUMNS


class _Settings(BaseModel):
    """Settings of one function.

    `hide_input_in_errors` keeps the environment, credentials included, out of error texts.
    """

    model_config = ConfigDict(
        frozen=True, alias_generator=str.upper, validate_by_name=True, hide_input_in_errors=True
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


# EVENT_TYPE itself counts as one of the columns.
_COLUMNS_ALWAYS: Final = 1


def _split(value: object) -> object:
    return frozenset(filter(None, value.split(","))) if isinstance(value, str) else value


def _within_budget(columns: frozenset[Column]) -> frozenset[Column]:
    if len(EventType) + _COLUMNS_ALWAYS + len(columns) > MAX_EVENT_TYPES_AND_COLUMNS:
        error = "column_budget"
        raise PydanticCustomError(error, "event types and optional columns exceed ten")
    return columns


def _with_a_group(pattern: re.Pattern[str]) -> re.Pattern[str]:
    if not pattern.groups:
        error = "pattern_without_group"
        raise PydanticCustomError(error, "the pattern needs a group for the item id")
    return pattern


type _Bucket = Annotated[str, Field(min_length=3, max_length=63)]
type _Share = Annotated[float, Field(gt=0, le=1)]
type _Columns = Annotated[
    frozenset[Column], BeforeValidator(_split), AfterValidator(_within_budget)
]


class ArchiveActivitySettings(_Settings):
    """Settings of `archive_activity`."""

    archive_bucket: _Bucket


class RecorderSettings(_Settings):
    """What both recorders read."""

    tracking_id: Annotated[str, Field(min_length=1, max_length=256)]
    archive_bucket: _Bucket
    max_concurrent_calls: Annotated[int, Field(ge=1, le=64)]
    interaction_columns: _Columns
    max_lateness_s: Annotated[int, Field(ge=60)]
    max_skew_s: Annotated[int, Field(ge=0, le=3600)]

    @property
    def window(self) -> ClockWindow:
        """How far from its arrival an activity may have happened."""
        return ClockWindow(self.max_lateness_s, self.max_skew_s)


class RecordPlaybackSettings(RecorderSettings):
    """Settings of `record_playback`."""

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


class RecordFeedbackSettings(RecorderSettings):
    """Settings of `record_feedback`."""

    verdicts_table: Annotated[str, Field(min_length=3, max_length=255)]
    like_rating: _Share
    dislike_rating: Annotated[float, Field(ge=0, lt=1)]
    sentiment_confidence: _Share
    sentiment_margin: _Share

    @property
    def thresholds(self) -> FeedbackThresholds:
        """From where on feedback counts."""
        return FeedbackThresholds(
            self.like_rating, self.dislike_rating, self.sentiment_confidence, self.sentiment_margin
        )
