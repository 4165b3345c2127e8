"""A point: what a foreign player tells of one moment, without the totals of its playback.

Our own tracker sends totals (see `activity`). Segment, Snowplow and xAPI send moments: where the
playhead stood and what the player was doing. The dialects translate into this model and the fold
makes totals of it. It is internal: nobody sends it, and its schema is not published.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from ingestion.domain.activity import ActivityBase, Duration, PlaybackType, Seconds
from ingestion.domain.identifiers import ShortIdentifier


class Dialect(StrEnum):
    """The vocabularies of others that we understand."""

    SEGMENT = "segment"
    SNOWPLOW = "snowplow"
    XAPI = "xapi"


type Span = tuple[Seconds, Seconds]


class PointActivity(ActivityBase):
    """One moment of a playback, in content seconds; None stands for "it does not say".

    Attributes:
        activity_id: The dialect's own id of the event: what tells a repeated delivery.
        type: What happened. A `seek` lands at `position_s` and left at `seek_from_s`.
        position_s: Where the playhead stands, on the clock of the content: without
            advertisements. None when the dialect's number runs on another clock.
        seek_from_s: Where a seek left; with an unknown landing `position_s` is None.
        duration_s: Length of the content; None when unknown or live.
        rate: Content seconds per second on the wall; None when the dialect has no such field.
        playing: Whether the content is playing from this moment on.
        in_ad: Whether an advertisement is playing instead of the content from this moment on.
        autoplay: With `play`: nobody asked for it.
        played: The played spans that the player itself counted, cumulative, in order of playing;
            it may go back to earlier playbacks of the same visit.
    """

    kind: Literal["point"] = "point"
    dialect: Dialect
    type: PlaybackType
    playback_id: ShortIdentifier
    seq: Annotated[int, Field(ge=0, le=2**53)] | None = None
    position_s: Seconds | None = None
    seek_from_s: Seconds | None = None
    duration_s: Duration | None = None
    rate: Annotated[float, Field(gt=0, le=16, allow_inf_nan=False)] | None = None
    playing: bool | None = None
    visible: bool | None = None
    muted: bool | None = None
    picture_in_picture: bool | None = None
    in_ad: bool | None = None
    autoplay: bool = False
    played: Annotated[tuple[Span, ...], Field(max_length=1000)] | None = None


type _Point = PointActivity

# Built when the first is read: most streams have no foreign player. Strict as `ACTIVITY`.
POINT: Final[TypeAdapter[PointActivity]] = TypeAdapter(
    _Point, config=ConfigDict(strict=True, defer_build=True)
)
