"""One viewing, told in our own contract and in each dialect: the same interactions."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

import pytest
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.record_playback import PlaybackPorts, record_playback
from ingestion.application.recording import RecorderPorts
from ingestion.domain.interaction import Interaction

from local.demo.player import Player
from tests.support.builders import NOW_MS, PLAYBACK_RULES, a_message
from tests.support.dialects import DIALECTS, RULES
from tests.support.fakes import (
    FakeEventTracker,
    FakeInteractionArchive,
    FakePlaybackStates,
    FakeRejectionStore,
    plenty_of_time,
)

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

    def change_rate(self, rate: float) -> None:
        """Segment has no word for it; the others tell it with the next heartbeat."""
        self.player.change_rate(rate)

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


def straight_through() -> Screen:
    screen = a_screen("through", 100)
    screen.play()
    screen.watch(100)
    screen.end()
    return screen


def an_hour() -> Screen:
    screen = a_screen("hour", 3600)
    screen.play()
    screen.watch(3600)
    screen.end()
    return screen


def a_long_pause() -> Screen:
    screen = a_screen("pause", 100)
    screen.play()
    screen.watch(30)
    screen.pause(600)
    screen.play()
    screen.watch(40)
    screen.leave()
    return screen


def dragged_to_its_end() -> Screen:
    screen = a_screen("dragged", 100)
    screen.play()
    screen.watch(10)
    screen.seek(90)
    screen.watch(10)
    screen.end()
    return screen


def half_a_minute_again() -> Screen:
    screen = a_screen("again", 100)
    screen.play()
    screen.watch(60)
    screen.seek(30)
    screen.watch(70)
    screen.end()
    return screen


def an_advertisement_in_the_middle() -> Screen:
    screen = a_screen("advertisement", 100)
    screen.play()
    screen.watch(50)
    screen.advertise(30)
    screen.watch(50)
    screen.end()
    return screen


def live() -> Screen:
    screen = a_screen("live", None)
    screen.play()
    screen.watch(80)
    screen.leave()
    return screen


def given_up() -> Screen:
    screen = a_screen("given-up", 100)
    screen.play()
    screen.watch(20)
    screen.leave()
    return screen


SCREENS = (
    straight_through,
    an_hour,
    a_long_pause,
    dragged_to_its_end,
    half_a_minute_again,
    an_advertisement_in_the_middle,
    live,
    given_up,
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
    tracker, rejections, states = FakeEventTracker(), FakeRejectionStore(), FakePlaybackStates()
    recorder = RecorderPorts(tracker, FakeInteractionArchive(), rejections, concurrent_calls=4)
    messages = [a_message(body, message_id=f"{n:05}") for n, body in enumerate(bodies)]
    for chunk in batched(messages, batch, strict=False):
        record_playback(
            chunk,
            rules=_RULES,
            ports=PlaybackPorts(recorder, states),
            time_left=plenty_of_time,
        )
    assert rejections.rejections == {}
    return tracker


def meaning(tracker: FakeEventTracker) -> set[tuple[Any, ...]]:
    """What Personalize was told, but for the id that keeps it from being told twice."""
    return {_meaning(each) for each in tracker.trained_on.values()}


def _meaning(i: Interaction) -> tuple[Any, ...]:
    return i.event_type.value, i.user_id, i.visit_id, i.item_id, i.sent_at_s, i.event_value


@pytest.mark.parametrize("batch", [1, 7, 10_000])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("perform", SCREENS)
def test_a_viewing_earns_the_same_in_every_vocabulary(
    perform: Callable[[], Screen], dialect: str, batch: int
) -> None:
    """Type, user, visit, item, time and value, however the messages are cut into batches."""
    screen = perform()
    native = recorded(told(screen, "native"), batch)
    foreign = recorded(told(screen, dialect), batch)
    assert meaning(foreign) == meaning(native)


@pytest.mark.parametrize("vocabulary", ["native", *DIALECTS])
def test_an_hour_of_heartbeats_is_at_most_three_interactions(vocabulary: str) -> None:
    """Not one a heartbeat; delivered one by one, and all of it twice."""
    screen = an_hour()
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
    screen = dragged_to_its_end()
    bodies = told(screen, vocabulary)
    tracker = recorded(bodies, batch=5)
    assert {each.event_type.value for each in tracker.trained_on.values()} == {"Click"}


@pytest.mark.parametrize("vocabulary", ["native", *DIALECTS])
def test_a_clip_that_loops_is_watched_once(vocabulary: str) -> None:
    """Fifteen seconds, ten times."""
    screen = a_screen("loop", 15)
    screen.play()
    for _ in range(10):
        screen.watch(15)
        screen.seek(0)
    screen.leave()
    bodies = told(screen, vocabulary)
    tracker = recorded(bodies, batch=4)
    types = Counter(each.event_type.value for each in tracker.trained_on.values())
    assert (types["Click"], types["Watch"]) == (1, 1)
