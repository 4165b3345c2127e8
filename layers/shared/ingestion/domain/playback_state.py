"""What is remembered of playbacks whose player tells moments instead of totals."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy, replace
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ingestion.domain.moment import Moment, MomentOrder
from ingestion.domain.playback import EventType
from ingestion.domain.point import Dialect, PointActivity
from ingestion.domain.spans import Span
from ingestion.domain.watch_time import Reckoning, longest_duration_s

# Some five hours of heartbeats every ten seconds, seeks and pauses included: 30 KB at most.
MAX_MOMENTS: Final = 2000
# How many are left when there are more: freezing half of them is rarely done.
_MOMENTS_AFTER_FREEZING: Final = 1000
# xAPI counts over a registration, in which a viewer can come back to an item again and again.
MAX_PLAYBACKS: Final = 50


class Snapshot(NamedTuple):
    """The spans that the player itself counted, cumulative, as of one moment."""

    order: MomentOrder
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Playback:
    """What is remembered of one playback.

    Attributes:
        moments: In their order, each id once.
        frozen: The reckoning of the moments before these, when there were too many.
        frozen_until: The order of the last moment in it.
        snapshot: The latest count of the player itself.
        emitted: What it has earned, each with the unique seconds that its row tells.
    """

    moments: tuple[Moment, ...] = ()
    frozen: Reckoning | None = None
    frozen_until: MomentOrder | None = None
    snapshot: Snapshot | None = None
    emitted: Mapping[EventType, float] = field(default_factory=dict[EventType, float])

    @property
    def duration_s(self) -> float | None:
        """The duration of the content as far as it was told."""
        told = [moment.duration_s for moment in self.moments]
        return longest_duration_s([*told, self.frozen.duration_s if self.frozen else None])

    @property
    def began(self) -> MomentOrder:
        """What sorts the playbacks of one item; that of the first moment that is remembered."""
        return self.frozen_until or self.moments[0].order

    def reckoning(self) -> Reckoning:
        """Where reckoning begins: at nothing, or after what is frozen."""
        if self.frozen is None:
            return Reckoning(self.duration_s)
        return replace(deepcopy(self.frozen), duration_s=self.duration_s)

    def unknown(self, moments: Iterable[Moment]) -> set[str]:
        """The ids of those moments that it does not know and can still take in."""
        known = {moment.id for moment in self.moments}
        until = self.frozen_until
        return {
            moment.id
            for moment in moments
            if moment.id not in known and (until is None or moment.order > until)
        }

    def with_moments(self, moments: Sequence[Moment]) -> "Playback":
        """The playback with these too; of two with one id the one that was told first stays."""
        unknown = self.unknown(moments)
        added = {moment.id: moment for moment in reversed(moments) if moment.id in unknown}
        in_order = sorted((*self.moments, *added.values()), key=lambda moment: moment.order)
        return replace(self, moments=tuple(in_order))

    def with_snapshot(self, snapshot: Snapshot) -> "Playback":
        """The playback with this count of its player, unless a later one is known."""
        is_later = self.snapshot is None or snapshot.order > self.snapshot.order
        return replace(self, snapshot=snapshot) if is_later else self

    def within_bounds(self) -> "Playback":
        """The playback with its oldest moments frozen, when there are too many."""
        if len(self.moments) <= MAX_MOMENTS:
            return self
        oldest = self.moments[:-_MOMENTS_AFTER_FREEZING]
        frozen = self.reckoning()
        for moment in oldest:
            frozen.add(moment)
        return replace(
            self,
            moments=self.moments[-_MOMENTS_AFTER_FREEZING:],
            frozen=frozen,
            frozen_until=oldest[-1].order,
        )


@dataclass(frozen=True, slots=True)
class PlaybackState:
    """What is stored under one key: the playbacks that have to be understood together.

    Attributes:
        key: See `state_key`.
        version: Of the stored state; 0 when nothing is stored. Who writes names the one it read.
        expires_at_s: From when on the state does not exist any more, epoch seconds.
    """

    key: str
    version: int = 0
    playbacks: Mapping[str, Playback] = field(default_factory=dict[str, Playback])
    expires_at_s: int = 0

    def as_of(self, now_s: int) -> "PlaybackState":
        """The state, or a new one in its place: a store may show what has expired for days."""
        return self if now_s < self.expires_at_s else PlaybackState(self.key, self.version)

    def playback(self, playback_id: str) -> Playback:
        """What is remembered of a playback, if anything."""
        return self.playbacks.get(playback_id, Playback())

    def with_playbacks(self, changed: Mapping[str, Playback]) -> "PlaybackState":
        """The state with these playbacks, the newest `MAX_PLAYBACKS` of all."""
        every = {**self.playbacks, **changed}
        newest = sorted(every, key=lambda playback_id: every[playback_id].began)[-MAX_PLAYBACKS:]
        return replace(
            self, playbacks={each: every[each].within_bounds() for each in sorted(newest)}
        )


def state_key(point: PointActivity) -> str:
    """Which points have to be understood together: those of a playback of an item in a visit.

    The visit stands in it so that nobody who makes up the id of a playback reaches the playback
    of somebody else. The spans of xAPI are cumulative over a registration (xAPI video profile
    1.0), which is the visit: there all playbacks of an item in the visit belong together.
    """
    together = (point.dialect, point.visit_id, point.item_id)
    return "|".join(together if point.dialect is Dialect.XAPI else (*together, point.playback_id))
