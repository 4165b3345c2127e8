"""Settings of `record_feedback`, and the rules by which feedback is judged."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ingestion.domain.feedback import MAX_SETTLE_DELAY_S, FeedbackThresholds
from ingestion.domain.playback import EventType
from ingestion.settings.environment import Settings, Share, Table
from ingestion.settings.recorders import RecorderSettings


class DatasetGroupDomain(StrEnum):
    """The kind of dataset group behind the event tracker."""

    CUSTOM = "CUSTOM"
    VIDEO_ON_DEMAND = "VIDEO_ON_DEMAND"


class FeedbackRuleSettings(Settings):
    """By which rules feedback is judged."""

    like_rating: Share
    dislike_rating: Annotated[float, Field(ge=0, lt=1)]
    sentiment_confidence: Share
    sentiment_margin: Share
    dislike_as_interaction: bool

    @property
    def feedback_thresholds(self) -> FeedbackThresholds:
        """From where on feedback counts."""
        return FeedbackThresholds(
            self.like_rating, self.dislike_rating, self.sentiment_confidence, self.sentiment_margin
        )


class RecordFeedbackSettings(RecorderSettings, FeedbackRuleSettings):
    """Settings of `record_feedback`."""

    verdicts_table: Table
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
