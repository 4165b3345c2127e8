"""The control plane: names, parents, limits, deletions, and statuses that take their time."""

from collections.abc import Callable
from typing import Any

import pytest

from local.personalize import Progress
from local.personalize.errors import Refusal
from tests.unit.local.personalize.world import (
    INTERACTION_FIELDS,
    ITEM_FIELDS,
    RECIPE,
    START,
    USER_FIELDS,
    World,
    avro,
    refusal,
)

NOWHERE = "arn:aws:personalize:us-east-1:123456789012:"
SLOW = Progress(pending_s=10, in_progress_s=50)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("CreateDatasetGroup", {"name": "g"}),
        ("CreateSchema", {"name": "s", "schema": avro(INTERACTION_FIELDS)}),
        ("CreateSolution", {"name": "s", "recipeArn": RECIPE + "aws-user-personalization-v2"}),
        ("CreateFilter", {"name": "f", "filterExpression": "EXCLUDE ItemID WHERE Items.A = 1"}),
    ],
)
def test_a_name_can_be_taken_once(world: World, operation: str, parameters: dict[str, Any]) -> None:
    """The second one is refused with the code AWS uses."""
    if operation in {"CreateSolution", "CreateFilter"}:
        parameters = {**parameters, "datasetGroupArn": world.group()}
    world.control(operation, **parameters)

    error = refusal(world.control, operation, **parameters)
    assert error.code == "ResourceAlreadyExistsException"


def test_a_group_has_one_dataset_of_each_type(world: World) -> None:
    """Another name does not help."""
    group = world.group()
    world.dataset(group)
    world.dataset(group, ITEM_FIELDS, "Items")
    world.dataset(group, USER_FIELDS, "uSeRs")

    assert refusal(world.dataset, group).code == "ResourceAlreadyExistsException"


def test_a_group_has_one_event_tracker(world: World) -> None:
    """A second would give the same data two names."""
    group, _ = world.live_group()

    assert refusal(world.tracker, group).code == "ResourceAlreadyExistsException"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("CreateEventTracker", {"name": "t", "datasetGroupArn": NOWHERE + "dataset-group/x"}),
        (
            "CreateDataset",
            {
                "name": "d",
                "datasetGroupArn": NOWHERE + "dataset-group/x",
                "schemaArn": NOWHERE + "schema/x",
                "datasetType": "Interactions",
            },
        ),
        (
            "CreateSolution",
            {
                "name": "s",
                "datasetGroupArn": NOWHERE + "dataset-group/x",
                "recipeArn": RECIPE + "aws-sims",
            },
        ),
        ("CreateSolutionVersion", {"solutionArn": NOWHERE + "solution/x"}),
        ("CreateCampaign", {"name": "c", "solutionVersionArn": NOWHERE + "solution/x/1"}),
        ("DescribeDataset", {"datasetArn": NOWHERE + "dataset/x/ITEMS"}),
        ("DeleteCampaign", {"campaignArn": NOWHERE + "campaign/x"}),
        ("DescribeRecipe", {"recipeArn": RECIPE + "aws-trending-now"}),
        ("ListTagsForResource", {"resourceArn": NOWHERE + "dataset/x/ITEMS"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_exist_is_not_found(
    world: World, operation: str, parameters: dict[str, Any]
) -> None:
    """A missing parent is the same as a missing resource."""
    assert refusal(world.control, operation, **parameters).code == "ResourceNotFoundException"


def test_an_arn_of_another_kind_is_not_found(world: World) -> None:
    """A dataset group is no solution."""
    error = refusal(world.control, "DescribeSolution", solutionArn=world.group())
    assert error.code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("fields", "dataset_type"),
    [
        (INTERACTION_FIELDS[1:], "Interactions"),
        (
            [{"name": "USER_ID", "type": ["string", "null"]}, *INTERACTION_FIELDS[1:]],
            "Interactions",
        ),
        ([*INTERACTION_FIELDS[:2], {"name": "TIMESTAMP", "type": "int"}], "Interactions"),
        ([*INTERACTION_FIELDS[:-1], {"name": "EVENT_VALUE", "type": "string"}], "Interactions"),
        (
            [*INTERACTION_FIELDS, *({"name": f"EXTRA{n}", "type": "string"} for n in range(6))],
            "Interactions",
        ),
        ([*INTERACTION_FIELDS, {"name": "EVENTTYPE", "type": "string"}], "Interactions"),
        ([*INTERACTION_FIELDS, {"name": "A-B", "type": "string"}], "Interactions"),
        ([*INTERACTION_FIELDS, {"name": "A", "type": {"type": "array"}}], "Interactions"),
        (ITEM_FIELDS[:1], "Items"),
        (USER_FIELDS[1:], "Users"),
        ([], "Users"),
    ],
    ids=str,
)
def test_a_schema_that_suits_no_dataset_is_refused(
    world: World, fields: list[dict[str, Any]], dataset_type: str
) -> None:
    """Columns missing, of a wrong type, too many, or alike but for underscores."""
    assert refusal(world.schema, fields, dataset_type).reason == Refusal.BAD_SCHEMA


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 15_000, '{"type": "record", "fields": 1}'])
def test_a_schema_must_be_an_avro_record(world: World, text: str) -> None:
    """Whatever is not JSON or not a record is refused, however deep it goes."""
    error = refusal(world.control, "CreateSchema", name="s", schema=text)
    assert error.code == "InvalidInputException"


