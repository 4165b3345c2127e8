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
* it parses each definition and each path and makes each client of the SDK anew, which is most of
  an execution's time;
* times of the context object are no text, or not as AWS writes them (`2026-11-24T03:30:00.123Z`),
  and comparing times knows whole seconds alone;
* a fault of the interpreter on its way out turns an execution that was stopped into a failed one;
* a reset of all services leaves the executions alone, which go on.
"""

import copy
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, Final

import boto3
import botocore.session
from botocore.model import OperationModel
from moto.core.config import default_user_config
from moto.stepfunctions.parser.api import StateEnteredEventDetails
from moto.stepfunctions.parser.asl.component.common.string.string_expression import (
    StringVariableSample,
)
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.implementations.is_operator import (  # noqa: E501 - as above
    IsTimestamp,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (  # noqa: E501 - moto's path
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.evaluation_details import ExecutionDetails
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local.moto_extensions import stepfunctions_cloudformation
from local.moto_extensions.patching import replace_attribute

# The words of a service's id, from which AWS makes its name: Personalize Runtime, DynamoDB, SFN.
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
_VARIABLE: Final = re.compile(r"\$([A-Za-z_]\w*)(.*)", re.DOTALL)


@cache
def install() -> None:
    """Repair Step Functions for the whole process; a second call finds it done."""
    # It logs as an error what a definition asks for (is there such a field?) and what it catches.
    logging.getLogger("moto.stepfunctions.parser").setLevel(logging.CRITICAL)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    _install_sdk_integrations()
    replace_attribute(StringVariableSample, "_eval_body", _look_up)
    _install_times()
    fail = Environment.set_error
    replace_attribute(
        Environment, "set_error", lambda env, error: fail(env, error) if env.is_running() else None
    )
    parse = cache(AmazonStateLanguageParser.parse)
    paths: Any = json_path
    replace_attribute(AmazonStateLanguageParser, "parse", staticmethod(parse))
    replace_attribute(paths, "parse", cache(paths.parse))
    replace_attribute(boto_client, "boto3", _Clients())
    stepfunctions_cloudformation.install()


def forget_executions() -> None:
    """Stop what runs, and forget every state machine."""
    for regions in stepfunctions_parser_backends.values():
        for backend in regions.values():
            for machine in backend.state_machines:
                stepfunctions_cloudformation.stop_all(machine)
            backend.reset()


# ----------------------------------------------------------------------------------------- Times


def _install_times() -> None:
    """Write and read times as AWS does."""
    describe = Execution.get_start_execution_details

    def with_text(execution: Execution) -> ExecutionDetails:
        details = describe(execution)
        vars(details)["start_time"] = _timestamp(execution.start_date.isoformat())
        return details

    def entered(**data: str) -> dict[str, str]:
        return data | {"EnteredTime": _timestamp(data["EnteredTime"])}

    replace_attribute(Execution, "get_start_execution_details", with_text)
    replace_attribute(state, "StateData", entered)
    replace_attribute(IsTimestamp, "string_to_timestamp", staticmethod(_time_of))


def _timestamp(time: str) -> str:
    """Turn Python's ISO 8601 in UTC into that of AWS, to the millisecond."""
    return datetime.fromisoformat(time).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time_of(text: str) -> datetime | None:
    """Read a time, which has to say its zone."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None


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
                make: Any = boto3.client
                client = make(service_name, endpoint_url=endpoint_url, **settings)
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
