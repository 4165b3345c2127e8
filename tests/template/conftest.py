"""The template as data: translated as AWS would, offline, and with every intrinsic resolved.

Tests read plain dictionaries. Names of resources are their logical ids, ARNs are those of account
111122223333 in eu-west-1, and parameters have their defaults unless a test asks for others.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

if TYPE_CHECKING:
    from boto3 import Session

type Json = dict[str, Any]

REGION = "eu-west-1"
ACCOUNT = "111122223333"
PSEUDO_PARAMETERS = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "stack",
}
_HERE = f"{REGION}:{ACCOUNT}"
ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{_HERE}:table/{{}}",
    "AWS::EMRServerless::Application": f"arn:aws:emr-serverless:{_HERE}:/applications/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{_HERE}:key/{{}}",
    "AWS::Kinesis::Stream": f"arn:aws:kinesis:{_HERE}:stream/{{}}",
    "AWS::Personalize::Dataset": f"arn:aws:personalize:{_HERE}:dataset/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{_HERE}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_HERE}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{_HERE}:stateMachine:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_HERE}:{{}}",
}
REMOVED = object()


class Resolver:
    """Resolves the intrinsics this template uses, and fails on any other."""

    def __init__(self, template: Json, parameters: Json) -> None:
        self._conditions = template["Conditions"]
        self._mappings = template["Mappings"]
        self._types = {name: body["Type"] for name, body in template["Resources"].items()}
        self._values = PSEUDO_PARAMETERS | {
            name: parameters.get(name, body.get("Default"))
            for name, body in template["Parameters"].items()
        }

    def resolve(self, node: Any) -> Any:
        """Return the node with its intrinsics replaced, and without what `AWS::NoValue` removes."""
        if isinstance(node, dict):
            return self._mapping(cast("Json", node))
        if isinstance(node, list):
            values = map(self.resolve, cast("list[Any]", node))
            return [value for value in values if value is not REMOVED]
        return node

    def holds(self, condition: str) -> bool:
        """Say whether a condition of the template is true."""
        return self.resolve(self._conditions[condition])

    def _mapping(self, node: Json) -> Any:
        name, argument = next(iter(node.items()), ("", None))
        is_condition = name == "Condition" and len(node) == 1
        if name == "Ref" or is_condition or name.startswith("Fn::"):
            return self._intrinsics()[name](argument)
        resolved = {key: self.resolve(value) for key, value in node.items()}
        return {key: value for key, value in resolved.items() if value is not REMOVED}

    def _intrinsics(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::If": lambda of: self.resolve(of[1] if self.holds(of[0]) else of[2]),
            "Fn::Equals": lambda of: self.resolve(of[0]) == self.resolve(of[1]),
            "Fn::Or": lambda of: any(map(self.resolve, of)),
            "Fn::Not": lambda of: not self.resolve(of[0]),
            "Fn::And": lambda of: all(self.resolve(each) for each in of),
            "Condition": self.holds,
            "Fn::Join": lambda of: of[0].join(self.resolve(of[1])),
            "Fn::Split": lambda of: self.resolve(of[1]).split(of[0]),
            "Fn::Select": lambda of: self.resolve(of[1])[of[0]],
            "Fn::FindInMap": lambda of: self._mappings[of[0]][self.resolve(of[1])][of[2]],
        }

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return REMOVED
        return name if name in self._types else self._values[name]

    def _get_att(self, path: list[str] | str) -> str:
        name, attribute = path.split(".", 1) if isinstance(path, str) else path
        pattern = ARNS.get(self._types[name], "")
        is_arn = attribute in {"Arn", "DatasetArn"} and pattern
        return pattern.format(name) if is_arn else f"{name}.{attribute}"

    def _sub(self, argument: str | list[Any]) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in own:
                return str(self.resolve(own[name]))
            is_attribute = "." in name and "::" not in name
            return str(self._get_att(name) if is_attribute else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", value, text)


class _Session:
    """All the translator asks of a boto3 session."""

    region_name = REGION


def _translated(source: Json) -> Json:
    for resource in source["Resources"].values():
        properties = resource["Properties"]
        for name in ("CodeUri", "ContentUri", "DefinitionUri"):
            if name in properties:
                properties[name] = f"s3://artifacts/{properties[name]}"
    session = cast("Session", _Session())
    return Translator({}, Parser(), boto_session=session).translate(source, {})


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's folder."""
    return Path(__file__).parents[2]


@pytest.fixture(scope="session")
def source_text(root: Path) -> str:
    """Return template.yaml as it stands."""
    return (root / "template.yaml").read_text()


@pytest.fixture(scope="session")
def source(source_text: str) -> Json:
    """Return template.yaml, parsed, with its intrinsics in their long form."""
    return yaml_parse(source_text)


@pytest.fixture(scope="session")
def translated(source_text: str) -> Json:
    """Return the CloudFormation template the SAM transform makes of it."""
    return _translated(yaml_parse(source_text))


@pytest.fixture(scope="session")
def deploy(translated: Json) -> Callable[..., Json]:
    """Return a function from parameters to the resources they create, resolved."""

    def resources(**parameters: str) -> Json:
        resolver = Resolver(translated, parameters)
        return {
            name: resolver.resolve(body)
            for name, body in translated["Resources"].items()
            if "Condition" not in body or resolver.holds(body["Condition"])
        }

    return resources


@pytest.fixture(scope="session")
def resources(deploy: Callable[..., Json]) -> Json:
    """Return what the defaults create: logical id to resource, resolved."""
    return deploy()


@pytest.fixture(scope="session")
def of_type(resources: Json) -> Callable[[str], Json]:
    """Return a function from a resource type to properties by logical id."""

    def properties(kind: str) -> Json:
        return {
            name: body["Properties"] for name, body in resources.items() if body["Type"] == kind
        }

    return properties


@pytest.fixture(scope="session")
def functions(of_type: Callable[[str], Json]) -> Json:
    """Return the properties of the functions by logical id."""
    return of_type("AWS::Lambda::Function")


@pytest.fixture(scope="session")
def event_source_mappings(of_type: Callable[[str], Json]) -> Json:
    """Return the properties of the event source mappings by their function's logical id.

    The one that brings settled feedback is the second of its function, and has a key of its own.
    """
    mappings = of_type("AWS::Lambda::EventSourceMapping")
    names = {"RecordFeedbackFunctionSettlingQueue": "RecordFeedbackFunction/SettlingQueue"}
    return {names.get(key) or each["FunctionName"]: each for key, each in mappings.items()}