def make_groups(world: World) -> Callable[[], object]:
    """Prepares to create dataset groups."""
    return world.group


def make_solutions(world: World) -> Callable[[], object]:
    """Prepares to create solutions."""
    group = world.group()
    return lambda: world.solution(group)


def make_filters(world: World) -> Callable[[], object]:
    """Prepares to create filters."""
    group = world.group()
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'
    return lambda: world.control(
        "CreateFilter", name=world.name(), datasetGroupArn=group, filterExpression=expression
    )


def make_campaigns(world: World) -> Callable[[], object]:
    """Prepares to create campaigns."""
    group, tracking_id = world.live_group()
    world.fill(tracking_id)
    version = world.version(world.solution(group))
    return lambda: world.campaign(version)


@pytest.mark.parametrize(
    ("prepare", "limit"),
    [(make_groups, 5), (make_solutions, 10), (make_filters, 10), (make_campaigns, 5)],
)
def test_one_more_than_a_quota_allows_is_refused(
    world: World, prepare: Callable[[World], Callable[[], object]], limit: int
) -> None:
    """The quotas of the developer guide, to the resource."""
    make = prepare(world)
    for _ in range(limit):
        make()

    assert refusal(make).code == "LimitExceededException"


def test_a_resource_in_use_cannot_be_deleted(world: World) -> None:
    """Deleting works from the leaves to the root only."""
    group, tracking_id = world.live_group()
    world.fill(tracking_id)
    solution = world.solution(group)
    campaign = world.campaign(world.version(solution))
    [dataset] = world.control("ListDatasets", datasetGroupArn=group)["datasets"]
    [tracker] = world.control("ListEventTrackers", datasetGroupArn=group)["eventTrackers"]
    [schema] = world.control("ListSchemas")["schemas"]
    deletions: list[tuple[str, dict[str, str]]] = [
        ("DeleteCampaign", {"campaignArn": campaign}),
        ("DeleteSolution", {"solutionArn": solution}),
        ("DeleteEventTracker", {"eventTrackerArn": tracker["eventTrackerArn"]}),
        ("DeleteDataset", {"datasetArn": dataset["datasetArn"]}),
        ("DeleteSchema", {"schemaArn": schema["schemaArn"]}),
        ("DeleteDatasetGroup", {"datasetGroupArn": group}),
    ]
    blocked = [deletions[1], deletions[4], deletions[5]]
    codes = [refusal(world.control, operation, **arn).code for operation, arn in blocked]
    assert codes == ["ResourceInUseException"] * 3

    for operation, arn in deletions:
        world.control(operation, **arn)
    assert world.control("ListDatasetGroups") == {"datasetGroups": []}
    assert world.control("ListSchemas") == {"schemas": []}
    assert world.control("ListSolutionVersions") == {"solutionVersions": []}


def test_a_resource_progresses_with_the_clock() -> None:
    """Pending, in progress, active; and the same on its way out."""
    world = World(progress=SLOW)
    group = world.group()
    seen = [world.status("DatasetGroup", group)]
    for seconds in (9, 1, 49, 1):
        world.clock.advance(seconds)
        seen.append(world.status("DatasetGroup", group))
    assert seen == [
        "CREATE PENDING",
        "CREATE PENDING",
        "CREATE IN_PROGRESS",
        "CREATE IN_PROGRESS",
        "ACTIVE",
    ]
    assert world.described("DatasetGroup", group)["lastUpdatedDateTime"] == START + 60

    world.control("DeleteDatasetGroup", datasetGroupArn=group)
    assert world.status("DatasetGroup", group) == "DELETE PENDING"
    world.clock.advance(10)
    assert world.status("DatasetGroup", group) == "DELETE IN_PROGRESS"
    world.clock.advance(50)
    error = refusal(world.status, "DatasetGroup", group)
    assert error.code == "ResourceNotFoundException"


def test_what_is_not_active_yet_cannot_be_built_upon() -> None:
    """Neither used as a parent nor deleted."""
    world = World(progress=SLOW)
    group = world.group()

    assert refusal(world.tracker, group).code == "ResourceInUseException"
    error = refusal(world.control, "DeleteDatasetGroup", datasetGroupArn=group)
    assert error.code == "ResourceInUseException"


