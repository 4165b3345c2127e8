"""`rebuild`, over Step Functions as moto has them: an execution runs until somebody stops it."""

import json
from collections.abc import Iterator
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws
from nightly.adapters.bucket import Bucket
from nightly.adapters.executions import StepFunctionsExecutions
from nightly.application.records import Records
from nightly.command_line import main
from nightly.commands import rebuild
from nightly.live import LiveTarget

from local.moto_extensions.personalize import register
from tests.support.stack_of_outputs import STATES, make_stack
from tests.support.statistics import a_record

WHERE = ("--stack", "films", "--night", "2026-11-24", "--poll-seconds", "0")
MACHINE, NIGHTLY = f"{STATES}:films-rebuild", f"{STATES}:films-nightly"
EXECUTION = f"{MACHINE.replace(':stateMachine:', ':execution:')}:rebuild-2026-11-24"
DEFINITION = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
OUTPUTS = {
    "RebuildStateMachineArn": MACHINE,
    "NightlyStateMachineArn": NIGHTLY,
    "ArchiveBucketName": "archive",
    "LiveParameterName": "/films/live",
}


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The two machines of a stack, and an archive without builds."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    register()
    with mock_aws(config={"stepfunctions": {"execute_state_machine": False}}):
        client: Any = cast("Any", boto3).client("stepfunctions")
        for arn in (MACHINE, NIGHTLY):
            client.create_state_machine(
                name=arn.rpartition(":")[2],
                definition=json.dumps(DEFINITION),
                roleArn="arn:aws:iam::123456789012:role/Machine",
            )
        where: Any = {"LocationConstraint": "eu-west-1"}
        boto3.client("s3").create_bucket(Bucket="archive", CreateBucketConfiguration=where)
        make_stack("films", OUTPUTS)
        yield client


def started(states: Any) -> list[str]:
    """The names of executions."""
    return [each["name"] for each in states.list_executions(stateMachineArn=MACHINE)["executions"]]


def test_it_says_what_it_would_do(states: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """And starts nothing."""
    assert main(["rebuild", *WHERE]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "rebuild-2026-11-24: everything up to 2026-11-23 goes into the dataset group"
        " films-r20261124, is trained on, judged,"
    )
    assert "What it costs is not known before a build has counted the interactions." in said
    assert said.endswith("Nothing was started; --yes does it.\n")
    assert started(states) == []


def test_it_says_what_it_costs_and_whom_it_waits_for(
    states: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """As far as that is known."""
    records = Records(Bucket.of_url("s3://archive"))
    records.put(a_record("night-2026-11-23"))
    states.start_execution(stateMachineArn=NIGHTLY, name="night-2026-11-24", input="{}")
    boto3.client("personalize").create_dataset_group(name="films-r20261124")
    assert main(["rebuild", *WHERE]) == 0
    said = capsys.readouterr().out
    assert "60,000 interactions; training, the import aside, of as many cost about 0.12" in said
    assert "It waits until night-2026-11-24 gives the lock back.\n" in said
    assert "it goes on from what there is" in said
    records.put(a_record("night-2026-11-22", import_={"rows": 10, "bytes": 1_000_000}))
    assert main(["rebuild", *WHERE]) == 0
    assert "import and training of as many cost about 0.42 USD" in capsys.readouterr().out


@pytest.mark.parametrize("is_switched", [False, True], ids=["own group", "of the parameter"])
def test_what_has_recommenders_is_not_rebuilt(
    states: Any, capsys: pytest.CaptureFixture[str], *, is_switched: bool
) -> None:
    """Before anything is started, whichever group is live."""
    personalize: Any = boto3.client("personalize")
    name = "films-r20261101" if is_switched else "films-v1"
    group = personalize.create_dataset_group(name=name, domain="VIDEO_ON_DEMAND")["datasetGroupArn"]
    if is_switched:
        value = json.dumps(LiveTarget.of_group(group, "tracking-id").as_dict())
        boto3.client("ssm").put_parameter(Name="/films/live", Value=value, Type="String")
    assert main(["rebuild", *WHERE]) == 0
    personalize.create_recommender(
        name="top-picks",
        datasetGroupArn=group,
        recipeArn="arn:aws:personalize:::recipe/aws-vod-top-picks",
    )
    assert main(["rebuild", *WHERE, "--yes"]) == 1
    assert "has recommenders (top-picks): they cannot move" in capsys.readouterr().err
    assert started(states) == []


def test_it_starts_one_with_what_was_asked(states: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Another is refused meanwhile; once that is over the next attempt has the next name."""
    asked = ["--serial", "b", "--schema", "users=arn:u", "--schema", "items=arn:i"]
    assert main(["rebuild", *WHERE, *asked, "--yes"]) == 0
    assert capsys.readouterr().out.endswith("Started rebuild-2026-11-24b.\n")
    [name] = started(states)
    found = states.describe_execution(executionArn=f"{EXECUTION}b")
    assert json.loads(found["input"]) == {
        "night": "2026-11-24",
        "serial": "b",
        "schemas": {"users": "arn:u", "items": "arn:i"},
    }
    assert main(["rebuild", *WHERE, "--yes"]) == 1
    assert f"{name} is under way; --follow without --yes" in capsys.readouterr().err
    states.stop_execution(executionArn=f"{EXECUTION}b")
    assert main(["rebuild", *WHERE, "--serial", "b", "--yes"]) == 0
    assert capsys.readouterr().out.endswith("Started rebuild-2026-11-24b-2.\n")


def test_what_is_under_way_can_be_followed(
    states: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whoever comes later; leaving does not stop it, and a stop is a failure."""
    states.start_execution(stateMachineArn=MACHINE, name="rebuild-2026-11-24", input="{}")

    def leave(_seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rebuild.time, "sleep", leave)
        assert main(["rebuild", *WHERE, "--follow"]) == 0
    assert "The rebuild goes on; to see it again" in capsys.readouterr().out

    def stop(_seconds: float) -> None:
        states.stop_execution(executionArn=EXECUTION)

    monkeypatch.setattr(rebuild.time, "sleep", stop)
    assert main(["rebuild", *WHERE, "--follow"]) == 1
    assert "rebuild-2026-11-24 ended ABORTED" in capsys.readouterr().err


@pytest.mark.usefixtures("states")
@pytest.mark.parametrize("serial", ["B", "1", "b-2", "abcde"])
def test_a_serial_is_short_and_begins_with_a_letter(
    capsys: pytest.CaptureFixture[str], serial: str
) -> None:
    """Or the name of the group would be that of another date."""
    assert main(["rebuild", *WHERE, "--serial", serial]) == 1
    assert "a serial is a small letter" in capsys.readouterr().err


@pytest.mark.parametrize("schema", ["users", "users=schema", "films=arn:x", "=arn:x"])
def test_a_schema_has_a_kind_and_an_arn(schema: str) -> None:
    """As argparse refuses things."""
    with pytest.raises(SystemExit):
        main(["rebuild", *WHERE, "--schema", schema])


@pytest.mark.usefixtures("states")
def test_without_a_night_it_is_today(capsys: pytest.CaptureFixture[str]) -> None:
    """In UTC, as the machine would have it."""
    assert main(["rebuild", "--stack", "films"]) == 0
    assert capsys.readouterr().out.startswith("rebuild-20")


def test_what_was_never_started_is_not_there(states: Any) -> None:
    """An execution that Step Functions has forgotten, likewise."""
    assert StepFunctionsExecutions(states).find(EXECUTION) is None
