"""The fold: the same totals and the same interactions, however the points are delivered."""

import random
from collections.abc import Sequence
from copy import replace
from itertools import batched
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.activity import Totals
from ingestion.domain.folding import Earned, Point, fold
from ingestion.domain.playback_state import MAX_MOMENTS, PlaybackState, state_key
from ingestion.domain.point import Dialect
from ingestion.domain.spans import Span

from tests.support.builders import THRESHOLDS
from tests.support.viewings import VIEWINGS, Viewing, a_point, at, beats, points_of

NEW = PlaybackState("key")

each_viewing = pytest.mark.parametrize("viewing", VIEWINGS, ids=str)


def folded(batches: Sequence[Sequence[Point]]) -> tuple[PlaybackState, list[Earned]]:
    """Fold batch after batch, each over the state that the one before left."""
    state: PlaybackState = NEW
    earned: list[Earned] = []
    for batch in batches:
        result = fold(state, batch, THRESHOLDS)
        state = result.state
        earned += result.earned
    return state, earned


def totals_in(state: PlaybackState) -> Totals:
    """The totals of the only playback in a state."""
    (playback,) = state.playbacks.values()
    reckoning = playback.reckoning()
    for moment in playback.moments:
        reckoning.add(moment)
    return reckoning.totals


def check_totals(viewing: Viewing, state: PlaybackState) -> None:
    """The totals are those that the viewing says."""
    totals = totals_in(state)
    assert totals.watched_s == pytest.approx(viewing.watched_s)
    assert totals.unique_s == pytest.approx(viewing.unique_s)
    assert totals.watch_time_s == pytest.approx(viewing.watch_time_s)
    assert totals.completion == viewing.completion


def check(viewing: Viewing, batches: Sequence[Sequence[Point]]) -> None:
    """Totals and interactions are those that the viewing says."""
    state, earned = folded(batches)
    check_totals(viewing, state)
    assert new_types(earned) == viewing.earns


def new_types(earned: Sequence[Earned]) -> tuple[str, ...]:
    """What was earned for the first time, in order."""
    return tuple(each.event_type.value for each in earned if each.is_new)


def counted(points: Sequence[Point]) -> list[Point]:
    """The points with a count where they have none, so that their order can be found again."""
    return [
        replace(point, activity=point.activity.model_copy(update={"seq": number}))
        if point.activity.seq is None
        else point
        for number, point in enumerate(points)
    ]


def shuffled(points: Sequence[Point], seed: str) -> list[Point]:
    """The points in another order."""
    order = list(points)
    random.Random(seed).shuffle(order)  # noqa: S311  -- an order, not a secret
    return order


@each_viewing
def test_all_in_one_batch(viewing: Viewing) -> None:
    """The simplest delivery."""
    check(viewing, [points_of(viewing)])


@each_viewing
def test_one_point_a_batch(viewing: Viewing) -> None:
    """The state goes from batch to batch."""
    check(viewing, [[point] for point in points_of(viewing)])


@each_viewing
@pytest.mark.parametrize("size", [2, 3, 5])
def test_batches_with_other_borders(viewing: Viewing, size: int) -> None:
    """Where a batch ends means nothing."""
    check(viewing, list(batched(points_of(viewing), size, strict=False)))


@each_viewing
def test_everything_three_times(viewing: Viewing) -> None:
    """Twice in one batch, and later once more: nothing is counted or earned again."""
    points = points_of(viewing)
    check(viewing, [[*points, *points], points])


@each_viewing
def test_any_order_within_a_batch(viewing: Viewing) -> None:
    """The player's count brings them into order."""
    check(viewing, [shuffled(counted(points_of(viewing)), viewing.name)])


@each_viewing
def test_any_order_over_batches_ends_with_the_same_totals(viewing: Viewing) -> None:
    """Each point in a batch of its own, in any order, and twice."""
    points = counted(points_of(viewing))
    state, _ = folded([[point] for point in shuffled([*points, *points], viewing.name)])
    check_totals(viewing, state)


