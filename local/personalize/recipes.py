"""The recipes a solution can be made with."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from local.personalize.service_model import Body


class RecipeType(StrEnum):
    """What a recipe answers, as DescribeRecipe names it."""

    USER_PERSONALIZATION = "USER_PERSONALIZATION"
    PERSONALIZED_RANKING = "PERSONALIZED_RANKING"
    RELATED_ITEMS = "RELATED_ITEMS"
    POPULAR_ITEMS = "POPULAR_ITEMS"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One recipe.

    Attributes:
        name: Its name, the last part of its ARN.
        recipe_type: What it answers.
        in_real_time: Whether events change its recommendations without a new training.
        takes_events_config: Whether event types can be weighted (the v2 recipes).
        takes_updates: Whether it knows the training mode UPDATE (User-Personalization v1 only).
    """

    name: str
    recipe_type: RecipeType
    in_real_time: bool = False
    takes_events_config: bool = False
    takes_updates: bool = False

    @property
    def arn(self) -> str:
        """Builds its ARN, which belongs to no account and no region."""
        return f"arn:aws:personalize:::recipe/{self.name}"

    def described(self) -> Body:
        """Gives what ListRecipes and DescribeRecipe show of it."""
        algorithm = self.name.removeprefix("aws-")
        return {
            "name": self.name,
            "recipeArn": self.arn,
            "algorithmArn": f"arn:aws:personalize:::algorithm/aws-{algorithm}",
            "status": "ACTIVE",
            "recipeType": self.recipe_type.value,
            "description": f"Emulated: {self.recipe_type.replace('_', ' ').lower()}.",
            "creationDateTime": 1_560_124_800,
            "lastUpdatedDateTime": 1_560_124_800,
        }


# Left out: trending-now, semantic-similarity, next-best-action, the user segmentation recipes and
# the domain recommenders, which each need an engine of their own.
RECIPES: Final[Mapping[str, Recipe]] = {
    recipe.arn: recipe
    for recipe in (
        Recipe(
            "aws-user-personalization-v2",
            RecipeType.USER_PERSONALIZATION,
            in_real_time=True,
            takes_events_config=True,
        ),
        Recipe(
            "aws-user-personalization",
            RecipeType.USER_PERSONALIZATION,
            in_real_time=True,
            takes_updates=True,
        ),
        Recipe(
            "aws-personalized-ranking-v2",
            RecipeType.PERSONALIZED_RANKING,
            in_real_time=True,
            takes_events_config=True,
        ),
        Recipe("aws-personalized-ranking", RecipeType.PERSONALIZED_RANKING, in_real_time=True),
        Recipe("aws-similar-items", RecipeType.RELATED_ITEMS),
        Recipe("aws-sims", RecipeType.RELATED_ITEMS),
        Recipe("aws-popularity-count", RecipeType.POPULAR_ITEMS),
    )
}
