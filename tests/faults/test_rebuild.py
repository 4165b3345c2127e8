"""A second dataset group, and the switch to it, under the real state machine."""

from collections.abc import Callable, Iterator

import pytest

from local.stack import LocalStack
from tests.support.rebuild import GROUP, Rebuild, deployed_rebuild
from tests.support.scripted_machine import NIGHT

pytestmark = pytest.mark.system

TOP_PICKS = "arn:aws:personalize:::recipe/aws-vod-top-picks"
ONCE = {
    "groups": [GROUP, "videos"],
    "datasets": [f"{GROUP}-interactions", f"{GROUP}-items", f"{GROUP}-users"],
    "trackers": [GROUP],
    "jobs": [f"{GROUP}-interactions"],
    "solutions": [f"{GROUP}-nightly"],
    "versions": [f"{GROUP}-nightly"],
    "campaigns": [f"{GROUP}-nightly"],
}

# Before each step that changes something, and right after it.
DEADLY = {
    "CreateGroup",
    "FollowGroup",
    "CreateDataset",
    "FollowDataset",
    "CreateTracker",
    "WaitForTracker",
    "BuildDatasets",
    "StartImport",
    "FollowImport",
    "NoteImport",
    "CreateSolution",
    "Train",
    "NameTraining",
    "JudgeVersion",
    "CreateCampaign",
    "LookAtCampaign",
    "Switch",
    "SwitchedNow",
    "Drain",
    "ReportNight",
    "ReleaseLock",
}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Rebuild]]:
    """The machine of the template; it is deployed once, as rebuilds are many."""
    with LocalStack.start() as stack:
        yield deployed_rebuild(stack, tmp_path_factory.mktemp("rebuild"))


@pytest.fixture
def rebuild(deployed: Callable[[], Rebuild]) -> Rebuild:
    """A rebuild before which nothing has happened."""
    return deployed()


def test_a_rebuild_ends_with_another_group_that_is_live(rebuild: Rebuild) -> None:
    """Filled, trained, judged, deployed, and switched to by one write; the old one is kept."""
    assert rebuild.run()["status"] == "SUCCEEDED"
    assert rebuild.there_is() == ONCE
    live = rebuild.live()
    assert live is not None
    assert live.dataset_group_name == GROUP
    assert live.campaign_arn is not None
    assert live.campaign_arn.endswith(f"campaign/{GROUP}-nightly")
    assert live.rolled_back().dataset_group_name == "videos"
    assert live.rolled_back().tracking_id == "first-id"
    assert rebuild.versions_of_parameter() == 1
    assert not rebuild.is_locked()


def test_the_build_is_told_of_the_new_group_and_the_ledger_of_the_import(
    rebuild: Rebuild,
) -> None:
    """So that what the nights import next begins where the rebuild ended."""
    rebuild.run()
    [asked] = rebuild.calls("build_datasets")
    assert (asked["asked"], asked["train"]) == ("rebuild", "always")
    live = rebuild.live()
    assert live is not None
    assert asked["target"]["tracking_id"] == live.tracking_id
    imported, finished = rebuild.calls("report_night")
    assert (imported["step"], imported["import"]["group"]) == ("imported", GROUP)
    assert (finished["step"], finished["outcome"]) == ("finished", "accepted")
    assert finished["reasons"][1:4] == [
        "The interactions are imported.",
        "No users were imported: the build has no file of them.",
        "No items were imported: the build has no file of them.",
    ]


def test_users_and_items_are_imported_where_there_are_files(rebuild: Rebuild) -> None:
    """Of the same build."""
    users = rebuild.files_of("users", "USER_ID,AGE_BAND\nu1,25-34\n")
    items = rebuild.files_of("items", "ITEM_ID,GENRES\ni1,drama\n")
    rebuild.decide(users=users, items=items)
    assert rebuild.run()["status"] == "SUCCEEDED"
    jobs = [f"{GROUP}-{kind}" for kind in ("interactions", "items", "users")]
    assert rebuild.there_is()["jobs"] == jobs


@pytest.mark.parametrize("kind", ["users", "items"])
def test_what_the_live_group_does_without_is_left_out(rebuild: Rebuild, kind: str) -> None:
    """Nobody knows the schema of it; the report says so, whatever files there are."""
    rebuild.lacks(kind)
    files = rebuild.files_of(kind, "ID\nx\n")
    rebuild.decide(**{kind: files})
    assert rebuild.run()["status"] == "SUCCEEDED"
    assert f"{GROUP}-{kind}" not in rebuild.there_is()["datasets"]
    assert rebuild.there_is()["jobs"] == [f"{GROUP}-interactions"]
    said = f"No {kind} were imported: videos has no dataset of them, and the order names no schema."
    assert said in rebuild.calls("report_night")[-1]["reasons"]


def test_a_schema_in_the_order_adds_what_the_live_group_does_without(rebuild: Rebuild) -> None:
    """Which is how a group gets users that never had any."""
    schema = rebuild.lacks("users")
    rebuild.decide(users=rebuild.files_of("users", "USER_ID,AGE_BAND\nu1,25-34\n"))
    assert rebuild.run(schemas={"users": schema})["status"] == "SUCCEEDED"
    assert rebuild.there_is()["jobs"] == [f"{GROUP}-interactions", f"{GROUP}-users"]


