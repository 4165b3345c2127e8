"""Recommenders of domain dataset groups, as things that exist and can be deleted.

They recommend nothing: GetRecommendations knows campaigns alone here.
"""

from typing import Final

from local.personalize.errors import Refusal, refused
from local.personalize.resource import DATASET_GROUP, RECOMMENDER, Resource
from local.personalize.service_model import Body
from local.personalize.state import State

_RECIPES: Final = "arn:aws:personalize:::recipe/aws-vod-"


def create_recommender(state: State, parameters: Body) -> Resource:
    """Creates a recommender, which only a dataset group of a domain can have."""
    group = state.get_active(DATASET_GROUP, parameters["datasetGroupArn"])
    if group.attributes["domain"] is None:
        raise refused(Refusal.BAD_REQUEST, "A recommender needs a dataset group of a domain.")
    if not parameters["recipeArn"].startswith(_RECIPES):
        text = f"{parameters['recipeArn']} is not a recipe for VIDEO_ON_DEMAND."
        raise refused(Refusal.BAD_REQUEST, text)
    name = parameters["name"]
    return state.add(
        RECOMMENDER,
        path=f"recommender/{name}",
        name=name,
        attributes={
            "datasetGroupArn": group.arn,
            "recipeArn": parameters["recipeArn"],
            "recommenderConfig": parameters.get("recommenderConfig"),
        },
    )
