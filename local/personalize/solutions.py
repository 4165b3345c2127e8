"""Creates what is made of data: solutions, solution versions, campaigns, filters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import uuid4

from local.personalize.errors import Refusal, already_exists, in_use, refused
from local.personalize.event_types import too_many_event_types
from local.personalize.filter_text import parse_filter
from local.personalize.group_data import GroupData
from local.personalize.lifecycle import Commit, Failed
from local.personalize.recipes import RECIPES, Recipe
from local.personalize.resource import (
    CAMPAIGN,
    DATASET_GROUP,
    FILTER,
    SOLUTION,
    SOLUTION_VERSION,
    Resource,
)
from local.personalize.schema_text import INTERACTIONS
from local.personalize.service_model import Body, Json
from local.personalize.state import State
from local.personalize.training import TrainedModel, train
from local.personalize.training_data import Selection

LATEST: Final = "/$LATEST"
UPDATE: Final = "UPDATE"

# DescribeSolution always shows these; automatic training is on unless it is switched off (API
# model, performAutoTraining). The emulator shows the switch and never trains by itself.
SOLUTION_DEFAULTS: Final[Mapping[str, Json]] = {
    "performHPO": False,
    "performAutoML": False,
    "performAutoTraining": True,
    "performIncrementalUpdate": False,
    "eventType": None,
    "solutionConfig": None,
}


def create_solution(state: State, parameters: Body) -> Resource:
    """Creates a solution: a recipe and which events it trains on."""
    group = state.get_active(DATASET_GROUP, parameters["datasetGroupArn"])
    count = len(state.of_kind(SOLUTION, group.arn))
    state.check_limit(count, state.quotas.solutions, "solutions of a dataset group")
    recipe = recipe_of(parameters.get("recipeArn"))
    check_events(recipe, parameters.get("solutionConfig") or {})
    given = {key: parameters.get(key, default) for key, default in SOLUTION_DEFAULTS.items()}
    name = parameters["name"]
    return state.add(
        SOLUTION,
        path=f"solution/{name}",
        name=name,
        attributes={**given, "datasetGroupArn": group.arn, "recipeArn": recipe.arn},
        content=recipe,
    )


def recipe_of(arn: str | None) -> Recipe:
    """Finds a recipe; choosing one by AutoML has been withdrawn by AWS."""
    recipe = RECIPES.get(arn or "")
    if recipe is None:
        raise refused(Refusal.BAD_REQUEST, f"The emulator does not know the recipe {arn}.")
    return recipe


def check_events(recipe: Recipe, config: Body) -> None:
    """Checks the parts of a solution's configuration that select and weigh events."""
    if config.get("eventsConfig") and not recipe.takes_events_config:
        text = f"eventsConfig is not for {recipe.name}; only the v2 recipes take it."
        raise refused(Refusal.BAD_REQUEST, text)
    try:
        float(config.get("eventValueThreshold") or 0)
    except ValueError:
        text = "eventValueThreshold must be a number in a string."
        raise refused(Refusal.BAD_REQUEST, text) from None


def update_solution(state: State, parameters: Body) -> Resource:
    """Changes automatic training and the weights of events."""
    solution = state.get_active(SOLUTION, parameters["solutionArn"])
    update = parameters.get("solutionUpdateConfig") or {}
    check_events(solution.content, update)
    merged = {**(solution.attributes["solutionConfig"] or {}), **update}
    changes: Body = {"solutionConfig": merged} if update else {}
    for name in ("performAutoTraining", "performIncrementalUpdate"):
        if parameters.get(name) is not None:
            changes[name] = parameters[name]
    shown = {"solutionUpdateConfig": update or None}
    state.update(solution, "latestSolutionUpdate", changes, shown=shown)
    return solution


def create_solution_version(state: State, parameters: Body) -> Resource:
    """Puts a training on its way."""
    limit = state.quotas.solution_versions_in_progress
    state.check_limit(state.underway(SOLUTION_VERSION), limit, "solution versions in progress")
    solution = state.get_active(SOLUTION, parameters["solutionArn"])
    recipe: Recipe = solution.content
    mode = parameters.get("trainingMode") or "FULL"
    if mode == UPDATE and not (recipe.takes_updates and latest_version(state, solution.arn)):
        text = "The training mode UPDATE needs User-Personalization (v1) and an active version."
        raise refused(Refusal.BAD_REQUEST, text)
    attributes = {
        **{key: solution.attributes[key] for key in (*SOLUTION_DEFAULTS, "recipeArn")},
        "datasetGroupArn": solution.attributes["datasetGroupArn"],
        "solutionArn": solution.arn,
        "trainingMode": mode,
        "trainingType": "MANUAL",
    }
    name = parameters.get("name") or ""
    refuse_taken_name(state, solution, name)
    training = Training(state, attributes, recipe)
    return state.add(
        SOLUTION_VERSION,
        path=f"solution/{solution.name}/{uuid4().hex[:8]}",
        name=name,
        attributes=attributes,
        content=training,
        work=training.run,
    )


def refuse_taken_name(state: State, solution: Resource, name: str) -> None:
    """Refuses a second version of one name; versions without a name are many.

    Raises:
        EmulatedError: ResourceAlreadyExistsException, which the API model lists for this operation.
    """
    for each in state.of_kind(SOLUTION_VERSION, solution.arn) if name else ():
        if each.name == name:
            raise already_exists(each.arn)


