"""`retire`, over the emulator of Personalize, a parameter and a table of locks."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from nightly.adapters.live_parameter import LiveParameter
from nightly.adapters.personalize_pieces import PersonalizePieces
from nightly.application import retire_group
from nightly.command_line import main
from nightly.domain.pieces import PieceKind
from nightly.live import LiveTarget

from local.moto_extensions.personalize import register
from tests.support.personalize import SCHEMA
from tests.support.stack_of_outputs import STATES, make_stack

STACK = "films"
OLD, NEW = f"{STACK}-v1", f"{STACK}-r20261124"
ARN = "arn:aws:personalize:eu-west-1:123456789012:dataset-group"
WHERE = ("--stack", STACK, "--poll-seconds", "0")
RECIPE = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
OUTPUTS = {
    "RebuildStateMachineArn": f"{STATES}:{STACK}-rebuild",
    "LiveParameterName": f"/{STACK}/live",
    "LocksTableName": "locks",
}


class Account:
    """Two groups, of which the second is live."""

    def __init__(self) -> None:
        self.personalize: Any = boto3.client("personalize")
        self.dynamodb: Any = boto3.client("dynamodb")
        self.targets = LiveParameter.named(f"/{STACK}/live", None)
        make_stack(STACK, OUTPUTS)
        self.dynamodb.create_table(
            TableName="locks",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        schema = self.personalize.create_schema(name="shared", schema=json.dumps(SCHEMA))
        targets = [self.group(name, schema["schemaArn"]) for name in (OLD, NEW)]
        self.targets.switch(targets[0], targets[0].succeeded_by(targets[1]))

    def group(self, name: str, schema_arn: str) -> LiveTarget:
        """A group with all that one may have, untrained."""
        group = self.personalize.create_dataset_group(name=name)["datasetGroupArn"]
        self.personalize.create_dataset(
            name=f"{name}-interactions",
            datasetType="Interactions",
            datasetGroupArn=group,
            schemaArn=schema_arn,
        )
        tracker = self.personalize.create_event_tracker(name=name, datasetGroupArn=group)
        self.personalize.create_solution(
            name=f"{name}-nightly", datasetGroupArn=group, recipeArn=RECIPE
        )
        self.personalize.create_filter(
            name=f"{name}-unseen",
            datasetGroupArn=group,
            filterExpression='EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Watch")',
        )
        return LiveTarget.of_group(group, tracker["trackingId"], tracker["eventTrackerArn"])

    @property
    def groups(self) -> list[str]:
        """Their names."""
        return [each["name"] for each in self.personalize.list_dataset_groups()["datasetGroups"]]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account in which the switch is long ago."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(retire_group, "DRAIN", timedelta(0))
    register()
    with mock_aws():
        yield Account()


def test_it_says_what_it_would_delete(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """In its order, with what follows from it; and deletes nothing."""
    assert main(["retire", *WHERE]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "Would delete, in this order:\n"
        f"  solution {OLD}-nightly\n"
        f"  event tracker {OLD}\n"
        f"  filter {OLD}-unseen\n"
        f"  dataset {OLD}-interactions\n"
        f"  dataset group {OLD}\n"
        f"Then nobody can roll back to {OLD}"
    )
    assert account.groups == [OLD, NEW]
    assert account.targets.read().rolled_back().dataset_group_name == OLD


def test_it_deletes_the_group_and_nothing_else(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """The schema is shared; the lock is given back; a rollback is refused, and so is once more."""
    assert main(["retire", *WHERE, "--yes"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"a rollback to {OLD} is no longer possible"
    assert said[-1] == f"dataset group {OLD} is deleted"
    assert account.groups == [NEW]
    assert len(account.personalize.list_schemas()["schemas"]) == 1
    assert account.personalize.list_solutions()["solutions"][0]["name"] == f"{NEW}-nightly"
    assert account.dynamodb.scan(TableName="locks")["Items"] == []
    assert main(["rollback", "--parameter", f"/{STACK}/live", "--yes"]) == 1
    assert "no earlier dataset group to go back to" in capsys.readouterr().err
    assert main(["retire", *WHERE, "--yes"]) == 1
    assert "name one that a rebuild has left" in capsys.readouterr().err
    assert main(["retire", OLD, *WHERE, "--yes"]) == 1
    assert f"there is no dataset group {OLD}" in capsys.readouterr().err


def test_it_goes_on_where_somebody_began(account: Account) -> None:
    """By the name, as nothing says any more that it was live."""
    [solution] = account.personalize.list_solutions(datasetGroupArn=f"{ARN}/{OLD}")["solutions"]
    account.personalize.delete_solution(solutionArn=solution["solutionArn"])
    assert main(["retire", OLD, *WHERE, "--yes"]) == 0
    assert account.groups == [NEW]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (NEW, f"{NEW} is live"),
        ("others-v1", "was not made by the stack films"),
        (f"{NEW}b", f"there is no dataset group {NEW}b"),
    ],
)
def test_it_refuses_any_other(
    account: Account, capsys: pytest.CaptureFixture[str], name: str, why: str
) -> None:
    """In plain words."""
    assert main(["retire", name, *WHERE, "--yes"]) == 1
    assert why in capsys.readouterr().err
    assert account.groups == [OLD, NEW]


def test_it_refuses_while_recorders_drain(
    account: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch was a moment ago."""
    monkeypatch.setattr(retire_group, "DRAIN", timedelta(seconds=125))
    assert main(["retire", *WHERE, "--yes"]) == 1
    assert "recorders may still send to" in capsys.readouterr().err
    assert account.groups == [OLD, NEW]


