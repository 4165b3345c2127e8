"""What the control plane answers, and what can be changed."""

from collections.abc import Callable
from typing import Any

import pytest

from local.personalize import EmulatedError, Progress
from local.personalize.resource import KINDS
from local.personalize.service_model import members_of, operation_model
from tests.unit.local.personalize.world import (
    ITEM_FIELDS,
    RECIPE,
    World,
)

ARN = "arn:aws:personalize:us-east-1:123456789012:"


def code_of(call: Callable[[], Any]) -> str:
    """Makes a call that has to fail and gives its error code."""
    with pytest.raises(EmulatedError) as caught:
        call()
    return caught.value.code


def trained(world: World, group: str, tracker: str) -> tuple[str, str]:
    """Creates a solution with a trained version."""
    world.fill(tracker)
    solution = world.solution(group)
    return solution, world.version(solution)


def test_arns_are_built_as_awss_are(world: World) -> None:
    """Account, region, type and name have their places."""
    group = world.group(name="films")

    assert group == f"{ARN}dataset-group/films"
    assert world.dataset(group) == f"{ARN}dataset/films/INTERACTIONS"


def test_answers_have_the_members_of_the_model_and_no_others(world: World) -> None:
    """Describe, List and Create of every kind agree with the service model."""
    group, tracker = world.live_group()
    solution, version = trained(world, group, tracker)
    world.campaign(version)
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Watch")'
    world.control("CreateFilter", name="f", datasetGroupArn=group, filterExpression=expression)
    world.control("UpdateSolution", solutionArn=solution, performAutoTraining=False)
    world.metric_attribution(group)

    for kind in KINDS:
        answer = world.control(f"List{kind.noun}s")
        [found] = [value for value in answer.values() if isinstance(value, list)]
        assert_fits(f"List{kind.noun}s", answer)
        for summary in found:
            shown = world.control(
                f"Describe{kind.noun}", **{kind.arn_member: summary[kind.arn_member]}
            )
            assert_fits(f"Describe{kind.noun}", shown)


def assert_fits(operation: str, answer: dict[str, Any]) -> None:
    """Compares an answer with the shape of the model, two levels deep."""
    model = operation_model("personalize", operation)
    assert model is not None
    assert model.output_shape is not None
    members: Any = members_of(model.output_shape)
    for name, value in answer.items():
        shape = members[name].member if isinstance(value, list) else members[name]
        for each in value if isinstance(value, list) else [value]:
            assert set(each) <= set(shape.members)
            assert None not in each.values()


def test_a_dataset_is_not_deleted_under_a_running_training() -> None:
    """The training would have nothing to read."""
    world = World(progress=Progress(in_progress_s=60))
    group = world.group()
    world.clock.advance(60)
    dataset = world.dataset(group)
    solution = world.solution(group)
    world.clock.advance(60)
    version = world.version(solution)

    def delete() -> None:
        world.control("DeleteDataset", datasetArn=dataset)

    assert code_of(delete) == "ResourceInUseException"
    assert code_of(lambda: world.control("DeleteSolution", solutionArn=solution)) == (
        "ResourceInUseException"
    )
    world.control("StopSolutionVersionCreation", solutionVersionArn=version)
    assert world.status("SolutionVersion", version) == "CREATE STOPPED"
    delete()


def test_a_dataset_can_get_a_schema_with_more_columns(world: World) -> None:
    """For items and users; the schema of interactions is fixed for life."""
    group = world.group()
    items = world.dataset(group, ITEM_FIELDS, "Items")
    interactions = world.dataset(group)
    wider = world.schema([*ITEM_FIELDS, {"name": "PRICE", "type": ["float", "null"]}], "Items")

    world.control("UpdateDataset", datasetArn=items, schemaArn=wider)

    shown = world.described("Dataset", items)
    assert shown["schemaArn"] == wider
    assert shown["latestDatasetUpdate"]["status"] == "ACTIVE"
    text = '{"price": 1.5, "creationTimestamp": 1}'
    world.events("PutItems", datasetArn=items, items=[{"itemId": "i", "properties": text}])
    with pytest.raises(EmulatedError, match="cannot be replaced"):
        world.control("UpdateDataset", datasetArn=interactions, schemaArn=wider)


def test_a_solution_shows_its_switches_and_its_latest_version(world: World) -> None:
    """Automatic training is on until it is switched off."""
    group, tracker = world.live_group()
    solution, version = trained(world, group, tracker)
    before = world.described("Solution", solution)
    parameters = [{"eventType": "Watch", "weight": 0.5}]
    config = {"eventsConfig": {"eventParametersList": parameters}}
    world.control(
        "UpdateSolution",
        solutionArn=solution,
        performAutoTraining=False,
        solutionUpdateConfig=config,
    )
    after = world.described("Solution", solution)

    assert (before["performAutoTraining"], after["performAutoTraining"]) == (True, False)
    assert after["solutionConfig"] == config
    assert after["latestSolutionUpdate"]["solutionUpdateConfig"] == config
    assert after["latestSolutionVersion"]["solutionVersionArn"] == version


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"recipe": "aws-hrnn"}, "does not know the recipe"),
        (
            {
                "recipe": "aws-user-personalization",
                "solutionConfig": {"eventsConfig": {"eventParametersList": [{"weight": 1}]}},
            },
            "only the v2 recipes",
        ),
        ({"solutionConfig": {"eventValueThreshold": "half"}}, "must be a number"),
    ],
)
def test_a_solution_that_makes_no_sense_is_refused(
    world: World, parameters: dict[str, Any], words: str
) -> None:
    """Unknown recipes, weights where there are none, and thresholds that are no numbers."""
    with pytest.raises(EmulatedError, match=words):
        world.solution(world.group(), **parameters)


def test_recipes_are_listed_and_described(world: World) -> None:
    """The ARNs are AWS's."""
    listed = [each["recipeArn"] for each in world.control("ListRecipes")["recipes"]]

    assert f"{RECIPE}aws-user-personalization-v2" in listed
    shown = world.control("DescribeRecipe", recipeArn=listed[0])["recipe"]
    assert shown["recipeType"] == "USER_PERSONALIZATION"
    unknown = f"{RECIPE}aws-none"
    assert code_of(lambda: world.control("DescribeRecipe", recipeArn=unknown)) == (
        "ResourceNotFoundException"
    )
    assert world.control("ListRecipes", domain="VIDEO_ON_DEMAND")["recipes"] == []
