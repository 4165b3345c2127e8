"""Measures a recipe on users it was not trained on, under the names of GetSolutionMetrics.

As the developer guide has it: nine users of ten train, the tenth is asked. Of the tenth's history
the oldest 90 % is shown and the newest 10 % is to be found.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from math import log2
from typing import Final
from zlib import crc32

from local.personalize.engine import fit, matrix_of
from local.personalize.recipes import Recipe
from local.personalize.training_data import Touch, TrainingData

CUTOFFS: Final = (5, 10, 25)
DEEPEST: Final = max(CUTOFFS)
MOST_TEST_USERS: Final = 500

type FromHistory = Callable[[Sequence[Touch]], Mapping[int, float]]


def evaluate(recipe: Recipe, data: TrainingData, from_history: FromHistory) -> dict[str, float]:
    """Fits on nine tenths of the users and measures on the rest.

    Args:
        recipe: The recipe to fit.
        data: All training data.
        from_history: How the recipe reads a history.
    """
    held_out = frozenset(test_users(data))
    engine = fit(recipe, matrix_of(data, without=held_out))
    answers: list[tuple[list[int], frozenset[int]]] = []
    for user in sorted(held_out):
        shown, hidden = split(data.touches[user])
        order = engine.best_first(engine.scores(from_history(shown)))
        answers.append((order[:DEEPEST], hidden))
    return measured(answers, len(data.items))


def test_users(data: TrainingData) -> Iterator[str]:
    """Picks a tenth of the users who have two interactions, the same ones every time."""
    eligible = [user for user, history in data.touches.items() if len(history) > 1]
    eligible.sort(key=lambda user: (crc32(user.encode()), user))
    return islice(eligible, min(MOST_TEST_USERS, max(1, len(eligible) // 10)))


def split(touches: Sequence[Touch]) -> tuple[Sequence[Touch], frozenset[int]]:
    """Splits a history into what is shown and the items to be found."""
    hidden = max(1, len(touches) // 10)
    return touches[:-hidden], frozenset(touch.item for touch in touches[-hidden:])


def measured(
    answers: Sequence[tuple[list[int], frozenset[int]]], item_count: int
) -> dict[str, float]:
    """Computes AWS's metrics over answers of (ranked items, items to be found)."""
    hits = [[item in hidden for item in ranked] for ranked, hidden in answers]
    recommended = {item for ranked, _ in answers for item in ranked}
    metrics = {
        "coverage": len(recommended) / max(item_count, 1),
        "mean_reciprocal_rank_at_25": mean(map(reciprocal_rank, hits)),
    }
    sizes = [len(hidden) for _, hidden in answers]
    for k in CUTOFFS:
        metrics[f"precision_at_{k}"] = mean(sum(found[:k]) / k for found in hits)
        gains = (gain(found[:k], size) for found, size in zip(hits, sizes, strict=True))
        metrics[f"normalized_discounted_cumulative_gain_at_{k}"] = mean(gains)
    return metrics


def mean(values: Iterator[float]) -> float:
    """Averages, nothing being zero."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def reciprocal_rank(found: Sequence[bool]) -> float:
    """Gives one over the rank of the first item found."""
    return 1 / (found.index(True) + 1) if True in found else 0.0


def gain(found: Sequence[bool], size: int) -> float:
    """Gives the discounted gain as a share of the best possible one."""
    best = sum(1 / log2(rank + 2) for rank in range(min(size, len(found))))
    got = sum(1 / log2(rank + 2) for rank, is_hit in enumerate(found) if is_hit)
    return got / best if best else 0.0
