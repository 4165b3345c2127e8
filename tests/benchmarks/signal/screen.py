"""What happens on the screen: the native tracker of the demo, watched, skipped or left alone."""

from typing import Final

import numpy as np

from local.demo.player import Player
from tests.benchmarks.signal.assumptions import Assumptions, Course

_SECOND_MS: Final = 1000
_REWIND_MS: Final = 30 * _SECOND_MS
# From where to where somebody stops: in seconds, or as shares of the length.
_STOPS_S: Final = {
    Course.WITHIN_10_S: (1.0, 10.0),
    Course.WITHIN_30_S: (10.0, 30.0),
    Course.WITHIN_60_S: (30.0, 60.0),
}
_STOPS: Final = {
    Course.TO_THE_END: (0.92, 1.06),  # beyond 1: to the very end, four times in seven
    Course.MOST: (0.5, 0.9),
    Course.INTERRUPTED: (0.05, 0.5),
}
_LATEST_EARLY_STOP: Final = 0.8


class TabPlayer(Player):
    """A player that may be muted in a hidden tab."""

    def play_unseen(self, content_ms: int) -> None:
        """Play where nobody sees or hears it: the position moves, the totals do not (contract)."""
        goal_ms = self.position_ms + content_ms
        if self._duration_ms is not None:
            goal_ms = min(goal_ms, self._duration_ms)
        while self.position_ms < goal_ms:
            step_ms = min(self._heartbeat_ms, goal_ms - self.position_ms)
            self.position_ms += step_ms
            self.elapsed_ms += step_ms
            if step_ms == self._heartbeat_ms:
                self._tell("heartbeat")


def watch(
    player: TabPlayer,
    course: Course,
    duration_ms: int,
    assumptions: Assumptions,
    random: np.random.Generator,
) -> None:
    """Watch what has begun to play, as the course has it, and leave."""
    if random.random() < assumptions.double_speed:
        player.change_rate(2.0)
    if course is Course.SKIPPED_TO_THE_END:
        player.watch(round(random.uniform(0.05, 0.15) * duration_ms))
        player.seek(round(random.uniform(0.85, 0.95) * duration_ms))
        player.watch(duration_ms)
    else:
        stop_ms = _stop_ms(course, duration_ms, random)
        player.watch(stop_ms // 2)
        _interrupt(player, course, assumptions, random)
        player.watch(stop_ms - player.position_ms)
    _leave(player)


def leave_alone(player: TabPlayer, *, unseen: bool) -> None:
    """Let what has begun to play run to its end without anybody in front of it."""
    whole_ms = 2**53
    if unseen:
        player.play_unseen(whole_ms)
    else:
        player.watch(whole_ms)
    _leave(player)


def _stop_ms(course: Course, duration_ms: int, random: np.random.Generator) -> int:
    if course in _STOPS:
        return round(min(1.0, random.uniform(*_STOPS[course])) * duration_ms)
    if course in _STOPS_S:
        stop_ms = random.uniform(*_STOPS_S[course]) * _SECOND_MS
        return round(min(stop_ms, _LATEST_EARLY_STOP * duration_ms))
    earliest_ms = min(60 * _SECOND_MS, 0.25 * duration_ms)
    return round(random.uniform(earliest_ms, 0.5 * duration_ms))


def _interrupt(
    player: TabPlayer, course: Course, assumptions: Assumptions, random: np.random.Generator
) -> None:
    if random.random() < assumptions.pauses:
        player.pause(round(random.uniform(30, 300) * _SECOND_MS))
        player.play()
    if course in _STOPS and random.random() < assumptions.rewinds:
        player.seek(player.position_ms - _REWIND_MS)


def _leave(player: TabPlayer) -> None:
    if player.is_at_end:
        player.end()
    player.leave()
