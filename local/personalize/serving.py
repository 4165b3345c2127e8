"""What serves one request for recommendations: a campaign's model, a filter, the group's data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn, Self

from local.personalize.errors import Refusal, refused
from local.personalize.filtering import ItemFilter
from local.personalize.group_data import GroupData
from local.personalize.recipes import RecipeType
from local.personalize.resource import CAMPAIGN, FILTER
from local.personalize.schema_text import ITEMS
from local.personalize.service_model import Body
from local.personalize.solutions import served_version
from local.personalize.state import State
from local.personalize.training import TrainedModel

if TYPE_CHECKING:  # importing it would import the arithmetic before there is anything to train
    from local.personalize.engine import Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """One request with everything it needs.

    Attributes:
        model: The trained model of the version the campaign serves.
        data: The data of its dataset group.
        gives_metadata: Whether the campaign may answer item metadata.
        parameters: The request.
    """

    model: TrainedModel
    data: GroupData
    gives_metadata: bool
    parameters: Body

    @classmethod
    def of(cls, state: State, parameters: Body) -> Self:
        """Finds what serves a request.

        Raises:
            EmulatedError: ResourceNotFoundException for an unknown campaign, and
                InvalidInputException for one that is not ACTIVE (the runtime models no
                ResourceInUseException).
        """
        campaign = state.get(CAMPAIGN, parameters["campaignArn"])
        if not campaign.is_active:
            text = f"Campaign {campaign.arn} is {campaign.transition.status}, not ACTIVE."
            raise refused(Refusal.BAD_REQUEST, text)
        version = served_version(state, campaign.attributes["solutionVersionArn"])
        config = campaign.attributes["campaignConfig"] or {}
        return cls(
            model=version.content.trained(),
            data=GroupData(state, version.attributes["datasetGroupArn"]),
            gives_metadata=bool(config.get("enableMetadataWithRecommendations")),
            parameters=parameters,
        )

    @property
    def recipe_type(self) -> RecipeType:
        """Says what the campaign's recipe answers."""
        return self.model.recipe.recipe_type

    def scores(self) -> "Scores":
        """Scores every item the version knows, as its recipe has it."""
        return SCORERS[self.recipe_type](self)

    def for_user(self) -> "Scores":
        """Scores items for the user's history; without one by popularity."""
        user_id = self.given("userId")
        streamed = self.data.interactions.streamed_by(user_id, since=self.model.position)
        return self.model.engine.scores(self.model.history(user_id, streamed))

    def for_item(self) -> "Scores":
        """Scores items for their likeness to one; an unknown one is like what is popular."""
        number = self.model.item_numbers.get(self.given("itemId"))
        return self.model.engine.scores({} if number is None else {number: 1.0})

    def by_popularity(self) -> "Scores":
        """Scores items for how often they were used."""
        return self.model.engine.scores({})

    def refuse_to_recommend(self) -> NoReturn:
        """Refuses a recipe that only ranks lists."""
        text = "The campaign's recipe ranks lists; call GetPersonalizedRanking."
        raise refused(Refusal.BAD_REQUEST, text)

    def given(self, member: str) -> str:
        """Takes a member the recipe cannot do without."""
        value = self.parameters.get(member)
        if not value:
            text = f"The recipe {self.model.recipe.name} needs a {member}."
            raise refused(Refusal.BAD_REQUEST, text)
        return value

    def allowance(self, request: Body) -> Callable[[str], bool]:
        """Builds the test an item must pass: the filter of the request, or of a promotion."""
        arn = request.get("filterArn")
        if not arn:
            return lambda _item_id: True
        found = self.data.state.get(FILTER, arn)
        if found.attributes["datasetGroupArn"] != self.data.group_arn or not found.is_active:
            text = f"Filter {arn} is not active in this dataset group."
            raise refused(Refusal.BAD_FILTER, text)
        values = request.get("filterValues") or {}
        viewer = self.data.viewer(self.parameters.get("userId") or "")
        return ItemFilter(found.content, values, viewer, self.data.items).allows

    def metadata_of(self) -> Callable[[str], Body]:
        """Builds what adds the metadata a request wants to an item."""
        wanted = (self.parameters.get("metadataColumns") or {}).get(ITEMS)
        if not wanted:
            return lambda _item_id: {}
        if not self.gives_metadata:
            raise refused(Refusal.BAD_REQUEST, "The campaign does not give metadata.")
        items = self.data.items

        def add(item_id: str) -> Body:
            columns = items.get(item_id, {})
            shown = {name: str(columns[name]) for name in wanted if columns.get(name) is not None}
            return {"metadata": shown}

        return add


SCORERS: Final[Mapping[RecipeType, "Callable[[Serving], Scores]"]] = {
    RecipeType.USER_PERSONALIZATION: Serving.for_user,
    RecipeType.RELATED_ITEMS: Serving.for_item,
    RecipeType.POPULAR_ITEMS: Serving.by_popularity,
    RecipeType.PERSONALIZED_RANKING: Serving.refuse_to_recommend,
}
