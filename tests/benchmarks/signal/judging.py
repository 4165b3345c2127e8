"""How well ten recommendations meet the known taste."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from local.personalize.training import TrainedModel
from local.personalize.training_data import Touch
from tests.benchmarks.signal.world import Floats

SHOWN: Final = 10
_BEST_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Quality:
    """Of ten recommendations, or the mean of many of them.

    Attributes:
        ndcg: NDCG@10, the gain of an item being the viewer's taste for it, 0..1.
        hit: Whether one of the ten is among the tenth of the candidates that the viewer likes best.
        best: Share of the ten that is.
    """

    ndcg: float
    hit: float
    best: float


def mean_quality(qualities: Sequence[Quality]) -> Quality:
    """The mean over viewers."""
    return Quality(
        *(float(np.mean(values)) for values in zip(*map(astuple, qualities), strict=True))
    )


def ndcg(gains: Floats, possible: Floats) -> float:
    """Discounted gain of what is shown, in order, over that of the best possible order."""
    best = np.sort(possible)[::-1][:SHOWN]
    ideal = float(best @ _discounts(len(best)))
    return float(gains @ _discounts(len(gains))) / ideal if ideal > 0 else 0.0


def _discounts(length: int) -> Floats:
    return 1 / np.log2(np.arange(2, length + 2))


def quality(scores: Floats, taste: Floats, candidates: NDArray[np.bool_]) -> Quality:
    """Judge one viewer's recommendations.

    Args:
        scores: Items: what the recommender gives each; minus infinity for what it does not know.
        taste: Items: the known taste of the viewer.
        candidates: Items: what may be recommended and is looked at.
    """
    allowed = np.where(candidates, scores, -np.inf)
    ranked = np.argsort(-allowed, kind="stable")[:SHOWN]
    shown = ranked[np.isfinite(allowed[ranked])]
    possible = taste[candidates]
    threshold = np.sort(possible)[::-1][max(1, round(_BEST_SHARE * len(possible))) - 1]
    is_best = taste[shown] >= threshold
    return Quality(ndcg(taste[shown], possible), float(is_best.any()), float(is_best.sum()) / SHOWN)


def scores_for(model: TrainedModel, history: Mapping[int, float], items: int) -> Floats:
    """What a model gives each item of the catalogue; minus infinity for those it never saw."""
    known = [int(item.removeprefix("item-")) for item in model.data.items]
    scores = np.full(items, -np.inf)
    scores[known] = model.engine.scores(history)
    return scores


def summed(touches: Sequence[Touch]) -> Mapping[int, float]:
    """Adds up a whole history, old and new alike: what `weighed` is without its recency."""
    history: defaultdict[int, float] = defaultdict(float)
    for touch in touches:
        history[touch.item] += touch.weight
    return history
