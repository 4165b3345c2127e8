"""One viewing, told in our own contract and in each dialect: the same interactions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

import pytest
from ingestion.application.playback_rules import PlaybackRules
from ingestion.domain.interaction import Interaction

from local.demo.player import Player
from tests.support.builders import NOW_MS, PLAYBACK_RULES, a_message
from tests.support.dialects import DIALECTS, RULES
from tests.support.fakes import (
    FakeEventTracker,
)
from tests.support.playback_story import PlaybackStory

_HOUR_MS = 3_600_000
_RULES = PlaybackRules(
    PLAYBACK_RULES.window, PLAYBACK_RULES.thresholds, PLAYBACK_RULES.columns, RULES
)


@dataclass
class Screen:
    """Our own player, and beside it what anybody could see of it: the events of a viewing."""

    name: str
    player: Player
    events: list[list[Any]] = field(default_factory=list[list[Any]])

    def play(self, start: str = "user") -> None:
        self.player.play(start)
        self._see()

    def watch(self, content_s: float) -> None:
        """Play on; each heartbeat of the player is seen."""
        before = len(self.player.activities)
        self.player.watch(round(content_s * 1000))
        for activity in self.player.activities[before:]:
            self.events.append(_event(activity))

    def pause(self, for_s: float) -> None:
        self.player.pause(round(for_s * 1000))
        self._see()

    def seek(self, to_s: float) -> None:
        left_s = self.player.position_ms / 1000
        self.player.seek(round(to_s * 1000))
        self._see({"from": left_s})

    def advertise(self, for_s: float) -> None:
        before = len(self.player.activities)
        self.player.advertise(round(for_s * 1000))
        for activity in self.player.activities[before:]:
            self.events.append(_event(activity))

    def end(self) -> None:
        self.player.end()
        self._see()

    def leave(self) -> None:
        self.player.leave()
        self._see()

    def _see(self, extra: dict[str, Any] | None = None) -> None:
        self.events.append([*_event(self.player.activities[-1]), extra or {}])

    @property
    def viewing(self) -> dict[str, Any]:
        """The viewing as the tellers of the dialects take it."""
        duration_ms = self.player._duration_ms  # noqa: SLF001  -- what it was made with
        return {"id": self.name, "duration": duration_ms and duration_ms / 1000} | {
            "events": self.events
        }


def _event(activity: dict[str, Any]) -> list[Any]:
    return [activity["elapsed_ms"] / 1000, activity["type"], activity["position_s"]]


def a_screen(name: str, duration_s: float | None) -> Screen:
    """A player with 10 s between heartbeats; the time of its beginning is set when it is told."""
    identity = {"user_id": "user-1", "visit_id": f"visit-{name}", "item_id": "item-1"}
    duration_ms = None if duration_s is None else round(duration_s * 1000)
    return Screen(name, Player(identity, playback_id="p-1", began_at_ms=0, duration_ms=duration_ms))


@dataclass(frozen=True)
class Script:
    """What somebody does with a player, step by step."""

    name: str
    duration_s: float | None
    steps: tuple[tuple[str, *tuple[float, ...]], ...]

    def __str__(self) -> str:
        return self.name

    def perform(self) -> Screen:
        """Do it."""
        screen = a_screen(self.name, self.duration_s)
        for step, *arguments in self.steps:
            getattr(screen, step)(*arguments)
        return screen


PLAY, END, LEAVE = ("play",), ("end",), ("leave",)
AN_HOUR = Script("hour", 3600, (PLAY, ("watch", 3600), END))
DRAGGED_TO_ITS_END = Script("dragged", 100, (PLAY, ("watch", 10), ("seek", 90), ("watch", 10), END))
A_LOOP = Script("loop", 15, (PLAY, *(("watch", 15), ("seek", 0)) * 10, LEAVE))
SCRIPTS = (
    Script("through", 100, (PLAY, ("watch", 100), END)),
    AN_HOUR,
    Script("pause", 100, (PLAY, ("watch", 30), ("pause", 600), PLAY, ("watch", 40), LEAVE)),
    DRAGGED_TO_ITS_END,
    Script("again", 100, (PLAY, ("watch", 60), ("seek", 30), ("watch", 70), END)),
    Script("advertisement", 100, (PLAY, ("watch", 50), ("advertise", 30), ("watch", 50), END)),
    Script("live", None, (PLAY, ("watch", 80), LEAVE)),
    Script("given-up", 100, (PLAY, ("watch", 20), LEAVE)),
)


def native_messages(screen: Screen) -> list[dict[str, Any]]:
    """What our own tracker sends, at the times of the dialects' messages."""
    last_ms = max(activity["elapsed_ms"] for activity in screen.player.activities)
    began_at_ms = NOW_MS - 2000 - last_ms
    return [
        activity | {"occurred_at_ms": began_at_ms + activity["elapsed_ms"]}
        for activity in screen.player.activities
    ]


