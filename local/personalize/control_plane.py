"""The control plane's operations: one table of them, most made from the kinds of resources."""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from local.personalize import datasets, metric_attributions, recommenders, solutions
from local.personalize.errors import invalid_token, not_found
from local.personalize.exports import S3Writer
from local.personalize.imports import S3Reader
from local.personalize.recipes import RECIPES
from local.personalize.resource import (
    CAMPAIGN,
    DATASET,
    DATASET_GROUP,
    EVENT_TRACKER,
    EXPORT_JOB,
    FILTER,
    IMPORT_JOB,
    KINDS,
    METRIC_ATTRIBUTION,
    RECOMMENDER,
    SCHEMA,
    SOLUTION,
    SOLUTION_VERSION,
    Kind,
    Resource,
    projected,
)
from local.personalize.service_model import (
    Body,
    described_members,
    listed_members,
    members_of,
    operation_model,
)
from local.personalize.state import State
from local.personalize.tags import tag_operations

type Operation = Callable[[Body], Body]
type Create = Callable[[State, Body], Resource]
type NeededBy = Callable[[State, Resource], Iterable[Resource]]

PAGE: Final = 100

CREATES: Final[Mapping[Kind, Create]] = {
    SCHEMA: datasets.create_schema,
    DATASET_GROUP: datasets.create_dataset_group,
    DATASET: datasets.create_dataset,
    EVENT_TRACKER: datasets.create_event_tracker,
    SOLUTION: solutions.create_solution,
    SOLUTION_VERSION: solutions.create_solution_version,
    CAMPAIGN: solutions.create_campaign,
    RECOMMENDER: recommenders.create_recommender,
    FILTER: solutions.create_filter,
    METRIC_ATTRIBUTION: metric_attributions.create_metric_attribution,
}
UPDATES: Final[Mapping[Kind, Create]] = {
    DATASET: datasets.update_dataset,
    SOLUTION: solutions.update_solution,
    CAMPAIGN: solutions.update_campaign,
    METRIC_ATTRIBUTION: metric_attributions.update_metric_attribution,
}
# What stands in the way of a deletion. Jobs and solution versions have no Delete operation.
NEEDED_BY: Final[Mapping[Kind, NeededBy]] = {
    SCHEMA: datasets.schema_needed_by,
    DATASET_GROUP: datasets.group_needed_by,
    DATASET: datasets.dataset_needed_by,
    EVENT_TRACKER: lambda _state, _tracker: (),
    SOLUTION: solutions.solution_needed_by,
    CAMPAIGN: lambda _state, _campaign: (),
    RECOMMENDER: lambda _state, _recommender: (),
    FILTER: lambda _state, _filter: (),
    METRIC_ATTRIBUTION: lambda _state, _attribution: (),
}
# What goes with a resource when it is deleted.
BELONGINGS: Final[Mapping[Kind, tuple[Kind, ...]]] = {
    DATASET_GROUP: (FILTER, METRIC_ATTRIBUTION),
    DATASET: (IMPORT_JOB, EXPORT_JOB),
    SOLUTION: (SOLUTION_VERSION,),
}


def control_plane(state: State, read: S3Reader, write: S3Writer) -> Mapping[str, Operation]:
    """Builds the operations of the service `personalize` by name."""
    creates = {
        **CREATES,
        IMPORT_JOB: partial(datasets.create_import_job, read=read),
        EXPORT_JOB: partial(datasets.create_export_job, write=write),
    }
    operations: dict[str, Operation] = {
        "StopSolutionVersionCreation": partial(stop_training, state),
        "GetSolutionMetrics": partial(solutions.get_solution_metrics, state),
        "ListMetricAttributionMetrics": partial(list_metrics, state),
        "ListRecipes": list_recipes,
        "DescribeRecipe": describe_recipe,
        **tag_operations(state),
    }
    for kind in KINDS:
        operations[f"Create{kind.noun}"] = partial(create, state, kind, creates[kind])
        operations[f"Describe{kind.noun}"] = partial(describe, state, kind)
        operations[f"List{kind.noun}s"] = partial(list_all, state, kind)
    for kind in NEEDED_BY:
        operations[f"Delete{kind.noun}"] = partial(delete, state, kind)
    for kind, change in UPDATES.items():
        operations[f"Update{kind.noun}"] = partial(update, state, kind, change)
    return operations


