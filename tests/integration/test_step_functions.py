"""State machines of a template, run by the local stack."""

import json
import time
import uuid
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from local.deployment.errors import DeploymentError
from local.stack import LocalStack

type WriteProject = Callable[..., Path]
type Json = dict[str, Any]

GREET = """
    def lambda_handler(event, context):
        if event["name"] == "nobody":
            raise LookupError("nobody is there")
        return {"greeting": "Hello " + event["name"]}
"""
TEMPLATE = """
    Parameters:
      Wait: {Type: Number, Default: 0}
    Resources:
      GreetFunction:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.13
          CodeUri: functions/greet
          Handler: handler.lambda_handler
      Topic: {Type: AWS::SNS::Topic}
      Role:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: []}
      Machine:
        Type: AWS::Serverless::StateMachine
        Properties:
          Name: !Sub "${AWS::StackName}-machine"
          Role: !GetAtt Role.Arn
          DefinitionUri: machine.asl.json
          DefinitionSubstitutions:
            GreetFunctionArn: !GetAtt GreetFunction.Arn
            WaitSeconds: !Ref Wait
      Schedule:
        Type: AWS::Scheduler::Schedule
        Properties:
          Name: !Sub "${AWS::StackName}-every-night"
          ScheduleExpression: cron(0 3 * * ? *)
          FlexibleTimeWindow: {Mode: "OFF"}
          Target: {Arn: !GetAtt Machine.Arn, RoleArn: !GetAtt Role.Arn}
    Outputs:
      MachineArn: {Value: !Ref Machine}
      SameArn: {Value: !GetAtt Machine.Arn}
      ScheduleName: {Value: !Ref Schedule}
"""


def states(**states: Json) -> str:
    """A definition whose states follow one another."""
    names = list(states)
    following = dict(pairwise(names))
    return json.dumps(
        {
            "StartAt": names[0],
            "States": {
                name: state | ({"Next": following[name]} if name in following else {"End": True})
                for name, state in states.items()
            },
        }
    )


def task(resource: str, **parameters: Any) -> Json:
    """A task of an integration."""
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Parameters": parameters,
    }


GREETING = task("lambda:invoke", FunctionName="${GreetFunctionArn}", Payload={"name.$": "$.name"})
WAIT = '{"Type": "Wait", "Seconds": ${WaitSeconds}}'


@pytest.fixture
def machine(
    stack: LocalStack, write_project: WriteProject, tmp_path: Path
) -> Callable[[str], dict[str, str]]:
    """Deploy the template with a definition, and give the stack's outputs."""
    name = f"stack-{uuid.uuid4().hex[:8]}"

    def deploy(definition: str) -> dict[str, str]:
        (tmp_path / "machine.asl.json").write_text(definition)
        template = write_project(TEMPLATE, greet=GREET)
        return dict(stack.deploy(template=template, stack_name=name))

    return deploy


def run(stack: LocalStack, machine_arn: str, **given: Any) -> Json:
    """Run an execution to its end and give its description."""
    step_functions = stack.client("stepfunctions")
    arn = step_functions.start_execution(
        stateMachineArn=machine_arn, name=uuid.uuid4().hex, input=json.dumps(given)
    )["executionArn"]
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        described = step_functions.describe_execution(executionArn=arn)
        if described["status"] != "RUNNING":
            return described
        time.sleep(0.02)
    raise TimeoutError(arn)


def test_a_machine_of_the_template_runs_its_function(
    stack: LocalStack, machine: Callable[[str], dict[str, str]]
) -> None:
    """Definition from a file, substitutions made, and the function in its own environment."""
    definition = states(Wait={}, Greet=GREETING | {"OutputPath": "$.Payload"})
    outputs = machine(definition.replace('"Wait": {', f'"Wait": {WAIT[:-1]}, ', 1))

    ended = run(stack, outputs["MachineArn"], name="Ada")

    assert (ended["status"], json.loads(ended["output"])) == (
        "SUCCEEDED",
        {"greeting": "Hello Ada"},
    )
    assert outputs["SameArn"] == outputs["MachineArn"]


