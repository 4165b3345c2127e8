"""F50 to F59: what can happen to a night, under the real state machine."""

import pytest
from botocore.exceptions import ClientError

from local.personalize.lifecycle import Progress
from tests.support.night import Night, states_that_call
from tests.support.scripted_machine import NIGHT

pytestmark = pytest.mark.system

NEXT = "2026-11-25"
FOR_EVER = Progress(in_progress_s=1e9)


def is_over(night: Night, outcome: str, *, date: str = NIGHT) -> bool:
    """Whether a night has come to an end, has told of it, and has given back the lock."""
    item, reports = night.item(f"night#{date}"), night.calls("report_night")
    return (
        item is not None
        and item["outcome"] == outcome
        and reports[-1]["outcome"] == outcome
        and night.item("personalize") is None
        and len(night.news()) > 0
    )


def test_f50_schedule_fires_twice(night: Night) -> None:
    """At once or one after the other: one execution does the work, the other has nothing to do."""
    seconds: list[str] = []

    def fire_again(_arn: str, state: str) -> None:
        if state == "Import" and not seconds:
            seconds.append(night.start("second"))
            assert night.ended(seconds[0])["status"] == "SUCCEEDED"

    assert night.run_while(fire_again)["status"] == "SUCCEEDED"
    assert night.run()["status"] == "SUCCEEDED"
    assert is_over(night, "accepted")
    assert len(night.calls("build_datasets")) == 1
    assert (len(night.jobs()), len(night.versions()), len(night.news())) == (1, 1, 1)


def test_f51_import_fails(night: Night) -> None:
    """The reason is told and nothing is trained; mended and started again, it has another name."""
    night.put_rows(spoilt=True)
    ended = night.run()
    assert (ended["status"], ended["error"]) == ("FAILED", "Night.ImportFailed")
    assert is_over(night, "failed")
    assert "missing" in night.calls("report_night")[-1]["reasons"][0]
    assert night.versions() == []

    night.put_rows()
    assert night.run()["status"] == "SUCCEEDED"
    assert is_over(night, "accepted")
    names = [job["jobName"] for job in night.jobs()]
    assert names == [f"night-{NIGHT}-interactions", f"night-{NIGHT}-interactions-1"]


def test_f52_too_few_new_interactions(night: Night) -> None:
    """Nothing is imported, which is no failure and has its reason."""
    reason = "Only 900 interactions are new; an import needs 1,000."
    night.decide(imports=False, outcome="nothing_new", train=False, reasons=[reason])
    assert night.run()["status"] == "SUCCEEDED"
    assert is_over(night, "nothing_new")
    assert night.calls("report_night")[-1]["reasons"] == [reason]
    assert (night.jobs(), night.versions(), night.campaigns()) == ([], [], [])


def test_f53_personalize_is_busy(night: Night) -> None:
    """It backs off; what exists under our name is ours, and is waited for."""
    faults = night.stack.personalize.faults
    faults.fail_operation("CreateDatasetImportJob", "LimitExceededException")
    faults.fail_operation("CreateSolutionVersion", "ResourceInUseException")
    faults.fail_operation("DescribeCampaign", "ThrottlingException")
    assert night.run()["status"] == "SUCCEEDED"
    assert (len(night.jobs()), len(night.versions())) == (1, 1)

    night.decide(night=NEXT)
    night.stack.client("personalize").create_dataset_import_job(
        jobName=f"night-{NEXT}-interactions",
        datasetArn=night.dataset_arn,
        dataSource={"dataLocation": night.location},
        roleArn="arn:aws:iam::123456789012:role/import",
        importMode="FULL",
    )
    solution = night.versions()[0]["solutionVersionArn"].rsplit("/", 1)[0]
    night.stack.client("personalize").create_solution_version(
        name=f"night-{NEXT}", solutionArn=solution
    )
    assert night.run(night=NEXT)["status"] == "SUCCEEDED"
    assert (len(night.jobs()), len(night.versions())) == (2, 2)
    assert night.live() == night.versions()[1]["solutionVersionArn"]


