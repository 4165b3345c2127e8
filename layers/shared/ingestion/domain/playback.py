"""From the totals of a playback to the interactions it earns: `Click`, `Watch`, `Complete`."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ingestion.domain.activity import PlaybackActivity, PlaybackType, Progress, Start


class EventType(StrEnum):
    """The event types we send. `Watch` and `Click` are the names the video domain asks for."""

    CLICK = "Click"
    WATCH = "Watch"
    COMPLETE = "Complete"
    LIKE = "Like"
    DISLIKE = "Dislike"  # only where an operator asks for it (see `OPTIONAL_EVENT_TYPES`)


# Not sent unless switched on, and only then a part of Personalize's budget of names.
OPTIONAL_EVENT_TYPES: Final = frozenset({EventType.DISLIKE})


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a playback counts. AWS publishes no numbers; these are settings.

    Attributes:
        watch_ratio: `Watch` at this share of the duration, 0..1 ...
        watch_cap_s: ... or at so many unique seconds, whichever is less: a pure share favours
            short clips, pure seconds favour long films.
        watch_unknown_duration_s: `Watch` at this watch time when the duration is unknown or live.
        complete_ratio: `Complete` at this share; the credits are rarely watched.
    """

    watch_ratio: float
    watch_cap_s: float
    watch_unknown_duration_s: float
    complete_ratio: float


def crossed(activity: PlaybackActivity, thresholds: Thresholds) -> tuple[EventType, ...]:
    """The thresholds that exactly this activity of its playback crosses, in order."""
    now, before = activity.totals, activity.before
    return tuple(
        [
            event_type
            for event_type, has_reached in _REACHED
            if has_reached(now, thresholds) and not has_reached(before, thresholds)
        ]
    )


def reached(progress: Progress, thresholds: Thresholds) -> tuple[EventType, ...]:
    """All thresholds that a playback with this progress has behind it."""
    return tuple(
        event_type for event_type, has_reached in _REACHED if has_reached(progress, thresholds)
    )


# When a player pauses or is done, the completion that was sent at a crossing may have grown; the
# archive then gets a row of a higher version. Heartbeats in between are not worth a row.
RESTS: Final = (PlaybackType.PAUSE, PlaybackType.ENDED, PlaybackType.EXIT)


def outgrown(activity: PlaybackActivity, thresholds: Thresholds) -> tuple[EventType, ...]:
    """The interactions of earlier activities whose archived completion this activity raises."""
    if activity.type not in RESTS:
        return ()
    return tuple(
        event_type
        for event_type in reached(activity.before, thresholds)
        if event_type is not EventType.CLICK
    )


def _clicked(progress: Progress, _thresholds: Thresholds) -> bool:
    return progress.start is Start.USER or progress.start is Start.AUTOPLAY


def _watched(progress: Progress, thresholds: Thresholds) -> bool:
    if progress.duration_s is None:
        return progress.watch_time_s >= thresholds.watch_unknown_duration_s
    enough_s = min(thresholds.watch_ratio * progress.duration_s, thresholds.watch_cap_s)
    return progress.unique_s >= enough_s


def _completed(progress: Progress, thresholds: Thresholds) -> bool:
    completion = progress.completion
    return completion is not None and completion >= thresholds.complete_ratio


type _Threshold = Callable[[Progress, Thresholds], bool]

_REACHED: Final[tuple[tuple[EventType, _Threshold], ...]] = (
    (EventType.CLICK, _clicked),
    (EventType.WATCH, _watched),
    (EventType.COMPLETE, _completed),
)
