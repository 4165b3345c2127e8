"""What plain moto gets wrong about Step Functions; our repairs are tested against it."""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.core.config import default_user_config
from moto.stepfunctions.parser.api import ExecutionFailedEventDetails
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path

type Client = Callable[[str], Any]

_ROLE: Final = "arn:aws:iam::123456789012:role/machine"
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
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


def finds_nothing_in_a_variable(client: Client) -> bool:
    """A path that begins at a variable needs an engine that is not there."""
    states = {
        "Assign": {"Type": "Pass", "Assign": {"night": {"date": "2026-11-24"}}, "Next": "Read"},
        "Read": {"Type": "Pass", "Parameters": {"found.$": "$night.date"}, "End": True},
    }
    with _running_machines():
        ended = _ended(client, {"StartAt": "Assign", "States": states})
    return json.loads(ended.get("output", "{}")) != {"found": "2026-11-24"}


def writes_times_unlike_aws(client: Client) -> bool:
    """The times that a state is told have no milliseconds and Z."""
    parameters = {"started.$": "$$.Execution.StartTime", "entered.$": "$$.State.EnteredTime"}
    with _running_machines():
        ended = _executed(client, {"Type": "Pass", "Parameters": parameters, "End": True})
    times = json.loads(ended.get("output", "{}")).values()
    return not times or not all(_TIME.fullmatch(str(time)) for time in times)


def takes_milliseconds_for_no_time(client: Client) -> bool:
    """A time as AWS writes it is not compared."""
    at = {"Variable": "$.at", "IsTimestamp": True, "Next": "Compared"}
    states = {
        "Say": {"Type": "Pass", "Result": {"at": "2026-11-24T03:30:00.123Z"}, "Next": "Compare"},
        "Compare": {"Type": "Choice", "Choices": [at], "Default": "NotCompared"},
        "Compared": {"Type": "Succeed"},
        "NotCompared": {"Type": "Fail"},
    }
    with _running_machines():
        return _ended(client, {"StartAt": "Say", "States": states})["status"] != "SUCCEEDED"


def parses_a_definition_each_time(_client: Client) -> bool:
    """Most of the time of a short execution."""
    definition = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}})
    parse = AmazonStateLanguageParser.parse
    return parse(definition) is not parse(definition)


def parses_a_path_each_time(_client: Client) -> bool:
    """So does each state."""
    paths: Any = json_path
    return paths.parse("$.a.b") is not paths.parse("$.a.b")


def makes_a_client_each_time(_client: Client) -> bool:
    """So does each task."""
    sdk: Any = boto_client
    one, other = (
        sdk.boto3.client(
            service_name="ssm",
            endpoint_url="http://localhost:1",
            region_name="eu-west-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",  # noqa: S106 - nobody is called
        )
        for _ in range(2)
    )
    return one is not other


def fails_what_was_stopped(_client: Client) -> bool:
    """An interpreter that is told to stop, and fails on its way out, has failed."""
    make: Any = Environment
    environment = make(None, None, {"Execution": {"Input": {}}}, None, None, {})
    environment.next_state_name = "Only"
    environment.set_stop(stop_date="2026-11-24T03:30:00.123Z", cause=None, error=None)
    environment.set_error(ExecutionFailedEventDetails())
    return not isinstance(environment.program_state(), ProgramStopped)


FAULTS: Final[tuple[Callable[[Client], bool], ...]] = (
    does_not_run_state_machines,
    answers_integrations_with_names_of_the_sdk,
    calls_services_by_their_integration_in_errors,
    finds_no_service_with_a_hyphen,
    does_not_run_state_machines_of_a_template,
    finds_nothing_in_a_variable,
    writes_times_unlike_aws,
    takes_milliseconds_for_no_time,
    parses_a_definition_each_time,
    parses_a_path_each_time,
    makes_a_client_each_time,
    fails_what_was_stopped,
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
    return _ended(client, {"StartAt": "Only", "States": {"Only": state}})


def _ended(client: Client, definition: dict[str, Any]) -> dict[str, Any]:
    """Run a machine and give the description of its execution."""
    step_functions, name = client("stepfunctions"), f"machine-{uuid.uuid4()}"
    machine = step_functions.create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=_ROLE
    )
    arn = step_functions.start_execution(stateMachineArn=machine["stateMachineArn"], name=name)
    deadline_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            described = step_functions.describe_execution(executionArn=arn["executionArn"])
        except ClientError:  # of an output that is no JSON it cannot tell
            return {"status": "UNKNOWN"}
        if described["status"] != "RUNNING" or time.monotonic() > deadline_s:
            return described
        time.sleep(0.02)
