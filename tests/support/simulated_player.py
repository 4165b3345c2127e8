"""A player of content, sampled every ten milliseconds: what is counted by brute force.

The oracle of the watch-time arithmetic. It knows nothing of spans, unions or plausibility: it
looks at the playhead a hundred times a second, and counts.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.support.viewings import ViewingEvent

TICK_MS = 10
_GAP_TICKS = 50  # half a second of content


@dataclass
class SimulatedPlayer:
    """One viewing; it tells an event when it is told to, and a heartbeat every ten seconds.

    Positions are counted in hundredths of a second of content.
    """

    duration_cs: int | None
    position_cs: int = 0
    now_ms: int = 0
    rate: int = 1
    playing: bool = False
    visible: bool = True
    muted: bool = False
    picture_in_picture: bool = False
    in_ad: bool = False
    buffering: bool = False
    events: list[ViewingEvent] = field(default_factory=list[ViewingEvent])
    seen: dict[int, int] = field(default_factory=dict[int, int])
    watch_time_ms: float = 0.0
    _next_beat_ms: int = 10_000

    def tell(self, what: str, **extra: Any) -> None:
        """Tell an event of this moment."""
        self.events.append((self.now_ms / 1000, what, self.position_cs / 100, extra))

    def wait(self, ms: int) -> None:
        """Let time pass, tick by tick."""
        for _ in range(ms // TICK_MS):
            self._tick()
            self.now_ms += TICK_MS
            if self.now_ms >= self._next_beat_ms:
                self._next_beat_ms += 10_000
                if self.playing:
                    self.tell("heartbeat")

    def _tick(self) -> None:
        if not self.playing or self.in_ad or self.buffering:
            return
        steps = list(range(self.position_cs, self.position_cs + self.rate))
        if self.duration_cs is not None:
            steps = [cs for cs in steps if cs < self.duration_cs]
        self.position_cs += len(steps)
        if self.muted and not self.visible and not self.picture_in_picture:
            return
        for cs in steps:
            self.seen[cs] = self.seen.get(cs, 0) + 1
        self.watch_time_ms += TICK_MS * len(steps) / self.rate

    def play(self) -> None:
        self.playing = True
        self.buffering = False
        self.tell("play", rate=self.rate)

    def pause(self) -> None:
        self.playing = self.buffering = False
        self.tell("pause")

    def seek(self, to_cs: int) -> None:
        from_s = self.position_cs / 100
        self.position_cs = to_cs if self.duration_cs is None else min(to_cs, self.duration_cs)
        self.tell("seek", seek_from_s=from_s)

    def change_rate(self, rate: int) -> None:
        self.rate = rate
        self.tell("rate_change", rate=rate)

    def show(self, *, visible: bool, muted: bool, picture_in_picture: bool) -> None:
        self.visible, self.muted = visible, muted
        self.picture_in_picture = picture_in_picture
        self.tell("visibility", visible=visible, muted=muted, picture_in_picture=picture_in_picture)

    def advertise(self, ms: int) -> None:
        self.in_ad = True
        self.tell("ad_start")
        self.wait(ms)
        self.in_ad = False
        self.tell("ad_end")

    def stall(self, ms: int) -> None:
        self.buffering = True
        self.tell("buffer_start")
        self.wait(ms)
        self.buffering = False
        self.tell("buffer_end")

    @property
    def watched_s(self) -> float:
        """Hundredths seen, each as often as it was."""
        return sum(self.seen.values()) / 100

    @property
    def unique_s(self) -> float:
        """Hundredths seen or in a hole of at most half a second between such."""
        ticks = sorted(self.seen)
        holes = (
            after - before - 1
            for before, after in itertools.pairwise(ticks)
            if after - before - 1 <= _GAP_TICKS
        )
        return (len(ticks) + sum(holes)) / 100

    @property
    def furthest_s(self) -> float:
        """The end of the highest hundredth seen."""
        return (max(self.seen) + 1) / 100 if self.seen else 0.0