def test_f54_training_fails_or_stops(night: Night) -> None:
    """What is live stays live, and the reason is told; the next attempt trains anew."""
    night.run()
    live = night.live()
    night.decide(night=NEXT)
    night.put_rows(users=1)
    ended = night.run(night=NEXT)
    assert (ended["status"], ended["error"]) == ("FAILED", "Night.TrainingFailed")
    assert "25 users" in night.calls("report_night")[-1]["reasons"][0]
    assert is_over(night, "failed", date=NEXT)

    def stop_training(_arn: str, state: str) -> None:
        if state == "Train":
            night.stack.personalize.take_time(FOR_EVER)
        if state == "LookAtTraining":
            arn = night.versions()[-1]["solutionVersionArn"]
            night.stack.client("personalize").stop_solution_version_creation(solutionVersionArn=arn)

    assert night.run_while(stop_training, night=NEXT)["error"] == "Night.TrainingFailed"
    assert night.live() == live
    names = [event["build"] for event in night.calls("report_night")]
    assert names == [f"night-{NIGHT}"] * 2 + [f"night-{NEXT}"] * 4
    assert len(night.versions()) == 3


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("Import", "Night.ImportTooLate"),
        ("CreateSolution", "Night.SolutionTooLate"),
        ("Train", "Night.TrainingTooLate"),
        ("CreateCampaign", "Night.DeploymentTooLate"),
    ],
)
def test_f55_a_wait_has_an_end(night: Night, *, state: str, error: str) -> None:
    """It is told, the lock is given back, and a later attempt finds what went on meanwhile."""

    def hang(_arn: str, entered: str) -> None:
        if entered == state:
            night.stack.personalize.take_time(FOR_EVER)

    ended = night.run_while(hang)
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert is_over(night, "failed")

    night.stack.personalize.complete_all()
    night.stack.personalize.take_time(Progress())
    assert night.run()["status"] == "SUCCEEDED"
    assert (len(night.jobs()), len(night.versions()), len(night.campaigns())) == (1, 1, 1)


def test_f56_worse_than_what_is_live(night: Night) -> None:
    """It is kept and not deployed, with the reasons; it was compared with what is live."""
    night.run()
    live = night.live()
    night.decide(night=NEXT)
    night.say("judge_version", accepted=False, reasons=["Coverage fell by half."])
    assert night.run(night=NEXT)["status"] == "SUCCEEDED"
    assert is_over(night, "kept", date=NEXT)
    assert night.live() == live
    first, second = night.calls("judge_version")
    assert first["live_metrics"] is None
    assert second["live_metrics"].keys() == second["metrics"].keys()
    assert night.calls("report_night")[-1]["reasons"] == ["Coverage fell by half."]


def test_f58_erasure_while_a_night_works(night: Night) -> None:
    """It waits for the lock that the night holds, and a night waits for an erasure."""
    refused: list[str] = []

    def erase(_arn: str, state: str) -> None:
        if state in {"LookAtImport", "LookAtTraining"}:
            with pytest.raises(ClientError, match="ConditionalCheckFailed"):
                night.hold_lock("command:erase-users")
            refused.append(state)

    assert night.run_while(erase)["status"] == "SUCCEEDED"
    assert refused == ["LookAtImport", "LookAtTraining"]
    night.hold_lock("command:erase-users", expires_at="2999-01-01T00:00:00Z")

    def end_erasure(_arn: str, state: str) -> None:
        if state == "WaitForLock":
            night.release_lock()

    night.decide(night=NEXT)
    assert night.run_while(end_erasure, night=NEXT)["status"] == "SUCCEEDED"
    assert is_over(night, "accepted", date=NEXT)


def test_f59_killed_at_each_state(night: Night) -> None:
    """Each attempt dies in a call after which none has died, and nothing is there twice."""
    calling, killed = states_that_call(), set[str]()

    def kill_in_another_state(arn: str, state: str) -> None:
        if state in calling - killed and night.described(arn)["status"] == "RUNNING":
            killed.add(state)
            night.stop(arn)

    while (ended := night.run_while(kill_in_another_state))["status"] == "ABORTED":
        assert len(night.jobs()) <= 1
        assert len(night.versions()) <= 1
        assert len(night.campaigns()) <= 1
    assert ended["status"] == "SUCCEEDED"
    assert is_over(night, "accepted")
    assert (len(night.jobs()), len(night.versions()), len(night.campaigns())) == (1, 1, 1)
    assert {"Import", "NoteImport", "Train", "CreateCampaign", "ReleaseLock"} <= killed
