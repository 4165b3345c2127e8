"""The items, the viewers and the known taste: how likely each item satisfies each viewer.

Twelve genres, the n-th as common as n^-0.5. An item has one genre, or (0.4) a second that makes
30 % of it. A viewer's love of the genres is Dirichlet(0.25): two or three loved, the others hardly.

* affinity = genres of the item . genres of the viewer / the most loved one, 0..1
* quality ~ N(0, 1), 1.5 less for clickbait
* **taste** = logistic(-1 + 3 affinity + 0.7 quality + 0.5 N(0, 1)), the truth that is asked for
* thumbnail = 0.5 quality + 0.7 N(0, 1); for clickbait N(1.5, 0.5), whatever the quality
* exposure ~ rank^-zipf by thumbnail + N(0, 1)
* length: log-normal, median 5 minutes, sigma 0.8, from 1 to 45 minutes

The -1 and the 1.5 of clickbait were set so that the log agrees with the published figures of
`assumptions` (half of the plays disappoint; 20, 33 and 44 % are gone after 10, 30 and 60 s), before
any recommender was trained on one. No recommender sees any of this.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.signal.assumptions import Assumptions

type Floats = NDArray[np.float64]

GENRES: Final = 12
_SECOND_GENRE, _OF_SECOND = 0.4, 0.3
_LOVE: Final = 0.25
_MEDIAN_S, _SHORTEST_S, _LONGEST_S = 300, 60, 2700


@dataclass(frozen=True, slots=True)
class World:
    """What there is, with viewers and items as numbers.

    Attributes:
        taste: Viewers by items, 0..1: the chance that the item satisfies the viewer.
        affinity: Viewers by items, 0..1: what the viewer expects of an item by its genre.
        thumbnail: Items: how much it makes curious.
        exposure: Items: chance to be shown, sums up to 1.
        duration_s: Items: whole seconds.
        is_clickbait: Items.
    """

    taste: Floats
    affinity: Floats
    thumbnail: Floats
    exposure: Floats
    duration_s: NDArray[np.int64]
    is_clickbait: NDArray[np.bool_]


def make_world(assumptions: Assumptions, random: np.random.Generator) -> World:
    """Draw a world."""
    items = assumptions.items
    affinity = _affinity(assumptions, random)
    is_clickbait = np.zeros(items, dtype=np.bool_)
    is_clickbait[random.permutation(items)[: round(assumptions.clickbait * items)]] = True
    quality = random.normal(size=items) - 1.5 * is_clickbait
    honest = 0.5 * quality + 0.7 * random.normal(size=items)
    thumbnail = np.where(is_clickbait, random.normal(1.5, 0.5, items), honest)
    own = 0.5 * random.normal(size=affinity.shape)
    return World(
        taste=1 / (1 + np.exp(1.0 - 3.0 * affinity - 0.7 * quality - own)),
        affinity=affinity,
        thumbnail=thumbnail,
        exposure=_exposure(thumbnail + random.normal(size=items), assumptions.zipf),
        duration_s=_durations(assumptions, random),
        is_clickbait=is_clickbait,
    )


def _affinity(assumptions: Assumptions, random: np.random.Generator) -> Floats:
    love = random.dirichlet(np.full(GENRES, _LOVE), assumptions.viewers)
    common = np.arange(1, GENRES + 1) ** -0.5
    genres = np.zeros((assumptions.items, GENRES))
    for item in genres:
        first, second = random.choice(GENRES, 2, replace=False, p=common / common.sum())
        of_second = _OF_SECOND if random.random() < _SECOND_GENRE else 0.0
        item[first], item[second] = 1 - of_second, of_second
    return love @ genres.T / love.max(axis=1, keepdims=True)


def _exposure(popular: Floats, zipf: float) -> Floats:
    ranks = np.empty(len(popular))
    ranks[np.argsort(-popular)] = np.arange(1, len(popular) + 1)
    shares = ranks**-zipf
    return shares / shares.sum()


def _durations(assumptions: Assumptions, random: np.random.Generator) -> NDArray[np.int64]:
    drawn = random.lognormal(np.log(_MEDIAN_S), assumptions.length_spread, assumptions.items)
    return np.clip(drawn, _SHORTEST_S, _LONGEST_S).astype(np.int64)
