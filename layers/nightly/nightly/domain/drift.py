"""How far a build has moved from an earlier one.

The population stability index (PSI) sums `(now - before) * ln(now / before)` over the shares of
bins. Below 0.1 is read as no change, from 0.1 to 0.25 as some, above as a large one: a rule of
thumb of credit scoring (N. Siddiqi, Credit Risk Scorecards, 2006; the same in the manual of the R
package scorecard, `perf_psi`). Of two samples of one population chance alone is expected to make
`(bins - 1) * (1/n + 1/m)` of it (B. Yurdakul, Statistical Properties of Population Stability
Index, 2018), so an index of few interactions says nothing.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from nightly.domain.exceeding import exceeds
from nightly.domain.figure_words import POPULAR
from nightly.domain.statistics import BuildStatistics, ItemCount

# An empty bin would make the index infinite.
_LEAST_SHARE: Final = 0.0001
_OTHERS: Final = ""

type Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shift:
    """One distribution, then and now.

    Attributes:
        name: `event_mix`, `completion` or `popularity`.
        psi: The population stability index.
        by_chance: How much of it chance alone is expected to make; infinite if one side is empty.
        is_of_new: Whether the interactions that came since are compared, or all of the build.
    """

    name: str
    psi: float
    by_chance: float
    is_of_new: bool


def psi(before: Counts, now: Counts) -> float:
    """The index of two distributions; 0 for equal shares, and 0 if either is empty."""
    if not sum(before.values()) or not sum(now.values()):
        return 0.0
    terms = (
        (b - a) * math.log(b / a)
        for name in sorted({*before, *now})
        for a, b in [(_share(before, name), _share(now, name))]
    )
    return math.fsum(terms)


def by_chance(before: Counts, now: Counts) -> float:
    """What the index of two samples of one population would be on average."""
    one, other = sum(before.values()), sum(now.values())
    bins = sum(1 for name in {*before, *now} if before.get(name) or now.get(name))
    return (bins - 1) * (1 / one + 1 / other) if one and other else math.inf


def shifts(before: BuildStatistics, now: BuildStatistics, most_by_chance: float) -> list[Shift]:
    """How event types, shares watched and popular items have moved.

    Of types and shares what came since the earlier build is compared with it, if that is enough to
    tell: a year of good days would hide a bad one. Of items that is not known, as only the most
    popular are counted.

    Args:
        before: An earlier build.
        now: A later one.
        most_by_chance: Beyond it the whole builds are compared.
    """
    return [
        _newest("event_mix", before.event_types, now.event_types, most_by_chance),
        _newest("completion", completion(before), completion(now), most_by_chance),
        _shift("popularity", *_popularity(before, now), is_of_new=False),
    ]


def _newest(name: str, before: Counts, now: Counts, most_by_chance: float) -> Shift:
    came = _added(before, now)
    if min(came.values(), default=0) >= 0 and not exceeds(by_chance(before, came), most_by_chance):
        return _shift(name, before, came, is_of_new=True)
    return _shift(name, before, now, is_of_new=False)


def came_since(before: Counts, now: Counts) -> Counts:
    """What was added to a distribution; all of it where something was taken away."""
    came = _added(before, now)
    return came if min(came.values(), default=0) >= 0 else now


def _added(before: Counts, now: Counts) -> Counts:
    return {key: now.get(key, 0) - before.get(key, 0) for key in {*before, *now}}


def _shift(name: str, before: Counts, now: Counts, *, is_of_new: bool) -> Shift:
    return Shift(name, psi(before, now), by_chance(before, now), is_of_new)


def _share(counts: Counts, name: str) -> float:
    return max(counts.get(name, 0) / sum(counts.values()), _LEAST_SHARE)


def completion(statistics: BuildStatistics) -> Counts:
    """Interactions by the share watched, as a distribution."""
    return {f"{each.low:.2f}": each.count for each in statistics.completion}


def _popularity(before: BuildStatistics, now: BuildStatistics) -> tuple[Counts, Counts]:
    """Each item that is in either list, and all others together."""
    names = {each.item_id for each in (*before.popular_items, *now.popular_items)}
    return _of_items(names, before), _of_items(names, now)


def _of_items(names: Iterable[str], statistics: BuildStatistics) -> Counts:
    """An item that a full list does not name may have as many as the last one that it names.

    Else two items that change places at the end of the list would look like a drift.
    """
    counts = {each.item_id: each.interactions for each in statistics.popular_items}
    unnamed = _least(statistics.popular_items)
    listed = {name: counts.get(name, unnamed) for name in names}
    return listed | {_OTHERS: max(statistics.rows - sum(listed.values()), 0)}


def _least(items: tuple[ItemCount, ...]) -> int:
    return items[-1].interactions if len(items) >= POPULAR else 0
