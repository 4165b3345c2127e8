"""Step Functions as AWS behaves, with moto's interpreter of state machines and its gaps filled.

What moto 5.2 does:

* it answers a canned success instead of running a state machine, unless it is told to run it;
* `arn:aws:states:::aws-sdk:personalize:createSolution` hands parameters to the SDK with the names
  of Step Functions (`SolutionArn`) and answers with the names of the SDK (`solutionArn`); AWS has
  parameters and results in pascal case (developer guide, "Learning to use AWS service SDK
  integrations");
* it knows the services `dynamodb` and `sfn` by the names that stand in errors, and calls any other
  by its integration's name: `personalize.ResourceInUseException` for `Personalize.…`;
* it finds no service of the SDK whose name has a hyphen (`personalizeruntime`);
* it looks up variables (`$night.date`) by JSONata, whose engine it does not bring; in a machine of
  JSONPath what follows the name is a path;
* it parses each path and makes each client of the SDK anew, which is most of a state's time;
* a fault of the interpreter on its way out turns an execution that was stopped into a failed one;
* a template's state machine goes to the backend that does not run it, has no `Arn`, and its
  definition is not read from S3 nor are its substitutions made;
* a reset of all services leaves the executions alone, which go on.
"""

import copy
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import boto3
import botocore.session
from botocore.model import OperationModel
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.core.config import default_user_config
from moto.s3.models import s3_backends
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.api import ExecutionStatus, StateEnteredEventDetails
from moto.stepfunctions.parser.asl.component.common.string.string_expression import (
    StringVariableSample,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (  # noqa: E501 - moto's path
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.utils import boto_client, json_path
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.utils import cfn_to_api_tags
from moto.utilities.utils import get_partition

from local.moto_extensions.patching import replace_attribute

# The words of a service's id, from which AWS makes its name: Personalize Runtime, DynamoDB, SFN.
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
_VARIABLE: Final = re.compile(r"\$([A-Za-z_]\w*)(.*)", re.DOTALL)
_SUBSTITUTION: Final = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


@cache
def install() -> None:
    """Repair Step Functions for the whole process; a second call finds it done."""
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    _install_sdk_integrations()
    replace_attribute(StringVariableSample, "_eval_body", _look_up)
    fail = Environment.set_error
    replace_attribute(
        Environment, "set_error", lambda env, error: fail(env, error) if env.is_running() else None
    )
    replace_attribute(json_path, "parse", cache(json_path.parse))
    replace_attribute(boto_client, "boto3", _Clients())
    for name in ("create_from_cloudformation_json", "update_from_cloudformation_json"):
        replace_attribute(StateMachine, name, classmethod(globals()[f"_{name}"]))
    replace_attribute(StateMachine, "has_cfn_attr", classmethod(lambda _cls, name: name in _CFN))
    replace_attribute(StateMachine, "get_cfn_attribute", _get_cfn_attribute)
    replace_attribute(StateMachine, "delete_from_cloudformation_json", classmethod(_delete))


def forget_executions() -> None:
    """Stop what runs, and forget every state machine."""
    for regions in stepfunctions_parser_backends.values():
        for backend in regions.values():
            for machine in backend.state_machines:
                _stop_all(machine)
            backend.reset()


def _stop_all(machine: StateMachine) -> None:
    for execution in machine.executions:
        if execution.status == ExecutionStatus.RUNNING:
            machine.stop_execution(execution.execution_arn)


# ------------------------------------------------------------------------------------- Variables


def _look_up(self: StringVariableSample, env: Environment) -> None:
    """Put the value of `$name`, or of what a path finds in it, where the interpreter takes it."""
    name, path = _VARIABLE.fullmatch(self.expression).groups()  # pyright: ignore[reportOptionalMemberAccess] - the grammar has matched it
    value = env.variable_store.get(name)
    env.stack.append(copy.deepcopy(json_path.extract_json(f"${path}", value) if path else value))


# ------------------------------------------------------------------------------ SDK integrations


def _install_sdk_integrations() -> None:
    """Call services of the SDK as AWS does: names of parameters, of results and of errors."""
    sdk = StateTaskServiceAwsSdk
    hyphened = {name.replace("-", ""): name for name in _services() if "-" in name}
    known = sdk._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES  # noqa: SLF001 - the table it looks names up in
    replace_attribute(sdk, "_SERVICE_NAME_SFN_TO_BOTO_OVERRIDES", {**hyphened, **known})
    replace_attribute(sdk, "_normalise_service_error_name", staticmethod(error_name_of))
    replace_attribute(sdk, "_normalise_parameters", _normalise_parameters)
    replace_attribute(sdk, "_normalise_response", _normalise_response)


class _Clients:
    """Stands where the interpreter has boto3, and keeps the clients it asks for."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, *, service_name: str, endpoint_url: str, **settings: Any) -> Any:  # noqa: ANN401 - boto3's arguments and its untyped client
        """Make a client, or give the one that was made."""
        with self._lock:
            client = self._kept.get((service_name, endpoint_url))
            if client is None:
                client = boto3.client(service_name, endpoint_url=endpoint_url, **settings)
                self._kept[service_name, endpoint_url] = client
        return client


def error_name_of(integration: str) -> str:
    """Name a service as errors of Step Functions do: `personalizeruntime` is PersonalizeRuntime."""
    service_id = str(_model(_boto_name(integration)).service_id)
    return "".join(word.capitalize() for word in _WORD.findall(service_id))


def _boto_name(integration: str) -> str:
    return StateTaskServiceAwsSdk._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES.get(integration, integration)  # noqa: SLF001


@cache
def _services() -> list[str]:
    return botocore.session.get_session().get_available_services()


@cache
def _model(service: str) -> Any:  # noqa: ANN401 - botocore is untyped
    return botocore.session.get_session().get_service_model(service)


def _operation(task: StateTaskServiceAwsSdk) -> OperationModel:
    action = task.resource.api_action
    return _model(_boto_name(task.resource.api_name)).operation_model(
        action[0].upper() + action[1:]
    )


def _normalise_parameters(
    self: StateTaskServiceAwsSdk, parameters: dict[str, Any], *_names: str | None
) -> None:
    """Give the parameters the names the SDK has for them."""
    shape = _operation(self).input_shape
    if shape is not None:
        self._to_boto_request(parameters, shape)


def _normalise_response(
    self: StateTaskServiceAwsSdk, response: dict[str, Any], *_names: str | None
) -> None:
    """Give the result the names Step Functions has for them; times become text."""
    shape = _operation(self).output_shape
    if shape is not None:
        self._from_boto_response(response, shape)
        as_text = json.loads(json.dumps(response, default=_as_text))
        response.clear()
        response.update(as_text)


def _as_text(value: Any) -> str:  # noqa: ANN401 - times and bytes, whatever JSON does not know
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


# --------------------------------------------------------------------------------- CloudFormation

_CFN: Final = frozenset({"Arn", "Name", "DefinitionString", "RoleArn", "StateMachineName", "Tags"})


def _create_from_cloudformation_json(
    _cls: type[StateMachine],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **_kwargs: Any,  # noqa: ANN401 - moto's further arguments
) -> StateMachine:
    """Create the machine where it is run."""
    properties = cloudformation_json["Properties"]
    return stepfunctions_parser_backends[account_id][region_name].create_state_machine(
        properties.get("StateMachineName", resource_name),
        definition_of(properties, account_id, region_name),
        properties["RoleArn"],
        tags=cfn_to_api_tags(properties.get("Tags", [])),
    )


def _update_from_cloudformation_json(
    _cls: type[StateMachine],
    original_resource: StateMachine,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> StateMachine:
    """Change definition and role; executions that run keep theirs, as on AWS."""
    del new_resource_name
    properties = cloudformation_json["Properties"]
    return stepfunctions_parser_backends[account_id][region_name].update_state_machine(
        original_resource.arn,
        definition=definition_of(properties, account_id, region_name),
        role_arn=properties["RoleArn"],
    )


def _delete(
    _cls: type[StateMachine],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> None:
    """Stop the machine's executions and take it away."""
    del cloudformation_json
    backend = stepfunctions_parser_backends[account_id][region_name]
    for machine in backend.state_machines:
        if resource_name in {machine.arn, machine.name}:
            _stop_all(machine)
            backend.delete_state_machine(machine.arn)
            return


def _get_cfn_attribute(self: StateMachine, attribute_name: str) -> Any:  # noqa: ANN401 - text or tags
    """Resolve `Fn::GetAtt`."""
    values = {
        "Arn": self.arn,
        "Name": self.name,
        "StateMachineName": self.name,
        "DefinitionString": self.definition,
        "RoleArn": self.roleArn,
    }
    if attribute_name not in values:
        raise UnformattedGetAttTemplateException
    return values[attribute_name]


def definition_of(properties: dict[str, Any], account_id: str, region_name: str) -> str:
    """Read a template's definition from where it is, and make its substitutions.

    Args:
        properties: Of an AWS::StepFunctions::StateMachine, its intrinsics resolved.
        account_id: The account whose S3 has the definition.
        region_name: The region.

    Raises:
        ValueError: A `${name}` of the definition has no value; CloudFormation refuses that, too.
    """
    text = properties.get("DefinitionString")
    if text is None:
        location = properties["DefinitionS3Location"]
        backend = s3_backends[account_id][get_partition(region_name)]
        found = backend.get_object(location["Bucket"], location["Key"])
        text = found.value.decode() if found else ""
    values = properties.get("DefinitionSubstitutions", {})
    missing = set(_SUBSTITUTION.findall(text)) - values.keys()
    if missing:
        message = f"the definition's {', '.join(sorted(missing))} have no substitution"
        raise ValueError(message)
    return _SUBSTITUTION.sub(lambda found: str(values[found[1]]), text)


# -------------------------------------------------------------------------------------- Watching


@contextmanager
def watching(observer: Callable[[str, str], None]) -> Iterator[None]:
    """Tell somebody of every state that an execution enters, before the state does anything.

    Args:
        observer: Told the execution's ARN and the state's name, in the execution's own thread.
    """
    describe = CommonStateField._get_state_entered_event_details  # noqa: SLF001 - the one place all states come through

    def entered(self: CommonStateField, env: Environment) -> StateEnteredEventDetails:
        observer(env.states.context_object.context_object_data["Execution"]["Id"], self.name)
        return describe(self, env)

    replace_attribute(CommonStateField, "_get_state_entered_event_details", entered)
    try:
        yield
    finally:
        replace_attribute(CommonStateField, "_get_state_entered_event_details", describe)
