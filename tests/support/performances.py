"""Viewings performed by the simulated native player, and told in every vocabulary."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.demo.player import Player
from local.demo.tellers import Moment, Teller, moments_of, native, segment, snowplow, xapi
from tests.support.builders import NOW_MS

type Json = dict[str, Any]
type Step = tuple[str, *tuple[float, ...]]

PLAY, END, LEAVE = ("play",), ("end",), ("leave",)


@dataclass(frozen=True)
class Performance:
    """What somebody does with a player, step by step; arguments of steps are seconds."""

    name: str
    duration_s: float | None
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return self.name

    def told(self, teller: Teller) -> list[Json]:
        """The messages that tell of it, two seconds old at the last."""
        return [body for moment in moments_of(self._activities()) for body in teller(moment)]

    def _activities(self) -> list[Json]:
        """What our own tracker tells; it has ten seconds between heartbeats."""
        identity = {"user_id": "user-1", "visit_id": f"visit-{self.name}", "item_id": "item-1"}
        player = Player(
            identity,
            playback_id=f"playback-{self.name}",
            began_at_ms=0,
            duration_ms=None if self.duration_s is None else round(self.duration_s * 1000),
        )
        for step, *seconds in self.steps:
            getattr(player, step)(*(round(each * 1000) for each in seconds))
        shift_ms = NOW_MS - 2000 - player.elapsed_ms
        return [
            activity | {"occurred_at_ms": activity["occurred_at_ms"] + shift_ms}
            for activity in player.activities
        ]


def snowplow_plugin(moment: Moment) -> Iterator[Json]:
    """Snowplow as its HTML5 plugin tells it: the end of a seek alone."""
    for body in snowplow(moment):
        if not body["eid"].endswith("seek_start_event"):
            yield body


FOREIGN: Final[Mapping[str, Teller]] = {
    "segment": segment,
    "snowplow": snowplow,
    "snowplow_plugin": snowplow_plugin,
    "xapi": xapi,
}
TELLERS: Final[Mapping[str, Teller]] = {"native": native, **FOREIGN}
