"""Trains a solution version on the interactions of a dataset group, or says why it cannot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.personalize.interactions import Interaction
from local.personalize.lifecycle import Failed
from local.personalize.quotas import Quotas
from local.personalize.recipes import Recipe, RecipeType
from local.personalize.training_data import Selection, Touch, TrainingData, last_item, weighed

if TYPE_CHECKING:  # see the top of that module
    from local.personalize.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """A solution version that has been trained.

    Attributes:
        position: The number of streamed events there were; later ones are added to a history.
        metrics: What GetSolutionMetrics answers.
    """

    recipe: Recipe
    selection: Selection
    data: TrainingData
    engine: "Engine"
    item_numbers: Mapping[str, int]
    position: int
    metrics: Mapping[str, float]

    def history(self, user_id: str, streamed: Iterable[Interaction]) -> Mapping[int, float]:
        """Weighs a user's items: those trained on and, in real time, those streamed since."""
        touches = [*self.data.touches.get(user_id, ())]
        if self.recipe.in_real_time:
            touches.extend(self._touches(streamed))
        return weighed(sorted(touches))

    def _touches(self, streamed: Iterable[Interaction]) -> Iterable[Touch]:
        # Only items known to the version count, as with Personalize ("existing items").
        for each in streamed:
            item, weight = self.item_numbers.get(each.item_id), self.selection.weight(each)
            if item is not None and weight > 0:
                yield Touch(each.timestamp, item, weight)


def train(
    recipe: Recipe,
    selection: Selection,
    interactions: Sequence[Interaction],
    *,
    position: int,
    quotas: Quotas,
) -> TrainedModel | Failed:
    """Trains a recipe on interactions.

    Args:
        recipe: The recipe.
        selection: Which interactions count, and how much.
        interactions: What the dataset holds, every interaction with its user.
        position: The number of streamed events so far.
        quotas: The minimums.

    Returns:
        The model; or, where there is too little to train on, the reason in AWS's words.
    """
    data = TrainingData.select(interactions, selection)
    users = {each.user_id for each in interactions}
    shortage = too_little(data, len(users), quotas)
    if shortage is not None:
        return Failed(shortage)
    from local.personalize.engine import fit, matrix_of  # noqa: PLC0415 - see the top of that module
    from local.personalize.evaluation import evaluate  # noqa: PLC0415 - it imports the engine

    from_history = last_item if recipe.recipe_type is RecipeType.RELATED_ITEMS else weighed
    return TrainedModel(
        recipe=recipe,
        selection=selection,
        data=data,
        engine=fit(recipe, matrix_of(data)),
        item_numbers={item: number for number, item in enumerate(data.items)},
        position=position,
        metrics=evaluate(recipe, data, from_history),
    )


def too_little(data: TrainingData, users: int, quotas: Quotas) -> str | None:
    """Says which of Personalize's minimums is not met, in its words, or None."""
    if data.size < quotas.interactions_to_train:
        return (
            f"Dataset has fewer than {quotas.interactions_to_train} interactions "
            "after filtering by event type"
        )
    active = sum(len(history) > 1 for history in data.touches.values())
    share = quotas.share_of_users_with_two_interactions
    if active < quotas.users_with_two_interactions or active < share * users:
        return (
            f"Dataset has fewer than {quotas.users_with_two_interactions} users "
            "with at least 2 interactions each"
        )
    return None
