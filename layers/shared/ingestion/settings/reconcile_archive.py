"""Settings of `reconcile_archive`."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from ingestion.domain.parsing import ClockWindow
from ingestion.settings.environment import Bucket, Table
from ingestion.settings.record_feedback import FeedbackRuleSettings
from ingestion.settings.record_playback import PlaybackRuleSettings


def _listed(value: object) -> object:
    return tuple(value.split(",")) if isinstance(value, str) else value


def _hours_ago(value: object) -> object:
    return tuple(map(int, value.split(","))) if isinstance(value, str) else value


class ReconcileArchiveSettings(PlaybackRuleSettings, FeedbackRuleSettings):
    """Settings of `reconcile_archive`: the rules of both recorders, and what they left behind."""

    archive_bucket: Bucket
    failed_batches_bucket: Bucket
    playback_states_table: Table
    comment_sentiment: bool
    recorder_function: Annotated[str, Field(min_length=1, max_length=140)]
    metadata_queue: Annotated[str, Field(max_length=80)]
    metadata_table: Annotated[str, Field(max_length=255)]
    dead_letter_queue_urls: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...],
        BeforeValidator(_listed),
        Field(min_length=1, max_length=2),
    ]
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
