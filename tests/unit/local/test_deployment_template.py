from contextlib import nullcontext
from pathlib import Path

import pytest

from local.deployment.errors import DeploymentError
from local.deployment.template import (
    read_template,
    refuse_unknown_types,
    transform,
    with_defaults,
)


def test_short_tags_are_written_out(tmp_path: Path) -> None:
    """`!GetAtt a.b` reads as CloudFormation's long form."""
    path = tmp_path / "template.yaml"
    path.write_text("Resources: {Queue: {Type: AWS::SQS::Queue}}\nOutputs: !GetAtt Queue.Arn\n")

    assert read_template(path)["Outputs"] == {"Fn::GetAtt": ["Queue", "Arn"]}


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    """The error says which file is not there."""
    with pytest.raises(DeploymentError, match=r"nowhere\.yaml"):
        read_template(tmp_path / "nowhere.yaml")


def test_a_broken_template_is_named(tmp_path: Path) -> None:
    """The error says which file is no YAML."""
    path = tmp_path / "broken.yaml"
    path.write_text("Resources: {")

    with pytest.raises(DeploymentError, match=r"broken\.yaml"):
        read_template(path)


def test_a_file_without_resources_is_refused(tmp_path: Path) -> None:
    """A file that is no template does not come as far as CloudFormation."""
    path = tmp_path / "template.yaml"
    path.write_text("just text")

    with pytest.raises(DeploymentError, match="no Resources"):
        read_template(path)


def test_given_parameters_go_before_defaults() -> None:
    """Every parameter has a value, as text, and a given one wins."""
    template = {"Parameters": {"Ratio": {"Default": 0.5}, "Level": {"Default": "INFO"}}}

    assert with_defaults(template, {"Level": "DEBUG"}) == {"Ratio": "0.5", "Level": "DEBUG"}


def test_an_unknown_parameter_is_refused() -> None:
    """A misspelt parameter is an error, as it is on AWS."""
    with pytest.raises(DeploymentError, match="Levle"):
        with_defaults({"Parameters": {"Level": {"Default": "INFO"}}}, {"Levle": "DEBUG"})


def test_a_parameter_without_value_is_refused() -> None:
    """A parameter without default has to be given."""
    with pytest.raises(DeploymentError, match="Level"):
        with_defaults({"Parameters": {"Level": {}}}, {})


def test_a_function_becomes_a_function_and_its_mapping() -> None:
    """The transform is AWS's own: an event becomes a resource named after both."""
    transformed = transform(_template_with_function(), {}, region="us-east-1")

    kinds = {name: resource["Type"] for name, resource in transformed["Resources"].items()}
    assert kinds["RecordFunction"] == "AWS::Lambda::Function"
    assert kinds["RecordFunctionQueue"] == "AWS::Lambda::EventSourceMapping"


def test_the_transform_leaves_its_template_alone() -> None:
    """The template can be used again, to find the code for one."""
    template = _template_with_function()

    transform(template, {}, region="us-east-1")

    assert template == _template_with_function()


def test_an_invalid_template_is_refused_with_the_cause() -> None:
    """What the translator found wrong is in the message."""
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {"Broken": {"Type": "AWS::Serverless::Function", "Properties": {}}},
    }

    with pytest.raises(DeploymentError, match="Broken"):
        transform(template, {}, region="us-east-1")


def test_an_unknown_type_is_refused_with_an_example() -> None:
    """What CloudFormation here would skip in silence stops the deployment."""
    template = {"Resources": {"Nightly": {"Type": "AWS::Scheduler::Schedule"}}}

    with pytest.raises(DeploymentError, match=r"AWS::Scheduler::Schedule \(such as Nightly\)"):
        refuse_unknown_types(template, {"AWS::SQS::Queue"})


@pytest.mark.parametrize(("engine", "is_refused"), [("embedded", False), ("spark", True)])
def test_a_type_that_a_condition_leaves_out_is_not_refused(
    engine: str, *, is_refused: bool
) -> None:
    """It is created nowhere; where the condition holds it is refused as ever."""
    is_one = {"Fn::Equals": [{"Ref": "Engine"}, "embedded"]}
    conditions = {
        "IsNone": {"Fn::Not": [is_one]},
        "IsBoth": {
            "Fn::And": [{"Condition": "IsNone"}, {"Fn::Or": [is_one, {"Condition": "IsNone"}]}]
        },
    }
    resources = {"Spark": {"Type": "AWS::EMRServerless::Application", "Condition": "IsBoth"}}
    template = {"Conditions": conditions, "Resources": resources}
    refused = pytest.raises(DeploymentError) if is_refused else nullcontext()
    with refused:
        refuse_unknown_types(template, set(), {"Engine": engine})


def _template_with_function() -> dict[str, object]:
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "RecordFunction": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Runtime": "python3.13",
                    "Handler": "handler.lambda_handler",
                    "CodeUri": {"Bucket": "code", "Key": "digest"},
                    "Events": {
                        "Queue": {
                            "Type": "SQS",
                            "Properties": {"Queue": "arn:aws:sqs:us-east-1:123456789012:queue"},
                        }
                    },
                },
            }
        },
    }
