"""What was really watched: the moments of a playback → its totals.

The position decides and the clock only bounds it, so a sleeping laptop, throttled timers and lost
heartbeats cost nothing and credit nothing. A jump that playing cannot explain is a seek that was
not told: nothing is credited for it. Completion comes from the unique seconds alone; that a
player says "ended" or stands at the end proves nothing.
"""

from dataclasses import dataclass, field
from typing import Final

from ingestion.domain.activity import PlaybackType, Progress, Start, Totals
from ingestion.domain.moment import Moment
from ingestion.domain.spans import Union, clipped, longest

# Of what playing explains: 10 % for clocks that differ, and a slack for positions cut to whole
# seconds (Segment's spec: integers) or taken up to some tenths late.
_CLOCK_TOLERANCE: Final = 1.10
_SLACK_OF_WHOLE_SECONDS_S: Final = 2.0
_SLACK_S: Final = 1.0
# A dialect without a field for the rate: a viewer may watch at double speed all the same.
_UNTOLD_RATE_AT_MOST: Final = 2.0
# When a counted order contradicts the clock the order is right; then this much may have passed.
_HEARTBEAT_PERIOD_S: Final = 10.0
# Players stop some tenths before the end; on "ended" these last ones were played too.
_END_TOLERANCE_S: Final = 1.0

MAX_SPANS: Final = 200

_STARTS_PLAYING: Final = frozenset({PlaybackType.PLAY})
_STOPS_PLAYING: Final = frozenset(
    {PlaybackType.PAUSE, PlaybackType.ENDED, PlaybackType.EXIT, PlaybackType.ERROR}
)
_ENDS_BUFFERING: Final = frozenset({PlaybackType.BUFFER_END}) | _STARTS_PLAYING | _STOPS_PLAYING


