"""The log of a service: what its viewers' players and buttons told in two weeks.

A visit is a row of choices. For each the viewer is shown a shelf, drawn by exposure from what they
have not started yet, and starts an item by softmax(taste x affinity + curiosity x thumbnail).
Whether it satisfies is one draw from the known taste; what is done with it follows (`Course`).
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.signal.assumptions import Assumptions
from tests.benchmarks.signal.screen import TabPlayer, leave_alone, watch
from tests.benchmarks.signal.world import Floats, World

BEGAN_AT_MS: Final = 1_750_000_000_000
_DAY_MS: Final = 86_400_000
_DAYS: Final = 14
_LONGEST_CHAIN: Final = 4  # then the service asks whether anybody is there


@dataclass(slots=True)
class Log:
    """What was told, and what only the simulation knows.

    Attributes:
        playback: Playback activities in order of time.
        feedback: Feedback activities in order of time.
        started: Viewers by items: whether it ever played for the viewer, wanted or not.
        starts: Playbacks that somebody watched, and how many of them satisfied.
    """

    playback: list[dict[str, Any]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    started: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))
    starts: int = 0
    satisfied: int = 0

    @property
    def playbacks(self) -> int:
        """Counts the playbacks."""
        return len({each["playback_id"] for each in self.playback})


def make_log(world: World, assumptions: Assumptions, random: np.random.Generator) -> Log:
    """Let everybody watch for two weeks."""
    log = Log(started=np.zeros(world.taste.shape, dtype=np.bool_))
    for number in range(len(world.taste)):
        _Viewer(number, world, assumptions, log, random).live()
    for told in (log.playback, log.feedback):
        told.sort(key=lambda each: (each["occurred_at_ms"], each["activity_id"]))
    return log


class _Viewer:
    """One viewer with two weeks of visits."""

    def __init__(
        self,
        number: int,
        world: World,
        assumptions: Assumptions,
        log: Log,
        random: np.random.Generator,
    ) -> None:
        self._number = number
        self._world = world
        self._assumptions = assumptions
        self._log = log
        self._random = random
        self._liked: list[int] = []
        self._clock_ms = 0
        self._visit = 0
        self._playback = 0

    def live(self) -> None:
        visits = max(2, self._random.poisson(self._assumptions.visits))
        times = np.sort(self._random.integers(0, _DAYS * _DAY_MS, visits))
        for self._visit, time_ms in enumerate(times.tolist()):
            self._clock_ms = max(self._clock_ms, BEGAN_AT_MS + time_ms)
            for _ in range(self._random.geometric(1 / self._assumptions.plays)):
                self._choose()

    def _chance(self, probability: float) -> bool:
        return bool(self._random.random() < probability)

    def _choose(self) -> None:
        if self._liked and self._chance(self._assumptions.rewatch):
            self._view(self._liked[self._random.integers(len(self._liked))], "user")
            return
        shelf = self._shelf()
        if self._chance(self._assumptions.not_interested):
            worst = shelf[np.argmin(self._world.affinity[self._number, shelf])]
            self._say("not_interested", int(worst))
        wish = (
            self._assumptions.taste * self._world.affinity[self._number, shelf]
            + self._assumptions.curiosity * self._world.thumbnail[shelf]
        )
        chosen = int(shelf[np.argmax(wish + self._random.gumbel(size=len(shelf)))])
        if self._view(chosen, "user") and self._chance(self._assumptions.next_plays):
            self._play_on()

    def _shelf(self) -> NDArray[np.int64]:
        fresh: Floats = np.where(self._log.started[self._number], 1e-9, self._world.exposure)
        keys = np.log(fresh) + self._random.gumbel(size=len(fresh))
        return np.argsort(-keys)[: self._assumptions.shelf]

    def _view(self, item: int, start: str) -> bool:
        """Watch an item, or walk away from it; tell whether somebody is there at its end."""
        player = self._open(item)
        if self._chance(self._assumptions.misled(self._assumptions.walks_away)):
            player.play(start)
            self._run_out(player, item, unseen=self._chance(self._assumptions.unseen))
            return False
        satisfied = self._chance(self._world.taste[self._number, item])
        shares = self._assumptions.courses(satisfied=satisfied)
        courses = list(shares)
        course = courses[self._random.choice(len(courses), p=list(shares.values()))]
        player.play(start)
        duration_ms = int(self._world.duration_s[item]) * 1000
        watch(player, course, duration_ms, self._assumptions, self._random)
        self._close(player, item)
        self._judge(item, satisfied=satisfied)
        return player.is_at_end

    def _judge(self, item: int, *, satisfied: bool) -> None:
        self._log.starts += 1
        self._log.satisfied += satisfied
        if satisfied:
            self._liked.append(item)
        mistake = self._assumptions.misled(self._assumptions.mistakes)
        like, dislike = (
            (self._assumptions.likes, mistake)
            if satisfied
            else (mistake, self._assumptions.dislikes)
        )
        if self._chance(like):
            self._say("like", item)
        elif self._chance(dislike):
            self._say("dislike", item)

    def _play_on(self) -> None:
        """The next item starts by itself, in front of somebody or of nobody."""
        item = int(self._random.choice(len(self._world.exposure), p=self._world.exposure))
        if not self._chance(self._assumptions.misled(self._assumptions.nobody_there)):
            self._view(item, "autoplay")
            return
        unseen = self._chance(self._assumptions.unseen)
        for _ in range(min(_LONGEST_CHAIN, self._random.geometric(0.5))):
            player = self._open(item)
            player.play("hidden_autoplay" if unseen else "autoplay")
            self._run_out(player, item, unseen=unseen)
            item = int(self._random.choice(len(self._world.exposure), p=self._world.exposure))

    def _run_out(self, player: TabPlayer, item: int, *, unseen: bool) -> None:
        leave_alone(player, unseen=unseen)
        self._close(player, item)

    def _identity(self, item: int) -> dict[str, Any]:
        return {
            "user_id": f"viewer-{self._number}",
            "visit_id": f"visit-{self._number}-{self._visit}",
            "item_id": f"item-{item}",
        }

    def _open(self, item: int) -> TabPlayer:
        self._playback += 1
        self._clock_ms += 5_000
        return TabPlayer(
            self._identity(item),
            playback_id=f"p-{self._number}-{self._playback}",
            began_at_ms=self._clock_ms,
            duration_ms=int(self._world.duration_s[item]) * 1000,
        )

    def _close(self, player: TabPlayer, item: int) -> None:
        self._log.started[self._number, item] = True
        self._log.playback += player.activities
        self._clock_ms += player.elapsed_ms

    def _say(self, word: str, item: int) -> None:
        self._clock_ms += 1_000
        self._log.feedback.append(
            {
                "schema_version": "1.0",
                "kind": "feedback",
                "type": word,
                "activity_id": f"f-{self._number}-{len(self._log.feedback)}",
                **self._identity(item),
                "occurred_at_ms": self._clock_ms,
            }
        )