def test_a_fault_of_a_function_has_its_name(
    stack: LocalStack, machine: Callable[[str], dict[str, str]]
) -> None:
    """The class of the exception, as on AWS, where a Catch finds it."""
    outputs = machine(states(Greet=GREETING))

    assert run(stack, outputs["MachineArn"], name="nobody")["error"] == "LookupError"


def test_an_update_of_the_stack_changes_the_definition(
    stack: LocalStack, machine: Callable[[str], dict[str, str]]
) -> None:
    """A changed file is another definition under the same ARN."""
    before = machine(states(Old={"Type": "Pass", "Result": 1}))
    after = machine(states(New={"Type": "Pass", "Result": 2}))

    assert after["MachineArn"] == before["MachineArn"]
    assert run(stack, after["MachineArn"])["output"] == "2"


def test_a_schedule_is_created(stack: LocalStack, machine: Callable[[str], dict[str, str]]) -> None:
    """It names the machine; here nobody starts it."""
    outputs = machine(states(Only={"Type": "Pass"}))

    schedule = stack.client("scheduler").get_schedule(Name=outputs["ScheduleName"])

    assert schedule["Target"]["Arn"] == outputs["MachineArn"]


def test_a_definition_without_a_substitution_is_refused(
    machine: Callable[[str], dict[str, str]],
) -> None:
    """A name nobody gives a value is noticed on deployment."""
    with pytest.raises(DeploymentError):
        machine(states(Only={"Type": "Pass", "Comment": "${Unknown}"}))


def test_services_of_the_sdk_are_called_as_on_aws(
    stack: LocalStack, machine: Callable[[str], dict[str, str]]
) -> None:
    """Parameters and results in pascal case, times as text."""
    group = f"group-{uuid.uuid4().hex[:8]}"
    create = task("aws-sdk:personalize:createDatasetGroup", Name=group)
    describe = task("aws-sdk:personalize:describeDatasetGroup")
    describe["Parameters"] = {"DatasetGroupArn.$": "$.DatasetGroupArn"}
    outputs = machine(states(Create=create, Describe=describe))

    ended = run(stack, outputs["MachineArn"])

    described = json.loads(ended["output"])["DatasetGroup"]
    assert (described["Name"], described["Status"]) == (group, "ACTIVE")
    assert isinstance(described["CreationDateTime"], str)


@pytest.mark.parametrize(
    ("resource", "parameters", "error"),
    [
        (
            "aws-sdk:personalize:describeSolution",
            {"SolutionArn": "arn:aws:personalize:us-east-1:123456789012:solution/none"},
            "Personalize.ResourceNotFoundException",
        ),
        (
            "aws-sdk:personalizeruntime:getRecommendations",
            {"CampaignArn": "arn:aws:personalize:us-east-1:123456789012:campaign/none"},
            "PersonalizeRuntime.ResourceNotFoundException",
        ),
        ("aws-sdk:ssm:getParameter", {"Name": "/none"}, "Ssm.ParameterNotFoundException"),
        (
            "dynamodb:getItem",
            {"TableName": "none", "Key": {"name": {"S": "x"}}},
            "DynamoDB.ResourceNotFoundException",
        ),
    ],
)
def test_errors_of_services_have_the_names_of_aws(
    stack: LocalStack,
    machine: Callable[[str], dict[str, str]],
    *,
    resource: str,
    parameters: Json,
    error: str,
) -> None:
    """So that a Catch of the definition finds them here and there."""
    outputs = machine(states(Call=task(resource, **parameters)))

    assert run(stack, outputs["MachineArn"])["error"] == error


def test_a_long_execution_does_not_keep_the_stack_from_answering(
    stack: LocalStack, machine: Callable[[str], dict[str, str]]
) -> None:
    """It runs beside the server, and stopping it ends its wait."""
    outputs = machine(states(Sleep={"Type": "Wait", "Seconds": 3600}))
    step_functions = stack.client("stepfunctions")
    arn = step_functions.start_execution(stateMachineArn=outputs["MachineArn"], name="long")[
        "executionArn"
    ]

    step_functions.stop_execution(executionArn=arn)

    deadline_s = time.monotonic() + 10
    while step_functions.describe_execution(executionArn=arn)["status"] == "RUNNING":
        assert time.monotonic() < deadline_s
    assert step_functions.describe_execution(executionArn=arn)["status"] == "ABORTED"