@dataclass(slots=True)
class Training:
    """The training of a solution version, and the model once there is one."""

    state: State
    attributes: Body
    recipe: Recipe
    model: TrainedModel | None = None

    def run(self) -> Commit | Failed:
        """Trains on what the group's interactions dataset holds now."""
        data = GroupData(self.state, self.attributes["datasetGroupArn"])
        dataset = data.dataset(INTERACTIONS)
        if dataset is None:
            return Failed("The dataset group has no item interactions dataset.")
        interactions = data.interactions.for_training()
        excess = too_many_event_types(dataset.schema, interactions, self.state.quotas)
        if excess is not None:
            return Failed(excess)
        model = train(
            self.recipe,
            Selection.of_solution(self.attributes),
            interactions,
            position=data.interactions.length,
            quotas=self.state.quotas,
        )
        return model if isinstance(model, Failed) else partial(self.keep, model)

    def keep(self, model: TrainedModel) -> None:
        """Puts a trained model in place."""
        self.model = model
        # The least AWS bills; nothing here takes an hour.
        self.attributes["trainingHours"] = 0.01

    def trained(self) -> TrainedModel:
        """Gives the model of a version that is ACTIVE."""
        if self.model is None:
            message = "the solution version has not been trained"
            raise RuntimeError(message)
        return self.model


def stop_solution_version(state: State, parameters: Body) -> None:
    """Stops a training that is not over."""
    version = state.get(SOLUTION_VERSION, parameters["solutionVersionArn"])
    if not version.is_underway:
        text = f"{version.arn} is {version.transition.status} and cannot be stopped."
        raise refused(Refusal.BAD_REQUEST, text)
    version.transition.stop(state.clock())


def get_solution_metrics(state: State, parameters: Body) -> Body:
    """Answers the metrics of a version that has been trained."""
    version = state.get_active(SOLUTION_VERSION, parameters["solutionVersionArn"])
    training: Training = version.content
    return {"solutionVersionArn": version.arn, "metrics": dict(training.trained().metrics)}


def create_campaign(state: State, parameters: Body) -> Resource:
    """Deploys a solution version."""
    version = deployable(state, parameters["solutionVersionArn"], parameters)
    solution = state.get(SOLUTION, version.attributes["solutionArn"])
    group_arn = solution.attributes["datasetGroupArn"]
    count = sum(
        state.get(SOLUTION, each.attributes["solutionArn"]).attributes["datasetGroupArn"]
        == group_arn
        for each in state.of_kind(CAMPAIGN)
    )
    state.check_limit(count, state.quotas.campaigns, "campaigns of a dataset group")
    name = parameters["name"]
    return state.add(
        CAMPAIGN,
        path=f"campaign/{name}",
        name=name,
        attributes={
            "solutionVersionArn": parameters["solutionVersionArn"],
            "solutionArn": solution.arn,
            "minProvisionedTPS": parameters.get("minProvisionedTPS", 1),
            "campaignConfig": parameters.get("campaignConfig"),
        },
    )


def update_campaign(state: State, parameters: Body) -> Resource:
    """Deploys another version, or other settings; the old ones serve until the update is over."""
    campaign = state.get(CAMPAIGN, parameters["campaignArn"])
    if campaign.is_underway:
        raise in_use(campaign.arn, campaign.transition.status)
    if campaign.update is not None and not campaign.update.transition.is_over:
        raise in_use(campaign.arn, "being updated")
    names = ("solutionVersionArn", "minProvisionedTPS", "campaignConfig")
    changes = {name: parameters[name] for name in names if parameters.get(name) is not None}
    if "solutionVersionArn" in changes:
        version = deployable(
            state, changes["solutionVersionArn"], {**campaign.attributes, **changes}
        )
        changes["solutionArn"] = version.attributes["solutionArn"]
    state.update(campaign, "latestCampaignUpdate", changes)
    return campaign


def deployable(state: State, arn: str, parameters: Body) -> Resource:
    """Finds the version to deploy, following SOLUTION_ARN/$LATEST.

    Raises:
        EmulatedError: ResourceNotFoundException, or ResourceInUseException while it is trained.
    """
    if not arn.endswith(LATEST):
        return state.get_active(SOLUTION_VERSION, arn)
    config = parameters.get("campaignConfig") or {}
    if not config.get("syncWithLatestSolutionVersion"):
        text = "$LATEST needs campaignConfig.syncWithLatestSolutionVersion."
        raise refused(Refusal.BAD_REQUEST, text)
    return served_version(state, arn)


def served_version(state: State, arn: str) -> Resource:
    """Finds the version an ARN stands for when somebody asks for recommendations."""
    if not arn.endswith(LATEST):
        return state.get(SOLUTION_VERSION, arn)
    latest = latest_version(state, arn.removesuffix(LATEST))
    return latest or state.get(SOLUTION_VERSION, arn)


def latest_version(state: State, solution_arn: str) -> Resource | None:
    """Finds the newest version of a solution that has been trained."""
    trained = [each for each in state.of_kind(SOLUTION_VERSION, solution_arn) if each.is_active]
    return trained[-1] if trained else None


def create_filter(state: State, parameters: Body) -> Resource:
    """Creates a filter, whose expression must be one the emulator can apply."""
    group = state.get(DATASET_GROUP, parameters["datasetGroupArn"])
    count = len(state.of_kind(FILTER, group.arn))
    state.check_limit(count, state.quotas.filters, "filters of a dataset group")
    name, expression = parameters["name"], parameters["filterExpression"]
    return state.add(
        FILTER,
        path=f"filter/{name}",
        name=name,
        attributes={"datasetGroupArn": group.arn, "filterExpression": expression},
        content=parse_filter(expression),
    )


def solution_needed_by(state: State, solution: Resource) -> Iterable[Resource]:
    """Yields the campaigns of a solution, and its trainings under way (API model)."""
    yield from state.of_kind(CAMPAIGN, solution.arn)
    for version in state.of_kind(SOLUTION_VERSION, solution.arn):
        if version.is_underway:
            yield version