def test_a_training_sees_only_what_was_imported_when_it_began() -> None:
    """Steps happen in the order of their times, though nobody asked in between."""
    world = World(progress=Progress(pending_s=10, in_progress_s=50))
    group = world.group()
    world.clock.advance(60)
    dataset = world.dataset(group)
    solution = world.solution(group)
    world.clock.advance(60)
    header = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"
    lines = [f"u{n % 9},i{n % 7},{START - n},Watch," for n in range(60)]
    world.import_csv(dataset, header, *lines)
    early = world.version(solution)
    world.clock.advance(1_000)
    late = world.version(solution)

    assert world.status("SolutionVersion", early) == "CREATE FAILED"
    world.clock.advance(60)
    assert world.status("SolutionVersion", late) == "ACTIVE"


def test_a_training_can_be_stopped() -> None:
    """It ends without a model, and cannot be stopped twice."""
    world = World(progress=SLOW)
    group = world.group()
    world.clock.advance(60)
    solution = world.solution(group)
    world.clock.advance(60)
    version = world.version(solution)
    world.clock.advance(20)
    world.control("StopSolutionVersionCreation", solutionVersionArn=version)
    world.clock.advance(1_000)

    assert world.status("SolutionVersion", version) == "CREATE STOPPED"
    stop = "StopSolutionVersionCreation"
    error = refusal(world.control, stop, solutionVersionArn=version)
    assert error.code == "InvalidInputException"


def test_cloudformation_can_wait_without_a_clock() -> None:
    """`complete` ends what a resource is going through, whatever the time."""
    world = World(progress=SLOW)
    group = world.group()
    world.emulator.complete(group)

    assert world.status("DatasetGroup", group) == "ACTIVE"


def test_a_list_is_given_page_by_page(world: World) -> None:
    """Tokens lead from page to page, and only ours do."""
    names = [f"schema-{n}" for n in range(5)]
    for name in names:
        world.control("CreateSchema", name=name, schema=avro(INTERACTION_FIELDS))
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = world.control("ListSchemas", maxResults=2, **token)
        seen += [each["name"] for each in page["schemas"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}

    assert seen == names
    error = refusal(world.control, "ListSchemas", nextToken="5")
    assert error.code == "InvalidNextTokenException"


def test_tags_are_kept_and_limited(world: World) -> None:
    """Fifty a resource, set at creation or later."""
    group = world.group(tags=[{"tagKey": "team", "tagValue": "video"}])
    listed = world.control("ListTagsForResource", resourceArn=group)["tags"]
    assert listed == [{"tagKey": "team", "tagValue": "video"}]
    world.control("UntagResource", resourceArn=group, tagKeys=["team", "unknown"])
    assert world.control("ListTagsForResource", resourceArn=group) == {"tags": []}

    many = [{"tagKey": f"k{n}", "tagValue": ""} for n in range(50)]
    world.control("TagResource", resourceArn=group, tags=many)
    one = [{"tagKey": "one-more", "tagValue": ""}]
    error = refusal(world.control, "TagResource", resourceArn=group, tags=one)
    assert error.code == "TooManyTagsException"


def test_an_operation_nobody_emulates_is_unknown(world: World) -> None:
    """Real ones that are left out say so."""
    error = refusal(world.control, "CreateDataDeletionJob")
    assert error.code == "UnknownOperationException"
    assert "is not emulated" in error.message
    assert "does not exist" in refusal(world.control, "Dance").message


def test_a_recommender_is_of_a_domain(world: World) -> None:
    """It can be made, shown and deleted; its group stays as long as it does."""
    top = {"recipeArn": "arn:aws:personalize:::recipe/aws-vod-top-picks", "name": "top"}
    custom = world.group()
    group = world.control("CreateDatasetGroup", name="films", domain="VIDEO_ON_DEMAND")
    arn = group["datasetGroupArn"]
    error = refusal(world.control, "CreateRecommender", datasetGroupArn=custom, **top)
    assert error.code == "InvalidInputException"
    other = top | {"recipeArn": "arn:aws:personalize:::recipe/aws-sims"}
    error = refusal(world.control, "CreateRecommender", datasetGroupArn=arn, **other)
    assert error.code == "InvalidInputException"

    made = world.control("CreateRecommender", datasetGroupArn=arn, **top)["recommenderArn"]
    shown = world.control("DescribeRecommender", recommenderArn=made)["recommender"]
    assert (shown["status"], shown["datasetGroupArn"]) == ("ACTIVE", arn)
    error = refusal(world.control, "DeleteDatasetGroup", datasetGroupArn=arn)
    assert error.code == "ResourceInUseException"
    world.control("DeleteRecommender", recommenderArn=made)
    assert world.control("ListRecommenders", datasetGroupArn=arn) == {"recommenders": []}
    world.control("DeleteDatasetGroup", datasetGroupArn=arn)
