"""Who sends what, by a stated mix: many viewers in turn, and others between them."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from copy import replace
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType
from typing import Final

from local.demo import chance
from local.load import stories
from local.load.parcel import Kind, Parcel
from local.load.stories import Clock, Teller

type Mix = Mapping[Kind, float]
"""Share of each kind, in parts of any whole."""

DEFAULT_MIX: Final[Mix] = MappingProxyType(
    {
        Kind.NATIVE: 80.0,
        Kind.FOREIGN: 8.0,
        Kind.FEEDBACK: 8.0,
        Kind.METADATA: 2.0,
        Kind.DUPLICATE: 1.0,
        Kind.POISON: 1.0,
    }
)
# Of so many messages sent last one may be sent again.
_REMEMBERED: Final = 400
_REPEATABLE: Final = frozenset({Kind.NATIVE, Kind.FOREIGN, Kind.FEEDBACK})


@dataclass(slots=True)
class _Stories:
    """Story after story by one teller, a message at a time."""

    tell: Callable[[Teller, int], list[Parcel]]
    teller: Teller
    _left: deque[Parcel]
    _number: int = 0

    def draw(self) -> Parcel:
        while not self._left:
            self._left.extend(self.tell(self.teller, self._number))
            self._number += 1
        return self._left.popleft()

    def rest(self) -> Iterator[Parcel]:
        while self._left:
            yield self._left.popleft()


class Audience:
    """Everything that one producer has to send, without an end. The same for the same name."""

    def __init__(self, name: str, *, viewers: int, mix: Mix, clock: Clock) -> None:
        """Gather an audience.

        Args:
            name: Unique in the run; all ids and every chance follow from it.
            viewers: How many watch with our own player at one time.
            mix: Share of each kind.
            clock: Epoch milliseconds.
        """
        self._name = name
        self._drawn = 0
        self._kinds = list(mix)
        self._borders = list(accumulate(mix.values()))
        self._sent: deque[Parcel] = deque(maxlen=_REMEMBERED)

        def by(tell: Callable[[Teller, int], list[Parcel]], who: str) -> _Stories:
            return _Stories(tell, Teller(f"{name}-{who}", clock), deque())

        self._viewers = [by(stories.native_viewing, f"viewer-{n}") for n in range(viewers)]
        self._others = {
            Kind.FOREIGN: by(stories.foreign_viewing, "foreign"),
            Kind.FEEDBACK: by(stories.opinion, "critic"),
            Kind.METADATA: by(stories.metadata_record, "subject"),
            Kind.POISON: by(stories.poison, "poison"),
        }

    def draw(self) -> Parcel:
        """Give the next message."""
        self._drawn += 1
        kind = self._kind()
        if kind is Kind.DUPLICATE and self._sent:
            again = chance.one_of(self._sent, self._name, self._drawn, "again")
            return replace(again, kind=Kind.DUPLICATE)
        parcel = self._teller(kind).draw()
        if parcel.kind in _REPEATABLE:
            self._sent.append(parcel)
        return parcel

    def rest(self) -> Iterator[Parcel]:
        """Give what ends the stories that others than our own player have begun."""
        for teller in self._others.values():
            yield from teller.rest()

    def _kind(self) -> Kind:
        drawn = chance.share(self._name, self._drawn, "kind") * self._borders[-1]
        pairs = zip(self._kinds, self._borders, strict=True)
        return next(kind for kind, border in pairs if drawn < border)

    def _teller(self, kind: Kind) -> _Stories:
        if kind in self._others:
            return self._others[kind]
        return chance.one_of(self._viewers, self._name, self._drawn, "viewer")