@dataclass(slots=True)
class PlayerState:
    """What the player was doing after the last moment."""

    playing: bool = False
    buffering: bool = False
    in_ad: bool = False
    visible: bool = True
    muted: bool = False
    picture_in_picture: bool = False
    autoplay: bool = False
    rate: float | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether nobody can see it: picture-in-picture can be seen over any page."""
        return not (self.visible or self.picture_in_picture)

    @property
    def plays_content(self) -> bool:
        """Whether content runs, whoever sees or hears it."""
        return self.playing and not self.buffering and not self.in_ad

    @property
    def counts(self) -> bool:
        """Whether what runs is watched: people listen to a hidden tab, unless it is muted."""
        return self.plays_content and not (self.is_hidden and self.muted)

    def apply(self, moment: Moment) -> None:
        """Become what the moment tells; what it says in so many words goes before its type."""
        self._apply_type(moment)
        if moment.playing is not None:
            self.playing = moment.playing
        if moment.in_ad is not None:
            self.in_ad = moment.in_ad
        self.visible = self.visible if moment.visible is None else moment.visible
        self.muted = self.muted if moment.muted is None else moment.muted
        self.rate = self.rate if moment.rate is None else moment.rate
        if moment.picture_in_picture is not None:
            self.picture_in_picture = moment.picture_in_picture

    def _apply_type(self, moment: Moment) -> None:
        if moment.type in _ENDS_BUFFERING:
            self.buffering = False
        match moment.type:
            case PlaybackType.PLAY:
                self.playing, self.autoplay = True, moment.autoplay
            case PlaybackType.BUFFER_START:
                self.buffering = True
            case PlaybackType.AD_START | PlaybackType.AD_END:
                self.in_ad = moment.type is PlaybackType.AD_START
            case stopping if stopping in _STOPS_PLAYING:
                self.playing = False
            case _:
                pass


@dataclass(slots=True)
class Reckoning:
    """The totals of a playback so far and what is needed to go on; moments are added in order.

    Attributes:
        duration_s: The longest duration that any moment of the playback tells; None for unknown.
        position_s: Where the playhead last stood; None when that is not known.
        at_ms: When the last moment was, on the player's clock.
        ran_s: How long counted playing has gone on since `position_s`; None when it has not.
        union: What was played at least once.
    """

    duration_s: float | None
    player: PlayerState = field(default_factory=PlayerState)
    position_s: float | None = None
    at_ms: int | None = None
    ran_s: float | None = None
    start: Start | None = None
    watched_s: float = 0.0
    watch_time_s: float = 0.0
    union: Union = field(default_factory=Union)

    def add(self, moment: Moment) -> None:
        """Take the next moment in: first what was played up to it, then what it changes."""
        self._run_until(moment.at_ms)
        end_s = _end_of_run(moment)
        if end_s is not None:
            self._credit_until(end_s)
        if moment.type is PlaybackType.ENDED:
            self._reach_the_end()
        self.player.apply(moment)
        self._land(moment)
        if self.start is None and self.player.plays_content:
            self.start = _start_of(self.player)

    def _run_until(self, at_ms: int) -> None:
        """Let the clock run on; backwards it cannot go, so then a heartbeat's time may be over."""
        passed_s = 0.0 if self.at_ms is None else (at_ms - self.at_ms) / 1000
        self.at_ms = at_ms
        if self.player.counts:
            self.ran_s = (self.ran_s or 0.0) + (passed_s if passed_s >= 0 else _HEARTBEAT_PERIOD_S)

    def _credit_until(self, end_s: float) -> None:
        if self.position_s is None or self.ran_s is None:
            return
        played_s = end_s - self.position_s
        if not 0 < played_s <= self._explained_s(self.position_s, end_s):
            return
        self._play(self.position_s, end_s)
        self.watch_time_s += min(self.ran_s, played_s / (self.player.rate or 1.0))

    def _explained_s(self, begin_s: float, end_s: float) -> float:
        """How far playing may have gone."""
        whole = begin_s.is_integer() and end_s.is_integer()
        slack_s = _SLACK_OF_WHOLE_SECONDS_S if whole else _SLACK_S
        rate = self.player.rate or _UNTOLD_RATE_AT_MOST
        return rate * (self.ran_s or 0.0) * _CLOCK_TOLERANCE + slack_s

    def _play(self, begin_s: float, end_s: float) -> None:
        for span in clipped([(begin_s, end_s)], self.duration_s):
            self.union.add(span)
            self.watched_s += span[1] - span[0]

    def _reach_the_end(self) -> None:
        if self.duration_s is None or not self.union.spans:
            return
        last_s = self.union.spans[-1][1]
        if 0 < self.duration_s - last_s <= _END_TOLERANCE_S:
            self._play(last_s, self.duration_s)

    def _land(self, moment: Moment) -> None:
        """Where the next run begins."""
        is_seek = moment.type is PlaybackType.SEEK
        if moment.position_s is not None or is_seek:
            self.position_s, self.ran_s = moment.position_s, None
        if self.player.counts and self.ran_s is None:
            self.ran_s = 0.0

    @property
    def progress(self) -> Progress:
        """What the thresholds look at, to the millisecond."""
        return Progress(
            start=self.start,
            unique_s=round(self.union.measure_s, 3),
            watch_time_s=round(self.watch_time_s, 3),
            duration_s=self.duration_s,
        )

    @property
    def totals(self) -> Totals:
        """All totals, to the millisecond; closed gaps count as watched."""
        return totals_of(self.progress, self.union, self.watched_s)


def totals_of(progress: Progress, union: Union, watched_s: float) -> Totals:
    """Totals from their parts; a unique second was watched, so `watched_s` is never the less."""
    spans = [(round(low, 3), round(high, 3)) for low, high in union.spans]
    return Totals(
        start=progress.start,
        unique_s=progress.unique_s,
        watch_time_s=progress.watch_time_s,
        duration_s=progress.duration_s,
        watched_s=max(round(watched_s, 3), progress.unique_s),
        furthest_s=spans[-1][1] if spans else 0.0,
        played=tuple(longest(spans, MAX_SPANS)),
    )


def longest_duration_s(told: "list[float | None]") -> float | None:
    """The duration of the content, of all that was told: live streams and parts tell less."""
    return max((duration_s for duration_s in told if duration_s is not None), default=None)


def _end_of_run(moment: Moment) -> float | None:
    """Where playing had come to when the moment was; None when it does not say."""
    if moment.type is PlaybackType.SEEK:
        return moment.seek_from_s
    return moment.position_s


def _start_of(player: PlayerState) -> Start:
    if not player.autoplay:
        return Start.USER
    return Start.HIDDEN_AUTOPLAY if player.is_hidden else Start.AUTOPLAY