@given(st.sampled_from(VIEWINGS), st.data())
def test_every_delivery_ends_in_the_same_state(viewing: Viewing, data: st.DataObject) -> None:
    """Any permutation, copies and borders: equal states, what was earned apart."""
    points = counted(points_of(viewing))
    order = data.draw(st.permutations([*points, *data.draw(st.lists(st.sampled_from(points)))]))
    size = data.draw(st.integers(1, len(order)))
    once, _ = folded([points])
    again, earned = folded(list(batched(order, size, strict=False)))
    moments = {key: playback.moments for key, playback in again.playbacks.items()}
    assert moments == {key: playback.moments for key, playback in once.playbacks.items()}
    types = new_types(earned)
    assert len(types) == len(set(types))


def test_an_hour_of_heartbeats_earns_three_interactions() -> None:
    """One a threshold, whatever the number of heartbeats."""
    viewing = [at(0, "play", 0), *beats(10, 10, 359), at(3600, "ended", 3600)]
    points = [a_point(n, event, 3600.0) for n, event in enumerate(viewing)]
    _, earned = folded([[point] for point in points])
    assert new_types(earned) == ("Click", "Watch", "Complete")


def test_an_interaction_is_dated_when_it_was_earned() -> None:
    """A film that arrives in one batch was not clicked at its end."""
    points = points_of(VIEWINGS[0])
    _, earned = folded([points])
    begin = points[0].occurred_at_ms
    assert [(each.point.occurred_at_ms - begin) / 1000 for each in earned if each.is_new] == [
        0,
        50,
        90,
    ]
    assert [each.totals.completion for each in earned if each.is_new] == [0, 0.5, 0.9]


def test_a_late_point_that_lets_an_earlier_one_earn_bears_what_it_brought() -> None:
    """The earlier one is not in this batch any more, so the late one answers for it."""
    play, *others = counted(points_of(VIEWINGS[0]))
    state, early = folded([others])
    assert new_types(early) == ()
    late = fold(state, [play], THRESHOLDS)
    assert new_types(late.earned) == ("Click", "Watch", "Complete")
    assert {each.point.message.id for each in late.earned} == {play.message.id}


def test_a_rest_raises_what_was_earned_before() -> None:
    """The archive learns the final completion; Personalize is not told again."""
    _, earned = folded([points_of(VIEWINGS[0])])
    raised = [(each.event_type, each.totals.completion) for each in earned if not each.is_new]
    assert raised == [("Watch", 1.0), ("Complete", 1.0)]


def test_heartbeats_raise_nothing() -> None:
    """A row for each of them would be a row for nothing."""
    points = points_of(VIEWINGS[0])[:-1]
    _, earned = folded([[point] for point in points])
    assert all(each.is_new for each in earned)


def test_what_was_told_before_is_named_as_repeated() -> None:
    """The account calls it superseded."""
    first, second, *_ = points_of(VIEWINGS[0])
    copy = replace(first, message=replace(first.message, id="copy"))
    result = fold(NEW, [first, copy], THRESHOLDS)
    assert (result.repeated, result.is_news) == ({"copy"}, True)
    again = fold(result.state, [first, copy], THRESHOLDS)
    assert (again.repeated, again.is_news) == ({first.message.id, "copy"}, False)
    assert fold(result.state, [second], THRESHOLDS).is_news


def test_of_two_tellings_of_one_id_the_first_stays() -> None:
    """A broken player; a known id is a repeated delivery, so nothing is stored for it."""
    one = a_point(1, at(10, "heartbeat", 10, id="x"), 100)
    other = a_point(2, at(10, "heartbeat", 90, id="x"), 100)
    state = fold(NEW, [one], THRESHOLDS).state
    again = fold(state, [other], THRESHOLDS)
    assert (again.is_news, again.state.playbacks) == (False, state.playbacks)


def test_a_playback_with_too_many_moments_keeps_its_totals() -> None:
    """The oldest are reckoned for good; what comes again for their time is not counted again."""
    events = [at(0, "play", 0), *beats(10, 10, MAX_MOMENTS + 10)]
    points = [a_point(n, event, 50_000.0) for n, event in enumerate(events)]
    state, earned = folded([points[:1500], points[1500:], points[:5], points[-5:]])
    (playback,) = state.playbacks.values()
    assert len(playback.moments) <= MAX_MOMENTS
    assert totals_in(state).watched_s == (MAX_MOMENTS + 10) * 10
    assert new_types(earned) == ("Click", "Watch")