def told(screen: Screen, vocabulary: str) -> list[dict[str, Any]]:
    """The messages that tell of it."""
    if vocabulary == "native":
        return native_messages(screen)
    return DIALECTS[vocabulary](screen.viewing)


def recorded(bodies: Sequence[dict[str, Any]], batch: int) -> FakeEventTracker:
    """The tracker of Personalize after these messages, so many a batch."""
    story = PlaybackStory(_RULES)
    messages = [a_message(body, message_id=f"{n:05}") for n, body in enumerate(bodies)]
    for chunk in batched(messages, batch, strict=False):
        story.record(*chunk)
    assert story.rejections.rejections == {}
    return story.tracker


def meaning(tracker: FakeEventTracker) -> set[tuple[Any, ...]]:
    """What Personalize was told, but for the id that keeps it from being told twice."""
    return {_meaning(each) for each in tracker.trained_on.values()}


def _meaning(i: Interaction) -> tuple[Any, ...]:
    return i.event_type.value, i.user_id, i.visit_id, i.item_id, i.sent_at_s, i.event_value


@pytest.mark.parametrize("batch", [1, 7, 10_000])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_a_viewing_earns_the_same_in_every_vocabulary(
    script: Script, dialect: str, batch: int
) -> None:
    """Type, user, visit, item, time and value, however the messages are cut into batches."""
    screen = script.perform()
    native = recorded(told(screen, "native"), batch)
    foreign = recorded(told(screen, dialect), batch)
    assert meaning(foreign) == meaning(native)


@pytest.mark.parametrize("vocabulary", ["native", *DIALECTS])
def test_an_hour_of_heartbeats_is_at_most_three_interactions(vocabulary: str) -> None:
    """Not one a heartbeat; delivered one by one, and all of it twice."""
    screen = AN_HOUR.perform()
    bodies = told(screen, vocabulary)
    assert len(bodies) > 360
    tracker = recorded([*bodies, *bodies], batch=1)
    types = Counter(each.event_type.value for each in tracker.trained_on.values())
    assert types == {"Click": 1, "Watch": 1, "Complete": 1}
    if vocabulary != "native":
        assert sum(len(call.interactions) for call in tracker.calls) == 3


@pytest.mark.parametrize("vocabulary", ["native", *DIALECTS])
def test_a_film_dragged_to_its_end_is_not_complete(vocabulary: str) -> None:
    """It says "ended", it stands at the end, and a fifth of it was watched."""
    screen = DRAGGED_TO_ITS_END.perform()
    bodies = told(screen, vocabulary)
    tracker = recorded(bodies, batch=5)
    assert {each.event_type.value for each in tracker.trained_on.values()} == {"Click"}


@pytest.mark.parametrize("vocabulary", ["native", *DIALECTS])
def test_a_clip_that_loops_is_watched_once(vocabulary: str) -> None:
    """Fifteen seconds, ten times."""
    screen = A_LOOP.perform()
    bodies = told(screen, vocabulary)
    tracker = recorded(bodies, batch=4)
    types = Counter(each.event_type.value for each in tracker.trained_on.values())
    assert (types["Click"], types["Watch"]) == (1, 1)
