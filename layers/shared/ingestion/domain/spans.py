"""Spans of content: the union of what was played, and its measure, in content seconds."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

type Span = tuple[float, float]

# Timers and positions are cut to some tenths of a second: a hole this small was played.
CLOSED_GAP_S: Final = 0.5


@dataclass(slots=True)
class Union:
    """The union of spans, kept merged: ascending, and no gap of `CLOSED_GAP_S` or less inside.

    Spans that follow each other, as playing yields them, are added in constant time.

    Attributes:
        spans: The merged spans.
        measure_s: The sum of their lengths.
    """

    spans: list[Span] = field(default_factory=list[Span])
    measure_s: float = 0.0

    @classmethod
    def of(cls, spans: Iterable[Span]) -> "Union":
        """The union of spans in any order."""
        union = cls()
        for span in sorted(spans):
            union.add(span)
        return union

    def add(self, span: Span) -> None:
        """Take a span in, merging what it touches."""
        low, high = span
        first = bisect_left(self.spans, low - CLOSED_GAP_S, key=itemgetter(1))
        last = bisect_right(self.spans, high + CLOSED_GAP_S, lo=first, key=itemgetter(0))
        touched = self.spans[first:last]
        if touched:
            low, high = min(low, touched[0][0]), max(high, touched[-1][1])
        self.spans[first:last] = [(low, high)]
        self.measure_s += high - low - length_s(touched)

    def covers(self, spans: Iterable[Span]) -> bool:
        """Whether every span lies in the union; gaps that count as played included."""
        return all(self._covers(span) for span in spans)

    def _covers(self, span: Span) -> bool:
        at = bisect_right(self.spans, span[0] + CLOSED_GAP_S, key=itemgetter(0)) - 1
        return at >= 0 and span[1] <= self.spans[at][1] + CLOSED_GAP_S


def length_s(spans: Iterable[Span]) -> float:
    """The sum of the lengths; what is there twice counts twice."""
    return sum(high - low for low, high in spans)


def clipped(spans: Iterable[Span], duration_s: float | None) -> list[Span]:
    """The spans within the content; a duration of None clips nothing."""
    if duration_s is None:
        return [span for span in spans if span[0] < span[1]]
    cut = ((low, min(high, duration_s)) for low, high in spans)
    return [span for span in cut if span[0] < span[1]]


def without(spans: Iterable[Span], taken: Sequence[Span]) -> list[Span]:
    """The parts of ascending spans that lie in none of the ascending `taken` spans."""
    rest: list[Span] = []
    for low, high in spans:
        at = low
        for hole_low, hole_high in taken:
            if hole_low < high and hole_high > at:
                rest.append((at, hole_low))
                at = hole_high
        rest.append((at, high))
    return clipped(rest, None)


def longest(spans: Sequence[Span], at_most: int) -> list[Span]:
    """The `at_most` longest spans, in their order: where room is short the crumbs go first."""
    if len(spans) <= at_most:
        return list(spans)
    kept = sorted(spans, key=lambda span: span[0] - span[1])[:at_most]
    return sorted(kept)
