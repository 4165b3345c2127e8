"""A batch with points in it: read, folded, sent, and only then remembered."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.application.deriving import Derived, DerivedBatch
from ingestion.application.folding import fold_points, remember
from ingestion.application.outcome import Disposition, Outcome
from ingestion.application.recording import RecorderPorts, record
from ingestion.domain.activity import Consent, ConsentState
from ingestion.domain.errors import TransientError
from ingestion.domain.folding import Point
from ingestion.domain.interaction import Interaction
from ingestion.domain.put_events import PutEventsCall
from ingestion.domain.rejection import RejectionReason

from tests.support.builders import PLAYBACK_RULES
from tests.support.fakes import (
    FakeEventTracker,
    FakeInteractionArchive,
    FakePlaybackStates,
    FakeRejectionStore,
    plenty_of_time,
)
from tests.support.viewings import VIEWINGS, Viewing, a_point, at, points_of

D = Disposition
THROUGH = VIEWINGS[0]


class Story:
    """A recorder with fakes, given points as the dialects would make them."""

    def __init__(self, **tracker: Any) -> None:
        self.tracker = FakeEventTracker(**tracker)
        self.archive = FakeInteractionArchive()
        self.rejections = FakeRejectionStore()
        self.states = FakePlaybackStates()

    def record(self, points: Sequence[Point]) -> Outcome:
        """One batch, as `record_playback` records it."""
        derived = DerivedBatch(
            tuple(point.message for point in points), tuple(map(Derived, points)), ()
        )
        batch, remembering = fold_points(derived, PLAYBACK_RULES, self.states)
        ports = RecorderPorts(self.tracker, self.archive, self.rejections, concurrent_calls=4)
        outcome = record(batch, ports=ports, time_left=plenty_of_time)
        return remember(remembering, outcome, self.states, at_once=4)

    @property
    def sent(self) -> Counter[str]:
        """How often each event type was sent."""
        calls = self.tracker.calls
        return Counter(i.event_type.value for call in calls for i in call.interactions)


def ends(outcome: Outcome) -> Counter[Disposition]:
    return Counter(disposition for _, disposition in outcome.dispositions)


def test_a_viewing_in_points_is_recorded_as_its_totals_earn() -> None:
    """One read and one write for all of it; what earns nothing is no interaction."""
    story = Story()
    outcome = story.record(points_of(THROUGH))
    assert story.sent == {"Click": 1, "Watch": 1, "Complete": 1}
    assert ends(outcome) == {D.RECORDED: 3, D.NO_INTERACTION: 8}
    assert (story.states.loads, story.states.saves) == (1, 1)


def test_a_batch_delivered_again_sends_nothing_and_stores_nothing() -> None:
    """It was remembered after it had been sent."""
    story = Story()
    story.record(points_of(THROUGH))
    outcome = story.record(points_of(THROUGH))
    assert story.sent == {"Click": 1, "Watch": 1, "Complete": 1}
    assert ends(outcome) == {D.SUPERSEDED: 11}
    assert story.states.saves == 1


def test_a_batch_without_points_reads_nothing() -> None:
    """Players that send totals cost no read."""
    story = Story()
    story.record([])
    assert (story.states.loads, story.states.saves) == (0, 0)


def test_what_could_not_be_sent_is_not_remembered_and_comes_again() -> None:
    """All messages of the playback, as the state that stands for them was not stored."""
    throttled = [True]
    story = Story(fails=lambda _call: throttled[0])
    outcome = story.record(points_of(THROUGH))
    assert ends(outcome) == {D.FAILED: 11}
    assert story.states.states == {}
    throttled.clear()
    throttled.append(False)
    assert ends(story.record(points_of(THROUGH)))[D.RECORDED] == 3
    assert story.states.saves == 1


def test_a_playback_that_fails_does_not_hold_back_another() -> None:
    """Each state stands for its own messages."""

    def is_first(call: PutEventsCall) -> bool:
        return call.visit_id == "visit-1"

    story = Story(fails=is_first)
    other = [
        a_point(100 + n, event, 100, visit_id="visit-2", user_id="user-2", playback_id="p-2")
        for n, event in enumerate(THROUGH.events)
    ]
    outcome = story.record([*points_of(THROUGH), *other])
    assert ends(outcome) == {D.FAILED: 11, D.RECORDED: 3, D.NO_INTERACTION: 8}
    assert len(story.states.states) == 1


def test_a_state_that_another_wrote_meanwhile_is_folded_anew_at_the_next_delivery() -> None:
    """The interactions were sent; sent again, they have the same event ids."""
    story = Story()
    story.states.conflicts = lambda _key: True
    assert ends(story.record(points_of(THROUGH))) == {D.FAILED: 11}
    story.states.conflicts = lambda _key: False
    assert ends(story.record(points_of(THROUGH)))[D.RECORDED] == 3
    assert len(story.tracker.trained_on) == 3


def test_a_store_that_is_down_fails_the_batch() -> None:
    """It is delivered again, as a whole."""
    story = Story()
    story.states.is_down = True
    with pytest.raises(TransientError):
        story.record(points_of(THROUGH))
    assert story.tracker.calls == []


def test_points_of_a_viewer_who_forbids_it_are_not_even_remembered() -> None:
    """They are archived raw, and that is all."""
    denied = Consent(state=ConsentState.DENIED)
    story = Story()
    outcome = story.record(points_of(THROUGH, consent=denied))
    assert ends(outcome) == {D.NO_INTERACTION: 11}
    assert story.states.loads == 0


def test_a_fault_of_our_fold_rejects_the_messages_of_that_playback_alone() -> None:
    """The shard goes on, and the bytes wait to be replayed."""
    story = Story()
    story.record([points_of(THROUGH)[0]])
    (key,) = story.states.states
    story.states.states[key] = "not a state"  # pyright: ignore[reportArgumentType]
    other = a_point(50, at(0, "play", 0), 100, visit_id="visit-2", user_id="user-2")
    outcome = story.record([*points_of(THROUGH)[1:3], other])
    assert ends(outcome) == {D.REJECTED: 2, D.RECORDED: 1}
    reasons = [rejection.reason for rejection in story.rejections.rejections.values()]
    assert reasons == [RejectionReason.INTERNAL_ERROR] * 2


def test_a_refused_interaction_is_a_rejection_and_the_state_is_remembered() -> None:
    """It can never succeed, so it must not be tried again."""

    def is_watch(interaction: Interaction) -> bool:
        return interaction.event_type == "Watch"

    story = Story(refuses=is_watch)
    outcome = story.record(points_of(THROUGH))
    assert ends(outcome)[D.REJECTED] == 1
    assert story.states.saves == 1


def test_a_state_outlives_the_lateness_that_is_taken() -> None:
    """What comes after that is rejected as too late, so nothing can be counted twice."""
    story = Story()
    points = points_of(THROUGH)
    story.record(points)
    (state,) = story.states.states.values()
    window = PLAYBACK_RULES.window
    latest_s = points[-1].message.arrived_at_ms // 1000
    assert state.expires_at_s == latest_s + window.max_lateness_s + window.max_skew_s


@given(st.sampled_from(VIEWINGS), st.data())
def test_whatever_fails_on_the_way_each_interaction_is_trained_on_once(
    viewing: Viewing, data: st.DataObject
) -> None:
    """Throttled calls and lost writes at any time; the shard comes again from its first failure."""

    def by_chance(_: object) -> bool:
        return broken and data.draw(st.booleans())

    broken = True
    story = Story(fails=by_chance)
    story.states.conflicts = by_chance
    points = points_of(viewing)
    place = {point.message.id: at for at, point in enumerate(points)}
    next_one, attempts = 0, 0
    while next_one < len(points):
        attempts += 1
        broken = attempts <= 2 * len(points)
        batch = points[next_one : next_one + data.draw(st.integers(1, 5))]
        outcome = story.record(batch)
        next_one = min((place[each] for each in outcome.failed), default=next_one + len(batch))
    trained_on = [each.event_type.value for each in story.tracker.trained_on.values()]
    assert sorted(trained_on) == sorted(viewing.earns)
    assert story.rejections.rejections == {}