def test_a_state_past_its_time_is_as_good_as_none() -> None:
    """A store may show it for days; the version must be named all the same."""
    state = PlaybackState("key", version=3, playbacks=folded([points_of(VIEWINGS[0])])[0].playbacks)
    old = replace(state, expires_at_s=1000)
    assert old.as_of(999) is old
    assert old.as_of(1000) == PlaybackState("key", version=3)


class TestOwnCounts:
    """A player that counts spans itself, as xAPI's do: cumulative over a visit, so diffed."""

    def statement(self, number: int, t_s: float, played: list[Span], **fields: Any) -> Point:
        event = at(t_s, fields.pop("what", "pause"), played[-1][1] if played else 0)
        spans = {"played": tuple(played)} if played else {}
        return a_point(number, event, 100.0, dialect=Dialect.XAPI, **spans, **fields)

    def earned(self, *statements: Point) -> list[Earned]:
        """One statement a batch."""
        return folded([[each] for each in statements])[1]

    def test_the_count_of_the_player_is_believed(self) -> None:
        """Even where its statements between were lost."""
        earned = self.earned(
            self.statement(1, 0, [], what="play"),
            self.statement(2, 60, [(0, 20), (40, 60), (10, 20)]),
        )
        assert new_types(earned) == ("Click",)
        more = self.statement(3, 90, [(0, 20), (40, 60), (10, 20), (60, 75)])
        _, all_earned = folded([[self.statement(1, 0, [], what="play")], [more]])
        watch = all_earned[-1]
        assert new_types(all_earned) == ("Click", "Watch")
        assert (watch.totals.unique_s, watch.totals.watched_s) == (55, 65)

    def test_a_later_playback_counts_only_what_it_adds(self) -> None:
        """Players append to the list of the visit."""
        earned = self.earned(
            self.statement(1, 0, [], what="play", playback_id="first"),
            self.statement(2, 40, [(0, 40)], playback_id="first"),
            self.statement(3, 1000, [], what="play", playback_id="second"),
            self.statement(4, 1030, [(0, 40), (40, 70)], playback_id="second"),
        )
        assert new_types(earned) == ("Click", "Click")

    def test_a_player_that_merges_what_it_counted_is_diffed_all_the_same(self) -> None:
        """One span from the beginning, of which the second playback played the second half."""
        earned = self.earned(
            self.statement(1, 0, [], what="play", playback_id="first"),
            self.statement(2, 40, [(0, 40)], playback_id="first"),
            self.statement(3, 1000, [], what="play", playback_id="second"),
            self.statement(4, 1060, [(0, 95)], playback_id="second"),
        )
        assert new_types(earned) == ("Click", "Click", "Watch")
        assert earned[-1].totals.played == ((40, 95),)

    def test_a_player_that_counts_anew_is_taken_at_its_word(self) -> None:
        """Its second list has nothing of the first."""
        earned = self.earned(
            self.statement(1, 0, [], what="play", playback_id="first"),
            self.statement(2, 40, [(0, 40)], playback_id="first"),
            self.statement(3, 1000, [], what="play", playback_id="second"),
            self.statement(4, 1060, [(30, 90)], playback_id="second"),
        )
        assert earned[-1].totals.unique_s == 60

    def test_an_older_count_does_not_replace_a_later_one(self) -> None:
        """Delivery may be out of order."""
        late = self.statement(2, 60, [(0, 60)])
        earned = self.earned(late, self.statement(1, 10, [(0, 10)], what="pause"))
        assert [each.totals.unique_s for each in earned] == [60]


def test_playbacks_of_foreign_players_are_kept_apart_by_visit_item_and_id() -> None:
    """Nobody reaches another's playback by making up its id; xAPI counts over a visit."""
    point = a_point(0, at(0, "play", 0), 100)
    keys = {
        state_key(point.activity.model_copy(update=change))
        for change in ({}, {"visit_id": "v"}, {"item_id": "i"}, {"playback_id": "p"})
    }
    assert len(keys) == 4
    one = point.activity.model_copy(update={"dialect": Dialect.XAPI})
    assert state_key(one) == state_key(one.model_copy(update={"playback_id": "p"}))
