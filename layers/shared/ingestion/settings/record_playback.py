"""Settings of `record_playback`, and the rules by which playbacks are judged."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.dialects.snowplow import LABEL
from ingestion.domain.playback import Thresholds
from ingestion.settings.environment import Settings, Share, Table
from ingestion.settings.recorders import RecorderSettings


def _with_a_group(pattern: re.Pattern[str]) -> re.Pattern[str]:
    if not pattern.groups:
        error = "pattern_without_group"
        raise PydanticCustomError(error, "the pattern needs a group for the item id")
    return pattern


class PlaybackRuleSettings(Settings):
    """By which rules playbacks are judged."""

    watch_ratio: Share
    watch_cap_s: Annotated[float, Field(gt=0)]
    watch_unknown_duration_s: Annotated[float, Field(gt=0)]
    complete_ratio: Share
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

    playback_states_table: Table
