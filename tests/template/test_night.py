"""The night in the template: its definition fits the template, its schedule, and its alarms."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

type Json = dict[str, Any]

DAILY = "cron(30 3 * * ? *)"


@pytest.fixture
def definition(root: Path) -> str:
    """Return the definition of the night as it stands."""
    return (root / "statemachines" / "nightly.asl.json").read_text()


@pytest.fixture
def machine(resources: Json) -> Json:
    """Return the state machine's properties."""
    return resources["NightlyStateMachine"]["Properties"]


def states_of(part: Any) -> Iterator[tuple[str, Json]]:
    """Yield every state, those of branches and iterations too."""
    for name, state in part.get("States", {}).items():
        yield name, state
        for inner in (*state.get("Branches", ()), state.get("ItemProcessor", {})):
            yield from states_of(inner)


def test_every_placeholder_has_a_value_and_every_value_a_place(
    machine: Json, definition: str
) -> None:
    """CloudFormation refuses the one; the other would be a setting without effect."""
    placeholders = set(re.findall(r"\$\{(\w+)\}", definition))
    assert placeholders == set(machine["DefinitionSubstitutions"])


def test_every_state_says_what_it_is_for(definition: str) -> None:
    """In one sentence, and no two states have one name."""
    states = list(states_of(json.loads(definition)))
    assert [name for name, state in states if not state["Comment"].endswith(".")] == []
    assert len({name for name, _ in states}) == len(states)


def test_every_call_is_tried_again(definition: str) -> None:
    """A service that is busy for a moment costs no night."""
    tasks = [(name, s) for name, s in states_of(json.loads(definition)) if s["Type"] == "Task"]
    assert tasks
    assert [name for name, state in tasks if not state.get("Retry")] == []


def test_every_wait_is_counted(definition: str) -> None:
    """None of them can go on for ever."""
    waits = [state for _, state in states_of(json.loads(definition)) if state["Type"] == "Wait"]
    assert waits
    for state in waits:
        [(counter, value)] = state["Assign"].items()
        assert value == f"States.MathAdd(${counter.removesuffix('.$')}, -1)"


def test_the_machine_of_rebuilds_is_called_by_the_name_of_the_stack(machine: Json) -> None:
    """It need not exist for the night to be deployed."""
    substitutions = machine["DefinitionSubstitutions"]
    assert substitutions["RebuildMachineArn"].endswith(":stateMachine:stack-rebuild")
    assert machine["StateMachineName"] == "stack-nightly"


def test_without_a_schedule_nothing_starts_by_itself(
    resources: Json, deploy: Callable[..., Json]
) -> None:
    """With one, the night knows for which day it was started, and somebody is told of silence."""
    off = resources["NightSchedule"]["Properties"]
    deployed = deploy(NightlySchedule=DAILY)
    on = deployed["NightSchedule"]["Properties"]
    assert (off["State"], on["State"]) == ("DISABLED", "ENABLED")
    assert on["ScheduleExpression"] == DAILY
    assert "<aws.scheduler.scheduled-time>" in on["Target"]["Input"]
    late = deployed["NightLateAlarm"]["Properties"]
    assert (late["TreatMissingData"], late["MetricName"]) == ("breaching", "ExecutionsSucceeded")
    assert "NightLateAlarm" not in resources


@pytest.mark.parametrize("train", ["auto", "always", "never"])
def test_the_schedule_says_whether_to_train(deploy: Callable[..., Json], train: str) -> None:
    """Recommenders of a domain train themselves."""
    target = deploy(NightlyTraining=train)["NightSchedule"]["Properties"]["Target"]
    assert json.loads(target["Input"]) == {
        "scheduled_at": "<aws.scheduler.scheduled-time>",
        "train": train,
    }


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("", True),
        (DAILY, True),
        ("cron(0 23 * * ? *)", True),
        ("cron(60 3 * * ? *)", False),
        ("cron(0 24 * * ? *)", False),
        ("cron(0/5 * * * ? *)", False),
        ("rate(1 day)", False),
    ],
)
def test_the_schedule_is_a_time_of_day(value: str, *, fits: bool, source: Json) -> None:
    """One night a date: a rate would drift through midnight."""
    pattern = source["Parameters"]["NightlySchedule"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, value)) is fits


def test_people_are_told_where_alarms_go(resources: Json, deploy: Callable[..., Json]) -> None:
    """Or by a topic of the night's own, when there is none for alarms."""
    topic = "arn:aws:sns:eu-west-1:111122223333:alarms"
    deployed = deploy(AlarmTopicArn=topic)

    def told(of: Json) -> str:
        properties = of["NightlyStateMachine"]["Properties"]
        return properties["DefinitionSubstitutions"]["NewsTopicArn"]

    assert (told(resources), told(deployed)) == ("NewsTopic", topic)
    assert "NewsTopic" not in deployed
