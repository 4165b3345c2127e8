"""SAM templates through the deployer into CloudFormation and the Lambda service."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.deployment.errors import DeploymentError
from local.stack import LocalStack

type WriteProject = Callable[..., Path]

ECHO = """
    import os

    def lambda_handler(event, context):
        names = ("QUEUE_URL", "TABLE_ARN", "LIMIT", "LABEL", "MODE")
        return {name: os.environ[name] for name in names} | {"event": event}
"""
ECHO_TEMPLATE = """
    Parameters:
      Limit: {Type: Number, Default: 16}
      Mode: {Type: String, Default: ""}
    Conditions:
      HasMode: !Not [!Equals [!Ref Mode, ""]]
    Resources:
      Queue: {Type: AWS::SQS::Queue}
      Table:
        Type: AWS::DynamoDB::Table
        Properties:
          BillingMode: PAY_PER_REQUEST
          AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
          KeySchema: [{AttributeName: id, KeyType: HASH}]
      EchoFunction:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.13
          CodeUri: functions/echo
          Handler: handler.lambda_handler
          Environment:
            Variables:
              AWS_ENDPOINT_URL: ""
              QUEUE_URL: !Ref Queue
              TABLE_ARN: !GetAtt Table.Arn
              LIMIT: !Ref Limit
              LABEL: !Sub "${AWS::StackName} in ${AWS::Region}"
              MODE: !If [HasMode, !Ref Mode, plain]
    Outputs:
      FunctionName: {Value: !Ref EchoFunction}
      QueueUrl: {Value: !Ref Queue}
      TableArn: {Value: !GetAtt Table.Arn}
"""


@pytest.fixture
def stack_name() -> str:
    return f"stack-{uuid.uuid4().hex[:12]}"


def test_variables_are_resolved_as_on_aws(
    stack: LocalStack, write_project: WriteProject, stack_name: str
) -> None:
    """Ref, GetAtt, Sub and If reach the function as text."""
    outputs = stack.deploy(template=write_project(ECHO_TEMPLATE, echo=ECHO), stack_name=stack_name)

    assert _invoke(stack, outputs["FunctionName"], {"a": 1}) == {
        "QUEUE_URL": outputs["QueueUrl"],
        "TABLE_ARN": outputs["TableArn"],
        "LIMIT": "16",
        "LABEL": f"{stack_name} in us-east-1",
        "MODE": "plain",
        "event": {"a": 1},
    }


def test_parameters_go_into_the_stack(
    stack: LocalStack, write_project: WriteProject, stack_name: str
) -> None:
    """A given parameter wins over its default."""
    outputs = stack.deploy(
        template=write_project(ECHO_TEMPLATE, echo=ECHO),
        stack_name=stack_name,
        parameters={"Limit": "8", "Mode": "strict"},
    )

    answer = _invoke(stack, outputs["FunctionName"], {})
    assert (answer["LIMIT"], answer["MODE"]) == ("8", "strict")


def test_a_second_deployment_updates_code_and_variables(
    stack: LocalStack, write_project: WriteProject, stack_name: str
) -> None:
    """The function keeps its name, runs the new code, and the data stays."""
    template = write_project(ECHO_TEMPLATE, echo=ECHO)
    first = stack.deploy(template=template, stack_name=stack_name)
    _invoke(stack, first["FunctionName"], {})
    changed = ECHO.replace('"event": event', '"event": "changed"')

    write_project(ECHO_TEMPLATE, echo=changed)
    second = stack.deploy(template=template, stack_name=stack_name, parameters={"Limit": "9"})

    assert second == first
    answer = _invoke(stack, second["FunctionName"], {})
    assert (answer["event"], answer["LIMIT"]) == ("changed", "9")


def test_a_second_deployment_removes_what_the_template_lost(
    stack: LocalStack, write_project: WriteProject, stack_name: str
) -> None:
    """A resource that is no longer in the template is deleted."""
    both = "Resources: {First: {Type: AWS::SQS::Queue}, Second: {Type: AWS::SQS::Queue}}"
    template = write_project(both)
    stack.deploy(template=template, stack_name=stack_name)

    write_project("Resources: {First: {Type: AWS::SQS::Queue}}")
    stack.deploy(template=template, stack_name=stack_name)

    queues = stack.client("sqs").list_queues(QueueNamePrefix=stack_name)["QueueUrls"]
    assert [url.rsplit("-", 2)[-2] for url in queues] == ["First"]


def test_an_unknown_type_stops_the_deployment(
    stack: LocalStack, write_project: WriteProject, stack_name: str
) -> None:
    """By itself, moto would warn and call the stack complete."""
    template = write_project("Resources: {Nightly: {Type: AWS::AppSync::Resolver}}")

    with pytest.raises(DeploymentError, match="AWS::AppSync::Resolver"):
        stack.deploy(template=template, stack_name=stack_name)


def test_what_cloudformation_refuses_stops_the_deployment(
    stack: LocalStack, write_project: WriteProject, stack_name: str
) -> None:
    """An attribute that a type does not have is CloudFormation's to refuse."""
    template = write_project(
        """
        Resources: {Queue: {Type: AWS::SQS::Queue}}
        Outputs: {X: {Value: !GetAtt Queue.Nope}}
        """
    )

    with pytest.raises(DeploymentError, match="Nope"):
        stack.deploy(template=template, stack_name=stack_name)