def create(state: State, kind: Kind, make: Create, parameters: Body) -> Body:
    """Creates a resource; the answer names it, with whatever else the model's answer has."""
    resource = make(state, parameters)
    for tag in parameters.get("tags") or ():
        resource.tags[tag["tagKey"]] = tag["tagValue"]
    model = operation_model("personalize", f"Create{kind.noun}")
    if model is None or model.output_shape is None:
        return {kind.arn_member: resource.arn}
    return projected(resource.described(), frozenset(members_of(model.output_shape)))


def describe(state: State, kind: Kind, parameters: Body) -> Body:
    """Describes a resource."""
    wrapper, names = described_members(kind.noun)
    resource = state.get(kind, parameters[kind.arn_member])
    shown = resource.described()
    if kind is SOLUTION:
        latest = state.of_kind(SOLUTION_VERSION, resource.arn)[-1:]
        shown["latestSolutionVersion"] = next(map(summary, latest), None)
    return {wrapper: projected(shown, names)}


def summary(resource: Resource) -> Body:
    """Shows a resource as its List operation does."""
    _, names = listed_members(resource.kind.noun)
    return projected(resource.described(), names)


def list_all(state: State, kind: Kind, parameters: Body) -> Body:
    """Lists the resources of a kind, page by page."""
    wrapper, _ = listed_members(kind.noun)
    parent = parameters.get(kind.parent_member or "")
    return paged(wrapper, [summary(each) for each in state.of_kind(kind, parent)], parameters)


def paged(wrapper: str, found: list[Body], parameters: Body) -> Body:
    """Cuts one page out of a list and says where the next begins."""
    start = position_of(parameters.get("nextToken"), len(found))
    end = start + (parameters.get("maxResults") or PAGE)
    page: Body = {wrapper: found[start:end]}
    if end < len(found):
        page["nextToken"] = base64.urlsafe_b64encode(f"from {end}".encode()).decode()
    return page


def position_of(token: str | None, length: int) -> int:
    """Reads a page token.

    Raises:
        EmulatedError: InvalidNextTokenException for a token that is not ours.
    """
    if token is None:
        return 0
    try:
        word, number = base64.urlsafe_b64decode(token).decode().split(" ")
        position = int(number)
    except ValueError:
        word, position = "", -1
    if word != "from" or not 0 < position <= length:
        raise invalid_token()
    return position


def delete(state: State, kind: Kind, parameters: Body) -> Body:
    """Puts a deletion on its way, unless the resource is needed or not finished yet."""
    resource = state.get(kind, parameters[kind.arn_member])
    in_the_way = [resource] if resource.is_underway else NEEDED_BY[kind](state, resource)
    datasets.check_not_needed(resource, in_the_way)
    for belonging in belongings(state, resource):
        state.remove(belonging)
    state.delete(resource)
    return {}


def belongings(state: State, resource: Resource) -> Iterator[Resource]:
    """Yields what is deleted together with a resource."""
    for kind in BELONGINGS.get(resource.kind, ()):
        yield from state.of_kind(kind, resource.arn)


def update(state: State, kind: Kind, change: Create, parameters: Body) -> Body:
    """Puts an update on its way."""
    return {kind.arn_member: change(state, parameters).arn}


def stop_training(state: State, parameters: Body) -> Body:
    """Stops a training."""
    solutions.stop_solution_version(state, parameters)
    return {}


def list_metrics(state: State, parameters: Body) -> Body:
    """Lists the metrics of a metric attribution."""
    return paged("metrics", metric_attributions.metrics_of(state, parameters), parameters)


def list_recipes(parameters: Body) -> Body:
    """Lists the recipes; none of them belongs to a domain."""
    _, names = listed_members("Recipe")
    wanted = [] if parameters.get("domain") else list(RECIPES.values())
    return paged("recipes", [projected(each.described(), names) for each in wanted], parameters)


def describe_recipe(parameters: Body) -> Body:
    """Describes a recipe."""
    recipe = RECIPES.get(parameters["recipeArn"])
    if recipe is None:
        raise not_found(parameters["recipeArn"])
    wrapper, names = described_members("Recipe")
    return {wrapper: projected(recipe.described(), names)}
