"""From the totals of a playback to the interactions it earns: `Click`, `Watch`, `Complete`."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from ingestion.domain.activity import PlaybackActivity, PlaybackType, Progress, Start


class EventType(StrEnum):
    """The event types we send. `Watch` and `Click` are the names the video domain asks for."""

    CLICK = "Click"
    WATCH = "Watch"
    COMPLETE = "Complete"
    LIKE = "Like"
    DISLIKE = "Dislike"  # only where an operator asks for it (see `OPTIONAL_EVENT_TYPES`)


_ROUNDING: Final = 0.0001

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
    now = reached(activity.totals, thresholds)
    before = reached(activity.before, thresholds)
    return _beyond(now, before)


def reached(progress: Progress, thresholds: Thresholds) -> tuple[EventType, ...]:
    """All thresholds that a playback with this progress has behind it, in order."""
    start, duration_s, unique_s = progress.start, progress.duration_s, progress.unique_s
    clicked = start is Start.USER or start is Start.AUTOPLAY
    if duration_s is None:
        return _REACHED[
            clicked, progress.watch_time_s >= thresholds.watch_unknown_duration_s, False
        ]
    watched_s = min(thresholds.watch_cap_s, thresholds.watch_ratio * duration_s)
    # Rounding to four decimals can lift nothing from further below; to round is what costs.
    might_complete = unique_s >= (thresholds.complete_ratio - _ROUNDING) * duration_s
    return _REACHED[
        clicked, unique_s >= watched_s, might_complete and _completed(progress, thresholds)
    ]


# When a player pauses or is done, the completion that was sent at a crossing may have grown; the
# archive then gets a row of a higher version. Heartbeats in between are not worth a row.
RESTS: Final = (PlaybackType.PAUSE, PlaybackType.ENDED, PlaybackType.EXIT)


def outgrown(activity: PlaybackActivity, thresholds: Thresholds) -> tuple[EventType, ...]:
    """The interactions of earlier activities whose archived completion this activity raises."""
    if activity.type not in RESTS:
        return ()
    return _beyond(reached(activity.before, thresholds), (EventType.CLICK,))


def _beyond(some: tuple[EventType, ...], without: tuple[EventType, ...]) -> tuple[EventType, ...]:
    # Nearly always they are the very same of the eight tuples below.
    return () if some is without else tuple([each for each in some if each not in without])


def _completed(progress: Progress, thresholds: Thresholds) -> bool:
    completion = progress.completion
    return completion is not None and completion >= thresholds.complete_ratio


# One tuple for each of what can have been reached, as most activities change nothing of it.
_REACHED: Final = {
    flags: tuple(
        event_type
        for event_type, flag in zip(
            (EventType.CLICK, EventType.WATCH, EventType.COMPLETE), flags, strict=True
        )
        if flag
    )
    for flags in product((False, True), repeat=3)
}