def test_recommenders_would_stay_behind_so_nothing_is_made(rebuild: Rebuild) -> None:
    """They cannot be moved; without them a group of a domain is rebuilt as any other."""
    group = rebuild.make_live_domain_group()
    recommender = rebuild.personalize.create_recommender(
        name="top-picks", datasetGroupArn=group, recipeArn=TOP_PICKS
    )["recommenderArn"]
    before = rebuild.there_is()
    ended = rebuild.run()
    assert (ended["status"], ended["error"]) == ("FAILED", "Rebuild.HasRecommenders")
    assert "films has recommenders" in ended["cause"]
    assert rebuild.there_is() == before
    assert not rebuild.is_locked()

    rebuild.personalize.delete_recommender(recommenderArn=recommender)
    assert rebuild.run()["status"] == "SUCCEEDED"
    made = rebuild.personalize.describe_dataset_group(
        datasetGroupArn=group.replace("/films", f"/{GROUP}")
    )
    assert made["datasetGroup"]["domain"] == "VIDEO_ON_DEMAND"


def test_without_interactions_there_is_nothing_to_rebuild(rebuild: Rebuild) -> None:
    """It says which dataset it looked for."""
    rebuild.lacks("interactions")
    ended = rebuild.run()
    assert ended["error"] == "Rebuild.NoInteractionsDataset"
    assert "videos/INTERACTIONS" in ended["cause"]


def test_a_worse_version_never_goes_live(rebuild: Rebuild) -> None:
    """The report says what remains to be deleted."""
    rebuild.say("judge_version", accepted=False, reasons=["Precision fell by a third."])
    assert rebuild.run()["status"] == "SUCCEEDED"
    assert rebuild.live() is None
    assert rebuild.there_is()["campaigns"] == []
    finished = rebuild.calls("report_night")[-1]
    assert finished["outcome"] == "kept"
    assert GROUP in finished["reasons"][-1]


def test_a_gate_that_fails_imports_nothing(rebuild: Rebuild) -> None:
    """Nor does a cost above the ceiling."""
    rebuild.decide(outcome="stopped", reasons=["Too dear."], **{"import": None})
    assert rebuild.run()["status"] == "SUCCEEDED"
    assert rebuild.live() is None
    assert rebuild.there_is()["jobs"] == []
    assert rebuild.calls("report_night")[-1]["reasons"][0] == "Too dear."


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("CreateDatasetGroup", "InvalidInputException"),
        ("CreateDataset", "InvalidInputException"),
        ("CreateDatasetImportJob", "InvalidInputException"),
        ("CreateSolutionVersion", "InvalidInputException"),
        ("CreateCampaign", "InvalidInputException"),
        ("GetRecommendations", "InvalidInputException"),
    ],
)
def test_a_failure_before_the_switch_leaves_what_is_live(
    rebuild: Rebuild, operation: str, error: str
) -> None:
    """And names the group that remains; mended and started again, it goes on from there."""
    rebuild.stack.personalize.faults.fail_operation(operation, error)
    assert rebuild.run()["status"] == "FAILED"
    assert rebuild.live() is None
    assert not rebuild.is_locked()
    assert GROUP in rebuild.calls("report_night")[-1]["reasons"][0]

    rebuild.stack.personalize.faults.clear()
    assert rebuild.run()["status"] == "SUCCEEDED"
    assert rebuild.there_is() == ONCE


def test_whoever_switches_meanwhile_is_not_overruled(rebuild: Rebuild) -> None:
    """The comparison was with another group."""

    def switch(_arn: str, state: str) -> None:
        if state == "ReadLiveAgain":
            other = rebuild.live_group.replace("videos", "others")
            value = f'{{"dataset_group_arn":"{other}","dataset_group_name":"others"}}'
            rebuild.stack.client("ssm").put_parameter(
                Name=rebuild.parameter, Value=value, Type="String"
            )

    ended = rebuild.run_while(switch)
    assert ended["error"] == "Rebuild.SomebodySwitched"
    assert rebuild.versions_of_parameter() == 1


def test_killed_at_each_state_it_resumes_without_making_anything_twice(
    rebuild: Rebuild,
) -> None:
    """Each attempt is killed before or after another step that changes something."""
    killed: set[str] = set()

    def kill_in_another_state(arn: str, state: str) -> None:
        is_due = state in DEADLY and state not in killed
        if is_due and rebuild.described(arn)["status"] == "RUNNING":
            killed.add(state)
            rebuild.stop(arn)

    while (ended := rebuild.run_while(kill_in_another_state))["status"] == "ABORTED":
        pass
    assert ended["status"] == "SUCCEEDED"
    assert rebuild.there_is() == ONCE
    assert rebuild.versions_of_parameter() == 1
    live = rebuild.live()
    assert live is not None
    assert live.rolled_back().dataset_group_name == "videos"
    assert killed == DEADLY


def test_a_serial_makes_room_for_another_group(rebuild: Rebuild) -> None:
    """Of the same date."""
    assert rebuild.run(serial="b")["status"] == "SUCCEEDED"
    live = rebuild.live()
    assert live is not None
    assert live.dataset_group_name == f"{GROUP}b"
    assert rebuild.calls("build_datasets")[0]["night"] == NIGHT
