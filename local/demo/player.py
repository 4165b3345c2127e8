"""A player with the native tracker in it, simulated: it plays, counts and tells.

Pure: its clock is the sum of what it was made to do. All times are whole milliseconds inside, so
that sums are exact; the activities carry seconds, as the contract has it.
"""

from collections.abc import Mapping
from typing import Any, Final

SOURCE: Final[Mapping[str, str]] = {"tracker": "demo-player", "version": "1.0.0"}
_MS: Final = 1000

type Range = tuple[int, int]


def merged(ranges: list[Range], added: Range) -> list[Range]:
    """Add a range to ascending, disjoint ranges; what overlaps or touches becomes one."""
    start, end = added
    if start >= end:
        return ranges
    apart = [each for each in ranges if each[1] < start or each[0] > end]
    touching = [each for each in ranges if each not in apart]
    start = min([start, *(each[0] for each in touching)])
    end = max([end, *(each[1] for each in touching)])
    return sorted([*apart, (start, end)])


class Player:
    """One viewing of one item.

    Every activity carries the totals so far, and in `before` those of the activity before it.

    Attributes:
        activities: What it told, in order.
        elapsed_ms: Time since the playback began.
        position_ms: Where in the content it is.
    """

    def __init__(  # noqa: PLR0913 -- keyword arguments, most of them with a default
        self,
        identity: Mapping[str, Any],
        *,
        playback_id: str,
        began_at_ms: int,
        duration_ms: int | None,
        position_ms: int = 0,
        heartbeat_ms: int = 10_000,
    ) -> None:
        """Open the item, without playing it.

        Args:
            identity: Who watches what: the fields of the contract that stay the same.
            playback_id: Unique for this viewing; activity ids are made of it.
            began_at_ms: When it begins, epoch milliseconds.
            duration_ms: Length of the content; None for a live stream.
            position_ms: Where to begin, for somebody who resumes.
            heartbeat_ms: Time of playing between two heartbeats.
        """
        self.activities: list[dict[str, Any]] = []
        self.elapsed_ms = 0
        self.position_ms = position_ms
        self._identity = identity
        self._playback_id = playback_id
        self._began_at_ms = began_at_ms
        self._duration_ms = duration_ms
        self._heartbeat_ms = heartbeat_ms
        self._to_heartbeat_ms = heartbeat_ms
        self._start: str | None = None
        self._rate = 1.0
        self._watched_ms = 0
        self._watch_time_ms = 0
        self._furthest_ms = 0
        self._played: list[Range] = []
        self._before = self._progress()

    @property
    def is_at_end(self) -> bool:
        """Whether the content is over."""
        return self._duration_ms is not None and self.position_ms >= self._duration_ms

    def play(self, start: str = "user") -> None:
        """Begin to play, or go on. Only the first start of a playback counts."""
        self._start = self._start or start
        self._to_heartbeat_ms = self._heartbeat_ms
        self._tell("play")

    def watch(self, content_ms: int) -> None:
        """Play so much of the content, or what there is left, with a heartbeat now and then."""
        goal_ms = self.position_ms + content_ms
        if self._duration_ms is not None:
            goal_ms = min(goal_ms, self._duration_ms)
        while self.position_ms < goal_ms:
            self._advance(goal_ms)
            if self._to_heartbeat_ms == 0:
                self._to_heartbeat_ms = self._heartbeat_ms
                self._tell("heartbeat")

    def pause(self, for_ms: int = 0) -> None:
        """Pause, and wait."""
        self._tell("pause")
        self.elapsed_ms += for_ms

    def seek(self, position_ms: int) -> None:
        """Jump to a position inside the content."""
        last_ms = position_ms if self._duration_ms is None else self._duration_ms
        self.position_ms = max(0, min(position_ms, last_ms))
        self._tell("seek")

    def change_rate(self, rate: float) -> None:
        """Play faster or slower from now on."""
        self._rate = rate
        self._tell("rate_change")

    def stall(self, for_ms: int) -> None:
        """Wait for the network, which is not watching."""
        self._tell("buffer_start")
        self.elapsed_ms += for_ms
        self._tell("buffer_end")

    def advertise(self, for_ms: int) -> None:
        """Show an advertisement, which is not content."""
        self._tell("ad_start")
        self.elapsed_ms += for_ms
        self._tell("ad_end")

    def end(self) -> None:
        """Tell that the content is over."""
        self._tell("ended")

    def leave(self) -> None:
        """Close the player."""
        self._tell("exit")

    def _advance(self, goal_ms: int) -> None:
        """Play up to the goal or the next heartbeat, whichever comes first."""
        wall_ms = min(round((goal_ms - self.position_ms) / self._rate) or 1, self._to_heartbeat_ms)
        end_ms = min(goal_ms, self.position_ms + max(1, round(wall_ms * self._rate)))
        self._played = merged(self._played, (self.position_ms, end_ms))
        self._watched_ms += end_ms - self.position_ms
        self.position_ms = end_ms
        self._furthest_ms = max(self._furthest_ms, end_ms)
        self._watch_time_ms += wall_ms
        self.elapsed_ms += wall_ms
        self._to_heartbeat_ms -= wall_ms

    def _tell(self, activity_type: str) -> None:
        sequence = len(self.activities)
        self.activities.append(
            {
                "schema_version": "1.0",
                "kind": "playback",
                "type": activity_type,
                "activity_id": f"{self._playback_id}-{sequence}",
                **self._identity,
                "occurred_at_ms": self._began_at_ms + self.elapsed_ms,
                "playback_id": self._playback_id,
                "seq": sequence,
                "elapsed_ms": self.elapsed_ms,
                "position_s": self.position_ms / _MS,
                "rate": self._rate,
                "totals": self._totals(),
                "before": self._before,
                "source": SOURCE,
            }
        )
        self._before = self._progress()

    def _progress(self) -> dict[str, Any]:
        unique_ms = sum(end_ms - start_ms for start_ms, end_ms in self._played)
        return {
            "start": self._start,
            "unique_s": unique_ms / _MS,
            "watch_time_s": self._watch_time_ms / _MS,
            "duration_s": None if self._duration_ms is None else self._duration_ms / _MS,
        }

    def _totals(self) -> dict[str, Any]:
        return self._progress() | {
            "watched_s": self._watched_ms / _MS,
            "furthest_s": self._furthest_ms / _MS,
            "played": [[start_ms / _MS, end_ms / _MS] for start_ms, end_ms in self._played],
        }