def test_alarms_and_policies_are_made(
    stack: LocalStack, write_project: WriteProject, stack_name: str
) -> None:
    """Types moto lacks are there, with what the template says, and follow an update."""
    template = """
        Parameters:
          Threshold: {Type: Number, Default: 1}
        Resources:
          Queue: {Type: AWS::SQS::Queue}
          Alarm:
            Type: AWS::CloudWatch::Alarm
            Properties:
              AlarmDescription: Too many
              Namespace: AWS/SQS
              MetricName: ApproximateNumberOfMessagesVisible
              Dimensions: [{Name: QueueName, Value: !GetAtt Queue.QueueName}]
              Statistic: Maximum
              Period: 60
              EvaluationPeriods: 1
              ComparisonOperator: GreaterThanThreshold
              Threshold: !Ref Threshold
              TreatMissingData: notBreaching
        Outputs:
          AlarmName: {Value: !Ref Alarm}
          AlarmArn: {Value: !GetAtt Alarm.Arn}
    """
    path = write_project(template)
    stack.deploy(template=path, stack_name=stack_name)
    outputs = stack.deploy(template=path, stack_name=stack_name, parameters={"Threshold": "5"})

    (alarm,) = stack.client("cloudwatch").describe_alarms(AlarmNames=[outputs["AlarmName"]])[
        "MetricAlarms"
    ]
    assert alarm["AlarmArn"] == outputs["AlarmArn"]
    assert alarm["Threshold"] == 5
    assert alarm["TreatMissingData"] == "notBreaching"


def test_a_build_runs_from_its_own_folders(
    stack: LocalStack, tmp_path: Path, stack_name: str
) -> None:
    """With a build folder, its template, its functions and its layers are used."""
    build = tmp_path / ".aws-sam" / "build"
    _write(build / "RecordFunction/functions/record/handler.py", BUILT_HANDLER)
    _write(build / "SharedLayer/python/shared_words.py", "WORD = 'built'\n")
    _write(build / "template.yaml", BUILT_TEMPLATE)

    outputs = stack.deploy(template=Path("not/used.yaml"), stack_name=stack_name, build_dir=build)

    answer = _invoke(stack, outputs["FunctionName"], {})
    assert answer == {"word": "built", "folder": str(build / "RecordFunction")}


BUILT_HANDLER = """
import os
import shared_words

def lambda_handler(event, context):
    return {"word": shared_words.WORD, "folder": os.environ["LAMBDA_TASK_ROOT"]}
"""
BUILT_TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  RecordFunction:
    Type: AWS::Serverless::Function
    Metadata:
      BuildProperties: {ParentPackageMode: explicit, ParentPackages: functions.record}
    Properties:
      Runtime: python3.13
      CodeUri: RecordFunction
      Handler: functions.record.handler.lambda_handler
      Layers: [!Ref SharedLayer]
  SharedLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: SharedLayer}
Outputs:
  FunctionName: {Value: !Ref RecordFunction}
"""


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _invoke(stack: LocalStack, name: str, event: dict[str, Any]) -> dict[str, Any]:
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    assert "FunctionError" not in answer
    return json.load(answer["Payload"])
