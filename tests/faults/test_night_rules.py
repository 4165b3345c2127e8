"""What a night keeps to, whatever happens: the lock, the switches, the live version, the words."""

import json
from typing import Any

import pytest

from local.personalize.lifecycle import Progress
from tests.support.night import STACK, Night
from tests.support.scripted_machine import NIGHT, RECIPE

pytestmark = pytest.mark.system

NEXT = "2026-11-25"
GONE = "arn:aws:states:us-east-1:123456789012:execution:nights-nightly:gone"


def test_automatic_training_is_switched_off(night: Night) -> None:
    """It is on by default in a solution that somebody else made."""
    personalize = night.stack.client("personalize")
    arn = personalize.create_solution(
        name="theirs", datasetGroupArn=night.group_arn, recipeArn=RECIPE
    )["solutionArn"]
    night.aim(solution_arn=arn)
    assert night.run()["status"] == "SUCCEEDED"
    described = personalize.describe_solution(solutionArn=arn)["solution"]
    assert described["performAutoTraining"] is False
    assert night.versions()[0]["solutionVersionArn"].startswith(arn)


def test_a_solution_of_the_night_never_trains_by_itself(night: Night) -> None:
    """Nor does its campaign follow new versions."""
    night.run()
    personalize = night.stack.client("personalize")
    [solution] = personalize.list_solutions(datasetGroupArn=night.group_arn)["solutions"]
    described = personalize.describe_solution(solutionArn=solution["solutionArn"])["solution"]
    assert described["performAutoTraining"] is False
    assert night.campaigns()[0]["campaignConfig"] == {"syncWithLatestSolutionVersion": False}


def test_a_campaign_that_follows_versions_is_stopped(night: Night) -> None:
    """Even when the version that it shows is the night's own."""

    def follow(_arn: str, state: str) -> None:
        if state == "AskForRecommendations" and not followed:
            followed.append(state)
            night.stack.client("personalize").update_campaign(
                campaignArn=night.campaigns()[0]["campaignArn"],
                campaignConfig={"syncWithLatestSolutionVersion": True},
            )
            night.stop(_arn)

    followed: list[str] = []
    assert night.run_while(follow)["status"] == "ABORTED"
    assert night.run()["status"] == "SUCCEEDED"
    assert night.campaigns()[0]["campaignConfig"] == {"syncWithLatestSolutionVersion": False}


def test_without_recommendations_the_old_version_comes_back(night: Night) -> None:
    """The smoke test is of the campaign as viewers see it, so it comes after the deployment."""
    night.run()
    live = night.live()
    night.decide(night=NEXT)
    night.stack.personalize.faults.fail_operation("GetRecommendations", "AccessDeniedException")
    night.stack.personalize.faults.fail_operation(
        "GetRecommendations", *["InvalidInputException"] * 3
    )
    ended = night.run(night=NEXT)
    assert (ended["status"], ended["error"]) == ("FAILED", "Night.NoRecommendations")
    assert night.live() == live
    assert f"{live} is live again" in night.calls("report_night")[-1]["reasons"][0]


def test_the_old_version_comes_back_after_a_kill_too(night: Night) -> None:
    """The attempt before died between deployment and smoke test: it alone had seen the old one."""
    night.run()
    live = night.live()
    night.decide(night=NEXT)

    def kill(arn: str, state: str) -> None:
        if state == "AskForRecommendations":
            night.stop(arn)

    assert night.run_while(kill, night=NEXT)["status"] == "ABORTED"
    assert night.live() != live
    night.stack.personalize.faults.fail_operation("GetRecommendations", "InvalidInputException")
    ended = night.run(night=NEXT)
    assert ended["error"] == "Night.NoRecommendations"
    assert night.live() == live


def test_the_first_version_has_none_to_go_back_to(night: Night) -> None:
    """It is said, and the campaign stays for a look at it."""
    night.stack.personalize.faults.fail_operation("GetRecommendations", "InvalidInputException")
    assert night.run()["error"] == "Night.NoRecommendations"
    assert len(night.campaigns()) == 1


def test_a_stopped_night_touches_nothing_and_may_be_run_again(night: Night) -> None:
    """A gate, the ceiling of costs or a refused plan; the reasons are those of the build."""
    night.decide(outcome="stopped", reasons=["The watch ratio fell by half."])
    assert night.run()["status"] == "SUCCEEDED"
    assert (night.jobs(), night.versions()) == ([], [])
    report = night.calls("report_night")[-1]
    assert (report["outcome"], report["reasons"]) == ("stopped", ["The watch ratio fell by half."])

    night.decide()
    assert json.loads(night.run()["output"])["outcome"] == "accepted"