def test_it_refuses_while_a_night_works(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until that gives the lock back, or is over."""
    until = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    item = {"name": "personalize", "holder": "command:erase", "purpose": "an erasure"}
    item |= {"expires_at": until, "taken_at": "2026-11-24T08:00:00Z"}
    account.dynamodb.put_item(
        TableName="locks", Item={name: {"S": text} for name, text in item.items()}
    )
    assert main(["retire", *WHERE, "--yes"]) == 1
    assert "works on Personalize: an erasure, since 2026" in capsys.readouterr().err
    held = item | {"holder": f"{STATES}:x".replace("stateMachine", "execution") + ":night"}
    account.dynamodb.put_item(
        TableName="locks", Item={name: {"S": text} for name, text in held.items()}
    )
    assert main(["retire", *WHERE, "--yes"]) == 0


@pytest.mark.usefixtures("account")
def test_another_stack_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """One that is not there, and one that is something else."""
    assert main(["retire", "--stack", "songs"]) == 1
    assert "there is no stack songs in this region and account" in capsys.readouterr().err
    make_stack("songs", {"LiveParameterName": "/songs/live"})
    assert main(["retire", "--stack", "songs", "songs-r20261124"]) == 1
    assert "has no output RebuildStateMachineArn" in capsys.readouterr().err


def test_before_any_switch_only_leftovers_can_go(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stack's own group is live then, though no parameter says it."""
    boto3.client("ssm").delete_parameter(Name=f"/{STACK}/live")
    assert main(["retire", OLD, *WHERE, "--yes"]) == 1
    assert f"{OLD} is live" in capsys.readouterr().err
    assert main(["retire", NEW, *WHERE, "--yes"]) == 0
    assert account.groups == [OLD]


def test_recommenders_of_a_domain_go_too(account: Account) -> None:
    """They are the solutions and campaigns of such a group."""
    name = f"{NEW}d"
    client = account.personalize
    group = client.create_dataset_group(name=name, domain="VIDEO_ON_DEMAND")["datasetGroupArn"]
    recipe = "arn:aws:personalize:::recipe/aws-vod-top-picks"
    client.create_recommender(name="top", datasetGroupArn=group, recipeArn=recipe)
    pieces = PersonalizePieces.of_environment()
    [recommender] = pieces.of_kind(PieceKind.RECOMMENDER, group)
    [itself] = pieces.of_kind(PieceKind.DATASET_GROUP, group)
    assert pieces.delete(itself) is not None
    assert main(["retire", name, *WHERE, "--yes"]) == 0
    assert pieces.of_kind(PieceKind.RECOMMENDER, group) == []
    assert (pieces.delete(recommender), pieces.delete(itself)) == (None, None)
    assert pieces.of_kind(PieceKind.DATASET_GROUP, group) == []
