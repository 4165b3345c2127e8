"""One viewing, told in our own contract and in each dialect: the same interactions."""

from collections import Counter
from collections.abc import Sequence
from itertools import batched
from typing import Any

import pytest
from ingestion.application.playback_rules import PlaybackRules
from ingestion.domain.interaction import Interaction

from tests.support.builders import PLAYBACK_RULES, a_message
from tests.support.dialects import RULES
from tests.support.fakes import FakeEventTracker
from tests.support.performances import END, FOREIGN, LEAVE, PLAY, TELLERS, Performance
from tests.support.playback_story import PlaybackStory

_RULES = PlaybackRules(
    PLAYBACK_RULES.window, PLAYBACK_RULES.thresholds, PLAYBACK_RULES.columns, RULES
)
AN_HOUR = Performance("hour", 3600, (PLAY, ("watch", 3600), END))
DRAGGED_TO_ITS_END = Performance(
    "dragged", 100, (PLAY, ("watch", 10), ("seek", 90), ("watch", 10), END)
)
A_LOOP = Performance("loop", 15, (PLAY, *(("watch", 15), ("seek", 0)) * 10, LEAVE))
PERFORMANCES = (
    Performance("through", 100, (PLAY, ("watch", 100), END)),
    AN_HOUR,
    Performance("pause", 100, (PLAY, ("watch", 30), ("pause", 600), PLAY, ("watch", 40), LEAVE)),
    DRAGGED_TO_ITS_END,
    Performance("again", 100, (PLAY, ("watch", 60), ("seek", 30), ("watch", 70), END)),
    Performance("advertisement", 100, (PLAY, ("watch", 50), ("advertise", 30), ("watch", 50), END)),
    Performance("live", None, (PLAY, ("watch", 80), LEAVE)),
    Performance("given-up", 100, (PLAY, ("watch", 20), LEAVE)),
)


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
@pytest.mark.parametrize("dialect", FOREIGN)
@pytest.mark.parametrize("performance", PERFORMANCES, ids=str)
def test_a_viewing_earns_the_same_in_every_vocabulary(
    performance: Performance, dialect: str, batch: int
) -> None:
    """Type, user, visit, item, time and value, however the messages are cut into batches."""
    native = recorded(performance.told(TELLERS["native"]), batch)
    foreign = recorded(performance.told(FOREIGN[dialect]), batch)
    assert meaning(foreign) == meaning(native)


@pytest.mark.parametrize("vocabulary", TELLERS)
def test_an_hour_of_heartbeats_is_at_most_three_interactions(vocabulary: str) -> None:
    """Not one a heartbeat; delivered one by one, and all of it twice."""
    bodies = AN_HOUR.told(TELLERS[vocabulary])
    assert len(bodies) > 360
    tracker = recorded([*bodies, *bodies], batch=1)
    types = Counter(each.event_type.value for each in tracker.trained_on.values())
    assert types == {"Click": 1, "Watch": 1, "Complete": 1}
    if vocabulary != "native":
        assert sum(len(call.interactions) for call in tracker.calls) == 3


@pytest.mark.parametrize("vocabulary", TELLERS)
def test_a_film_dragged_to_its_end_is_not_complete(vocabulary: str) -> None:
    """It says "ended", it stands at the end, and a fifth of it was watched."""
    bodies = DRAGGED_TO_ITS_END.told(TELLERS[vocabulary])
    tracker = recorded(bodies, batch=5)
    assert {each.event_type.value for each in tracker.trained_on.values()} == {"Click"}


@pytest.mark.parametrize("vocabulary", TELLERS)
def test_a_clip_that_loops_is_watched_once(vocabulary: str) -> None:
    """Fifteen seconds, ten times."""
    bodies = A_LOOP.told(TELLERS[vocabulary])
    tracker = recorded(bodies, batch=4)
    types = Counter(each.event_type.value for each in tracker.trained_on.values())
    assert (types["Click"], types["Watch"]) == (1, 1)
