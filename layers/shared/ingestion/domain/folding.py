"""The fold: points of foreign players, delivered in any order → what their playbacks earn.

The moments of a playback are kept as a set and its totals are reckoned anew from the whole set, so
duplicates, replays, lateness and the borders of batches change nothing. What a playback has earned
is remembered with it, so that it is earned once.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import replace
from dataclasses import dataclass
from typing import NamedTuple

from ingestion.domain.activity import Progress, Totals
from ingestion.domain.moment import Moment, MomentOrder, moment_of
from ingestion.domain.parsing import ReceivedActivity
from ingestion.domain.playback import RESTS, EventType, Thresholds, reached
from ingestion.domain.playback_state import Playback, PlaybackState, Snapshot
from ingestion.domain.point import PointActivity
from ingestion.domain.spans import Span, Union, clipped, length_s, without
from ingestion.domain.watch_time import Reckoning, totals_of

type Point = ReceivedActivity[PointActivity]


@dataclass(frozen=True, slots=True)
class Earned:
    """An interaction that a playback earns.

    Attributes:
        point: The point that brought it, dated when it was earned.
        totals: Those of the playback at that moment.
        is_new: False when it was earned before and only its completion has grown.
    """

    point: Point
    event_type: EventType
    totals: Totals
    is_new: bool


@dataclass(frozen=True, slots=True)
class Folded:
    """What came of the points of one key.

    Attributes:
        state: The state to store once what was earned has been sent.
        repeated: Ids of the messages that told nothing new.
        is_news: Whether any told something new, so that the state has to be stored.
    """

    state: PlaybackState
    earned: tuple[Earned, ...]
    repeated: frozenset[str]
    is_news: bool


def fold(state: PlaybackState, points: Sequence[Point], thresholds: Thresholds) -> Folded:
    """Add points to what is known of their playbacks.

    Args:
        state: What is stored under their key.
        points: Points of that key, in any order, known ones among them.
        thresholds: From where on a playback counts.
    """
    arrived = _by_playback(points)
    grown = {**state.playbacks} | {
        playback_id: _with_points(state.playback(playback_id), added)
        for playback_id, added in arrived.items()
    }
    news = {
        playback_id: _news(state.playback(playback_id), added)
        for playback_id, added in arrived.items()
    }
    results = {
        playback_id: _earn(
            grown[playback_id], _own_counts(playback_id, grown, fresh), fresh, thresholds
        )
        for playback_id, fresh in news.items()
        if fresh
    }
    told = {point.message.id for fresh in news.values() for point in fresh.values()}
    return Folded(
        state.with_playbacks({each: playback for each, (playback, _) in results.items()}),
        tuple(each for _, earned in results.values() for each in earned),
        frozenset(point.message.id for point in points) - told,
        is_news=bool(told),
    )


def _by_playback(points: Sequence[Point]) -> dict[str, list[Point]]:
    arrived: defaultdict[str, list[Point]] = defaultdict(list)
    for point in points:
        arrived[point.activity.playback_id].append(point)
    return arrived


def _with_points(playback: Playback, points: Sequence[Point]) -> Playback:
    grown = playback.with_moments([moment_of(point) for point in points])
    for snapshot in filter(None, map(_snapshot_of, points)):
        grown = grown.with_snapshot(snapshot)
    return grown


def _snapshot_of(point: Point) -> Snapshot | None:
    played = point.activity.played
    return None if played is None else Snapshot(moment_of(point).order, played)


def _news(playback: Playback, points: Sequence[Point]) -> dict[str, Point]:
    """The points that tell something new, by the id of their moment, in order."""
    told = [(moment_of(point), point) for point in reversed(points)]
    unknown = playback.unknown(moment for moment, _ in told)
    in_order = sorted(told, key=lambda each: each[0].order)
    return {moment.id: point for moment, point in in_order if moment.id in unknown}


class _OwnCount(NamedTuple):
    """What the player itself counted for one playback, and since which moment we know it."""

    order: MomentOrder
    union: Union
    watched_s: float


def _own_counts(
    playback_id: str, playbacks: Mapping[str, Playback], news: Mapping[str, Point]
) -> tuple[_OwnCount, ...]:
    """The player's counts for a playback alone, in order: without what it played before.

    That of the state is the latest; what is new in this batch may tell how it came to it.
    """
    playback = playbacks[playback_id]
    if playback.snapshot is None:
        return ()
    told = {playback.snapshot, *filter(None, map(_snapshot_of, news.values()))}
    earlier = [
        other.snapshot
        for other in playbacks.values()
        if other.snapshot is not None and other.began < playback.began
    ]
    known = max(earlier).spans if earlier else ()
    return tuple(_own_count(each, known, playback.duration_s) for each in sorted(told))


def _own_count(snapshot: Snapshot, known: Sequence[Span], duration_s: float | None) -> _OwnCount:
    spans = clipped(_since(known, snapshot.spans), duration_s)
    return _OwnCount(snapshot.order, Union.of(spans), length_s(spans))


def _since(known: Sequence[Span], counted: Sequence[Span]) -> Sequence[Span]:
    """What was counted after what was known: players append, merge, or begin anew."""
    if tuple(counted[: len(known)]) == tuple(known):
        return counted[len(known) :]
    now, before = Union.of(counted), Union.of(known)
    return without(now.spans, before.spans) if now.covers(before.spans) else counted


def _earn(
    playback: Playback,
    own: Sequence[_OwnCount],
    news: Mapping[str, Point],
    thresholds: Thresholds,
) -> tuple[Playback, tuple[Earned, ...]]:
    """The playback with what it has earned by now, and what of that is new."""
    earning = _Earning(playback, own, news, thresholds)
    earned = tuple(earning.run())
    return replace(playback, emitted=earning.emitted), earned


class _Earning:
    """One playback on its way through its moments, earning what it has not earned before."""

    def __init__(
        self,
        playback: Playback,
        own: Sequence[_OwnCount],
        news: Mapping[str, Point],
        thresholds: Thresholds,
    ) -> None:
        self._playback = playback
        self._own = own
        self._news = news
        self._newest = tuple(news.values())[-1]
        self._thresholds = thresholds
        self.emitted = dict(playback.emitted)

    def run(self) -> Iterator[Earned]:
        """What the playback earns, in order of its moments."""
        reckoning = self._playback.reckoning()
        for moment in self._playback.moments:
            reckoning.add(moment)
            progress = self._progress(moment, reckoning)
            for event_type in reached(progress, self._thresholds):
                if event_type not in self.emitted:
                    yield self._earned(event_type, moment, reckoning, is_new=True)
        yield from self._raised(self._playback.moments[-1], reckoning)

    def _raised(self, last: Moment, reckoning: Reckoning) -> Iterator[Earned]:
        """What has grown since it was earned, told when the playback rests."""
        if not any(point.activity.type in RESTS for point in self._news.values()):
            return
        unique_s = self._progress(last, reckoning).unique_s
        for event_type, told_s in tuple(self.emitted.items()):
            if event_type is not EventType.CLICK and told_s < unique_s:
                yield self._earned(event_type, last, reckoning, is_new=False)

    def _earned(
        self, event_type: EventType, moment: Moment, reckoning: Reckoning, *, is_new: bool
    ) -> Earned:
        totals = self._totals(moment, reckoning)
        self.emitted[event_type] = totals.unique_s
        bearer = self._news.get(moment.id, self._newest)
        point = replace(bearer, occurred_at_ms=moment.occurred_at_ms)
        return Earned(point, event_type, totals, is_new)

    def _progress(self, moment: Moment, reckoning: Reckoning) -> Progress:
        progress = reckoning.progress
        if not self._own:
            return progress
        unique_s = self._own_at(moment).union.measure_s
        return progress.model_copy(update={"unique_s": round(unique_s, 3)})

    def _totals(self, moment: Moment, reckoning: Reckoning) -> Totals:
        if not self._own:
            return reckoning.totals
        own = self._own_at(moment)
        return totals_of(self._progress(moment, reckoning), own.union, own.watched_s)

    def _own_at(self, moment: Moment) -> _OwnCount:
        """What the player had counted by then; nothing as long as it has not said."""
        nothing = _OwnCount(moment.order, Union(), 0.0)
        return next((own for own in reversed(self._own) if own.order <= moment.order), nothing)
