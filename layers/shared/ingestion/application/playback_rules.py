"""The rules by which playbacks are recorded, as the settings give them."""

from dataclasses import dataclass

from ingestion.domain.interaction import Columns
from ingestion.domain.parsing import ClockWindow
from ingestion.domain.playback import Thresholds


@dataclass(frozen=True, slots=True)
class PlaybackRules:
    """The settings of the rules."""

    window: ClockWindow
    thresholds: Thresholds
    columns: Columns
