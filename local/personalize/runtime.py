"""GetRecommendations and GetPersonalizedRanking."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from math import ceil
from typing import Final
from uuid import uuid4

from local.personalize.errors import EmulatedError, Refusal, not_found, refused
from local.personalize.quotas import Quotas
from local.personalize.recipes import RecipeType
from local.personalize.service_model import Body
from local.personalize.serving import Serving
from local.personalize.state import State

DEFAULT_RESULTS: Final = 25
ALL: Final = 100


def runtime(state: State) -> Mapping[str, Callable[[Body], Body]]:
    """Builds the operations of the service `personalize-runtime` by name."""
    return {
        "GetRecommendations": partial(get_recommendations, state),
        "GetPersonalizedRanking": partial(get_personalized_ranking, state),
    }


def get_recommendations(state: State, parameters: Body) -> Body:
    """Recommends items. `context` is accepted and has no influence."""
    if not parameters.get("campaignArn"):
        raise without_campaign(parameters.get("recommenderArn"))
    serving = Serving.of(state, parameters)
    count = number_of_results(parameters, state.quotas)
    shown = recommended(serving, count)
    for promotion in parameters.get("promotions") or ():
        shown = promoted(serving, promotion, shown, count)
    return {"itemList": shown, "recommendationId": new_recommendation_id(state, parameters)}


def get_personalized_ranking(state: State, parameters: Body) -> Body:
    """Puts a list of items in order; items the version does not know come last, unscored."""
    serving = Serving.of(state, parameters)
    if serving.recipe_type is not RecipeType.PERSONALIZED_RANKING:
        raise refused(Refusal.BAD_REQUEST, "The campaign's recipe does not rank lists.")
    wanted = list(dict.fromkeys(parameters["inputList"]))
    if len(wanted) > state.quotas.recommendations:
        text = f"inputList must have at most {state.quotas.recommendations} items."
        raise refused(Refusal.BAD_REQUEST, text)
    ranking = ranked(serving, wanted)
    return {
        "personalizedRanking": ranking,
        "recommendationId": new_recommendation_id(state, parameters),
    }


def number_of_results(parameters: Body, quotas: Quotas) -> int:
    """Reads numResults, which the model gives a minimum and the developer guide a maximum."""
    count = parameters.get("numResults")
    if count is None:
        return DEFAULT_RESULTS
    if count > quotas.recommendations:
        text = f"numResults must be at most {quotas.recommendations}."
        raise refused(Refusal.BAD_REQUEST, text)
    return count


def recommended(serving: Serving, count: int) -> list[Body]:
    """Takes the best items that pass the filter; the one asked about is not among them."""
    scores = serving.scores()
    allows = serving.allowance(serving.parameters)
    metadata = serving.metadata_of()
    items = serving.model.data.items
    asked = serving.parameters.get("itemId")
    best = serving.model.engine.best_first(scores)
    chosen = (each for each in best if items[each] != asked and allows(items[each]))
    # Personalize scores the items of User-Personalization, and its scores add up to one.
    total = float(scores.sum()) if serving.recipe_type is RecipeType.USER_PERSONALIZATION else 0.0
    return [
        {
            "itemId": items[each],
            **({"score": float(scores[each]) / total} if total else {}),
            **metadata(items[each]),
        }
        for each in islice(chosen, count)
    ]


def ranked(serving: Serving, item_ids: Iterable[str]) -> list[Body]:
    """Ranks the items of a list that pass the filter."""
    scores = serving.for_user()
    allows = serving.allowance(serving.parameters)
    metadata = serving.metadata_of()
    numbers = serving.model.item_numbers
    allowed = [item_id for item_id in item_ids if allows(item_id)]
    points = {each: float(scores[numbers[each]]) for each in allowed if each in numbers}
    total = sum(points.values()) or 1.0
    best = sorted(points, key=lambda item_id: -points[item_id])
    scored = [{"itemId": each, "score": points[each] / total, **metadata(each)} for each in best]
    unknown = [{"itemId": each, **metadata(each)} for each in allowed if each not in points]
    return [*scored, *unknown]


def promoted(serving: Serving, promotion: Body, shown: list[Body], count: int) -> list[Body]:
    """Gives a share of the places, from the top, to items that pass a promotion's filter.

    Items of the items dataset can be promoted before any training knows them: that is the
    service's answer to new items with the v2 recipes.
    """
    places = ceil(count * promotion.get("percentPromotedItems", ALL) / ALL)
    allows = serving.allowance(promotion)
    metadata = serving.metadata_of()
    catalogue = dict.fromkeys([*serving.data.items, *serving.model.data.items])
    chosen = list(islice(filter(allows, catalogue), places))
    name = {"promotionName": promotion["name"]} if promotion.get("name") else {}
    rest = [each for each in shown if each["itemId"] not in chosen]
    return [*({"itemId": each, **name, **metadata(each)} for each in chosen), *rest][:count]


def new_recommendation_id(state: State, parameters: Body) -> str:
    """Makes an id of the forty characters PutEvents lets a recommendationId have.

    Who gave it out is remembered, so that a metric attribution can credit it.
    """
    recommendation_id = f"RID-{uuid4()}"
    state.recommenders_by_id[recommendation_id] = parameters["campaignArn"]
    return recommendation_id


def without_campaign(recommender_arn: str | None) -> EmulatedError:
    """Builds the error for a request without a campaign: there are no recommenders here."""
    if recommender_arn is None:
        return refused(Refusal.BAD_REQUEST, "Either campaignArn or recommenderArn is needed.")
    return not_found(recommender_arn)
