"""A state machine of ours on the local stack, whose functions do as they are told."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from samtranslator.yaml_helper import yaml_parse

from local.moto_extensions.stepfunctions import watching
from local.stack import LocalStack

type Json = dict[str, Any]

REPOSITORY: Final = Path(__file__).parents[2]
NIGHT: Final = "2026-11-24"
ROWS: Final = 1_200
RECIPE: Final = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
SCHEMA: Final = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "version": "1.0",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
        {"name": "EVENT_TYPE", "type": "string"},
    ],
}
WITHOUT_WAITING: Final = {
    "NightlyPollSeconds": "0",
    "NightlyTrainingPollSeconds": "0",
    "NightlyImportPolls": "5",
    "NightlyTrainingPolls": "5",
    "NightlyDeployPolls": "5",
    "NightlyLockPolls": "5",
}
_PATIENCE_S: Final = 60.0
_FUNCTIONS: Final = ("build_datasets", "judge_version", "report_night")
_SCRIPTED: Final = '''
import json
import os
import pathlib


def lambda_handler(event, context):
    """Answer what the script says, and note what was asked."""
    folder = pathlib.Path(os.environ["SCRIPT"])
    with (folder / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps([os.environ["PART"], event]) + "\\n")
    answer = json.loads((folder / f"{os.environ['PART']}.json").read_text())
    if "raises" in answer:
        raise RuntimeError(answer["raises"])
    return answer
'''


def write_template(
    folder: Path,
    machine: str,
    resources: Sequence[str],
    outputs: Sequence[str],
    substitutions: Mapping[str, str] = MappingProxyType({}),
) -> Path:
    """Write the part of our template that a machine needs, and functions that are scripted.

    Args:
        folder: An empty one; gets the script too.
        machine: The name of the definition, without `.asl.json`.
        resources: Logical ids of what is taken as it stands.
        outputs: The names of the outputs.
        substitutions: What the definition gets instead of what the template says.
    """
    source = yaml_parse((REPOSITORY / "template.yaml").read_text())
    definition = REPOSITORY / "statemachines" / f"{machine}.asl.json"
    (folder / "statemachines").mkdir(parents=True)
    (folder / "statemachines" / definition.name).write_text(definition.read_text())
    taken = {name: source["Resources"][name] for name in resources}
    properties = taken[f"{machine.capitalize()}StateMachine"]["Properties"]
    properties["DefinitionSubstitutions"] |= substitutions
    scripted = {_logical_id(name): _scripted_function(name, folder) for name in _FUNCTIONS}
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": source["Parameters"],
        "Conditions": source["Conditions"],
        "Resources": taken | scripted,
        "Outputs": {name: source["Outputs"][name] for name in outputs},
    }
    path = folder / "template.yaml"
    path.write_text(json.dumps(template))
    return path


def rows_as_csv(rows: int = ROWS, *, users: int = 60) -> str:
    """Rows of interactions as Personalize imports them."""
    lines = [f"u{n % users},i{n * 7 % 41},{1_764_000_000 + n},Watch" for n in range(rows)]
    return "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE", *lines]) + "\n"


class ScriptedMachine:
    """Executions of one deployed machine.

    Attributes:
        stack: The local stack.
    """

    def __init__(self, stack: LocalStack, folder: Path, machine_arn: str) -> None:
        """Nobody was asked anything yet."""
        self.stack = stack
        self._folder = folder
        self._machine = machine_arn
        (folder / "calls.jsonl").write_text("")

    def say(self, function: str, **answer: Any) -> None:
        """Let a function answer this; `raises` lets it fail."""
        (self._folder / f"{function}.json").write_text(json.dumps(answer))

    def calls(self, function: str) -> list[Json]:
        """What a function was asked, in order."""
        lines = (self._folder / "calls.jsonl").read_text().splitlines()
        return [event for part, event in map(json.loads, lines) if part == function]

    def start(self, name: str = "", **order: Any) -> str:
        """Start an execution and give its ARN."""
        name = name or f"execution-{time.monotonic_ns()}"
        return self.stack.client("stepfunctions").start_execution(
            stateMachineArn=self._machine, name=name, input=json.dumps({"night": NIGHT, **order})
        )["executionArn"]

    def run(self, **order: Any) -> Json:
        """Run the machine to its end, and give what became of the execution."""
        return self.ended(self.start(**order))

    def run_while(self, action: Callable[[str, str], None], **order: Any) -> Json:
        """Run it, and do something at each state it enters, given its ARN and the state."""
        with watching(action):
            return self.run(**order)

    def ended(self, arn: str) -> Json:
        """Wait for an execution to end, and describe it."""
        deadline_s = time.monotonic() + _PATIENCE_S
        while (described := self.described(arn))["status"] == "RUNNING":
            if time.monotonic() > deadline_s:
                raise TimeoutError(arn)
            time.sleep(0.02)
        return described

    def described(self, arn: str) -> Json:
        """Describe an execution."""
        return self.stack.client("stepfunctions").describe_execution(executionArn=arn)

    def stop(self, arn: str) -> None:
        """Stop an execution: nothing of it runs any more, no Catch either."""
        self.stack.client("stepfunctions").stop_execution(executionArn=arn)


def _logical_id(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_")) + "Function"


def _scripted_function(name: str, folder: Path) -> Json:
    code = folder / "functions" / name
    code.mkdir(parents=True)
    (code / "handler.py").write_text(_SCRIPTED)
    variables = {"SCRIPT": str(folder), "PART": name, "AWS_ENDPOINT_URL": ""}
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "CodeUri": f"functions/{name}",
            "Handler": "handler.lambda_handler",
            "Environment": {"Variables": variables},
        },
    }