def test_a_rebuild_is_started_once_the_lock_is_free(night: Night) -> None:
    """By its own machine, under the name of the night."""
    step_functions = night.stack.client("stepfunctions")
    machine = step_functions.create_state_machine(
        name=f"{STACK}-rebuild",
        definition=json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::123456789012:role/rebuild",
    )["stateMachineArn"]
    plan = {"kind": "rebuild", "reasons": ["Asked for."], "days": None}
    night.decide(imports=False, plan=plan)
    assert night.run(asked="rebuild")["status"] == "SUCCEEDED"
    [execution] = step_functions.list_executions(stateMachineArn=machine)["executions"]
    assert execution["name"] == f"rebuild-{NIGHT}"
    assert f"rebuild-{NIGHT}" in night.calls("report_night")[-1]["reasons"][0]
    assert night.calls("build_datasets")[0]["asked"] == "rebuild"


def test_an_import_alone_is_told_as_such(night: Night) -> None:
    """Rows are imported and the ledger is moved; nothing is trained."""
    night.decide(train=False)
    assert night.run()["status"] == "SUCCEEDED"
    imported, finished = night.calls("report_night")
    assert (imported["step"], imported["import"]["rows"]) == ("imported", 1_200)
    assert (finished["step"], finished["outcome"]) == ("finished", "kept")
    assert night.versions() == []


def test_the_whole_story_is_reported(night: Night) -> None:
    """Import and training, metrics and judgement; people get the words of the report."""
    night.run()
    report = night.calls("report_night")[-1]
    training = report["training"]
    assert training["solution_version_arn"] == night.live()
    assert "coverage" in training["metrics"]
    assert training["judgement"] == {"accepted": True, "reasons": ["Better than what is live."]}
    assert (report["error"], report["import"]["mode"]) == (None, "FULL")
    assert night.news() == [("Night", "Words.")]


def test_without_a_report_people_are_told_all_the_same(night: Night) -> None:
    """And the lock is given back."""
    night.decide(imports=False, train=False, outcome="nothing_new", reasons=["All delivered."])
    night.say("report_night", raises="no report tonight")
    night.run()
    [(subject, message)] = night.news()
    assert subject == f"Night {NIGHT}: nothing_new, without a report"
    assert "All delivered." in message
    assert night.item("personalize") is None


def test_a_build_that_fails_is_told(night: Night) -> None:
    """Its words are the reason; nothing was touched."""
    night.say("build_datasets", raises="part-0.csv, row 17: no user")
    ended = night.run()
    assert (ended["status"], ended["error"]) == ("FAILED", "RuntimeError")
    report = night.calls("report_night")[-1]
    assert (report["outcome"], report["build"]) == ("failed", "")
    assert "row 17" in report["reasons"][0]
    assert night.item("personalize") is None


@pytest.mark.parametrize(
    ("holder", "fields"),
    [(GONE, {}), ("command:erase-users", {"expires_at": "2026-01-01T00:00:00Z"})],
)
def test_the_lock_of_one_that_is_gone_is_taken_over(
    night: Night, *, holder: str, fields: dict[str, str]
) -> None:
    """An execution is asked for; a command has said until when it works."""
    night.hold_lock(holder, **fields)
    assert night.run()["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "fields", [{"expires_at": "2999-01-01T00:00:00Z"}, {}], ids=["for long", "for ever"]
)
def test_the_lock_of_one_that_works_is_respected(night: Night, fields: dict[str, str]) -> None:
    """The night fails in the end, says who has the lock, and leaves it to its holder."""
    night.hold_lock("command:erase-users", **fields)
    assert night.run()["error"] == "Night.LockTooLate"
    assert "erasure" in night.calls("report_night")[-1]["reasons"][0]
    lock: Any = night.item("personalize")
    assert lock["holder"] == "command:erase-users"


def test_two_dates_do_not_work_at_once(night: Night) -> None:
    """Each has its own claim, and both need the lock."""
    others: list[str] = []

    def start_another(_arn: str, state: str) -> None:
        if state == "LookAtImport" and not others:
            others.append(night.start("other", night=NEXT))
            assert night.ended(others[0])["error"] == "Night.LockTooLate"

    assert night.run_while(start_another)["status"] == "SUCCEEDED"
    assert night.item("personalize") is None


def test_the_date_is_that_of_the_schedule(night: Night) -> None:
    """Or of the start, when nobody says anything."""
    night.decide(imports=False, train=False, outcome="nothing_new")
    night.run(night=None, scheduled_at="2026-12-01T03:30:00Z")
    assert night.calls("build_datasets")[0]["night"] == "2026-12-01"
    assert night.item("night#2026-12-01") is not None
    night.run(night=None)
    assert len(night.calls("build_datasets")) == 2


def test_a_version_on_a_later_page_is_found(night: Night) -> None:
    """A solution has many versions after some nights."""
    night.run()
    solution = night.versions()[0]["solutionVersionArn"].rsplit("/", 1)[0]
    for number in range(3):
        night.stack.client("personalize").create_solution_version(
            name=f"other-{number}", solutionArn=solution
        )
    night.decide(night=NEXT)
    night.stack.personalize.take_time(Progress())
    night.stack.client("personalize").create_solution_version(
        name=f"night-{NEXT}", solutionArn=solution
    )
    assert night.run(night=NEXT)["status"] == "SUCCEEDED"
    assert len(night.versions()) == 5
