"""The recommender behind every recipe: item-to-item neighbours, fitted by `implicit`.

Neighbours rather than factors, because a history that grew after the training needs no new fit:
its items' neighbours are added up. That is what Personalize's recipes with real-time
personalisation promise, and it is exact here.

All arithmetic on arrays is here, and imported by the first training: numpy, scipy and implicit are
a good part of the time that a start of the stack takes, and many runs train nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from implicit.nearest_neighbours import ItemItemRecommender, bm25_weight, normalize
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from local.personalize.recipes import Recipe, RecipeType
from local.personalize.training_data import TrainingData

type Scores = NDArray[np.float64]

NEIGHBOURS: Final = 100
# Popularity breaks ties and orders what no neighbour leads to; it must never outweigh one.
POPULARITY_SHARE: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Engine:
    """A fitted recommender over items numbered from zero.

    Attributes:
        popularity: The interactions of every item as a share of the most popular item's.
        similarity: Item by item, an item's similarity to itself left out, since having watched
            something says nothing about watching it again. None for recipes that do not look at
            the viewer.
    """

    popularity: Scores
    similarity: csr_matrix | None

    def scores(self, history: Mapping[int, float]) -> Scores:
        """Scores every item for somebody with a history of weighted items; the more the better."""
        scores = self.popularity * POPULARITY_SHARE
        if self.similarity is None or not history:
            return scores
        near = np.zeros_like(scores)
        for item, weight in history.items():
            neighbours_of = slice(*self.similarity.indptr[item : item + 2])
            strengths = self.similarity.data[neighbours_of]
            near[self.similarity.indices[neighbours_of]] += weight * strengths
        highest = near.max(initial=0.0)
        return scores + near / highest if highest > 0 else scores

    @staticmethod
    def best_first(scores: Scores) -> list[int]:
        """Numbers the items from the best to the worst; equal ones in the order of the data."""
        return np.argsort(-scores, kind="stable").tolist()


def matrix_of(data: TrainingData, without: frozenset[str] = frozenset()) -> csr_matrix:
    """Builds the matrix of users by items, some users left out."""
    cells = [
        (row, touch.item, touch.weight)
        for row, (user, history) in enumerate(data.touches.items())
        if user not in without
        for touch in history
    ]
    rows, columns, values = zip(*cells, strict=True) if cells else ((), (), ())
    shape = (len(data.touches), len(data.items))
    return csr_matrix((np.array(values, dtype=np.float64), (rows, columns)), shape=shape)


def fit(recipe: Recipe, weights: csr_matrix) -> Engine:
    """Fits the engine of a recipe.

    Args:
        recipe: Which recipe to imitate.
        weights: Users by items, the summed weights of their interactions.
    """
    counts = np.asarray(weights.sum(axis=0), dtype=np.float64).ravel()
    popularity = counts / max(counts.max(initial=0.0), 1e-12)
    if recipe.recipe_type is RecipeType.POPULAR_ITEMS:
        return Engine(popularity, None)
    if recipe.recipe_type is RecipeType.RELATED_ITEMS:
        return Engine(popularity, neighbours(csr_matrix(normalize(weights.T).T)))
    return Engine(popularity, neighbours(csr_matrix(bm25_weight(weights, K1=100, B=0.8))))


def neighbours(weighted: csr_matrix) -> csr_matrix:
    """Finds the nearest items of every item.

    One thread: a fit of this size takes milliseconds, and results stay the same on every machine.
    """
    model = ItemItemRecommender(K=NEIGHBOURS, num_threads=1)
    model.fit(weighted, show_progress=False)
    similarity = csr_matrix(model.similarity)
    similarity.setdiag(0.0)
    similarity.eliminate_zeros()
    return similarity
