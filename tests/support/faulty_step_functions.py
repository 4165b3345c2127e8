"""What plain moto gets wrong about Step Functions; our repairs are tested against it."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from moto.core.config import default_user_config

type Client = Callable[[str], Any]

_ROLE: Final = "arn:aws:iam::123456789012:role/machine"
_PATIENCE_S: Final = 2.0


def does_not_run_state_machines(client: Client) -> bool:
    """An execution that must fail does not."""
    return _executed(client, {"Type": "Fail", "Error": "Wanted"}).get("error") != "Wanted"


def answers_integrations_with_names_of_the_sdk(client: Client) -> bool:
    """A result has the names of the SDK, where those of AWS are in pascal case."""
    with _running_machines():
        ended = _executed(client, _sdk_task("sfn:listActivities"))
    return "Activities" not in json.loads(ended["output"])


def calls_services_by_their_integration_in_errors(client: Client) -> bool:
    """An error that a definition for AWS catches is not caught."""
    with _running_machines():
        ended = _executed(client, _sdk_task("ssm:getParameter", Name="/none"))
    return ended["error"] != "Ssm.ParameterNotFoundException"


def finds_no_service_with_a_hyphen(client: Client) -> bool:
    """The integration has no hyphen in its name, and the SDK has one."""
    with _running_machines():
        ended = _executed(client, _sdk_task("emrserverless:listApplications"))
    return ended["status"] != "SUCCEEDED"


def does_not_run_state_machines_of_a_template(client: Client) -> bool:
    """The stack is complete, and who asks for its machine finds none."""
    name = f"machine-{uuid.uuid4()}"
    definition = {"StartAt": "Only", "States": {"Only": {"Type": "Succeed", "Comment": "${Why}"}}}
    properties = {
        "StateMachineName": name,
        "RoleArn": _ROLE,
        "DefinitionString": json.dumps(definition),
        "DefinitionSubstitutions": {"Why": "substituted"},
    }
    kind = "AWS::StepFunctions::StateMachine"
    template = {"Resources": {"Machine": {"Type": kind, "Properties": properties}}}
    client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
    with _running_machines():
        machines = client("stepfunctions").list_state_machines()["stateMachines"]
        [arn] = [m["stateMachineArn"] for m in machines if m["name"] == name] or [None]
        if arn is None:
            return True
        described = client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    return "substituted" not in described["definition"]


FAULTS: Final[tuple[Callable[[Client], bool], ...]] = (
    does_not_run_state_machines,
    answers_integrations_with_names_of_the_sdk,
    calls_services_by_their_integration_in_errors,
    finds_no_service_with_a_hyphen,
    does_not_run_state_machines_of_a_template,
)


@contextmanager
def _running_machines() -> Iterator[None]:
    """Let moto run state machines, which is off unless somebody asks for it."""
    before = default_user_config.get("stepfunctions", {})
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    try:
        yield
    finally:
        default_user_config["stepfunctions"] = before


def _sdk_task(integration: str, **parameters: Any) -> dict[str, Any]:
    resource = f"arn:aws:states:::aws-sdk:{integration}"
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}


def _executed(client: Client, state: dict[str, Any]) -> dict[str, Any]:
    """Run a machine of one state and give the description of its execution."""
    step_functions, name = client("stepfunctions"), f"machine-{uuid.uuid4()}"
    definition = json.dumps({"StartAt": "Only", "States": {"Only": state}})
    machine = step_functions.create_state_machine(name=name, definition=definition, roleArn=_ROLE)
    arn = step_functions.start_execution(stateMachineArn=machine["stateMachineArn"], name=name)
    deadline_s = time.monotonic() + _PATIENCE_S
    while True:
        described = step_functions.describe_execution(executionArn=arn["executionArn"])
        if described["status"] != "RUNNING" or time.monotonic() > deadline_s:
            return described
        time.sleep(0.02)
