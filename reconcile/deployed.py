"""What the command needs to know of a deployed stack: it asks the stack itself."""

import json
import os
from collections.abc import Mapping
from typing import Any, Final
from urllib.request import urlopen

import boto3
from botocore.exceptions import ClientError
from ingestion.adapters.aws_errors import translated
from ingestion.domain.conservation import Digest, digest
from ingestion.domain.errors import MisconfiguredError
from ingestion.settings.reconcile_archive import ReconcileArchiveSettings
from pydantic import ValidationError

_FUNCTION: Final = "ReconcileArchiveFunctionName"
_PATIENCE_S: Final = 10.0


def settings_of(stack_name: str) -> ReconcileArchiveSettings:
    """The settings with which `reconcile_archive` is deployed: today's rules.

    Raises:
        MisconfiguredError: There is no such stack, or none of this system.
        TransientError: Not now.
    """
    variables = _variables(_function_name(stack_name))
    try:
        return ReconcileArchiveSettings.model_validate(variables)
    except ValidationError as error:
        raise MisconfiguredError(str(error)) from None


def _function_name(stack_name: str) -> str:
    cloudformation: Any = boto3.client("cloudformation")
    try:
        with translated("describe the stack"):
            found = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    except ClientError as error:  # CloudFormation calls a missing stack a ValidationError
        message = f"there is no stack {stack_name}"
        raise MisconfiguredError(message) from error
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())}
    if _FUNCTION not in outputs:
        message = f"the stack {stack_name} has no output {_FUNCTION}"
        raise MisconfiguredError(message)
    return outputs[_FUNCTION]


def _variables(function_name: str) -> Mapping[str, str]:
    functions: Any = boto3.client("lambda")
    with translated("read the function's settings"):
        found = functions.get_function_configuration(FunctionName=function_name)
    variables = found.get("Environment", {}).get("Variables", {})
    # The local stack answers some variables as the YAML types they were.
    return {name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in variables.items()}  # fmt: skip


def held_by_the_emulator() -> set[Digest]:
    """What the emulator of the local stack holds, by event id.

    Raises:
        MisconfiguredError: It does not answer.
    """
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    try:
        with urlopen(f"{endpoint}/_local/personalize/event-ids", timeout=_PATIENCE_S) as answer:  # noqa: S310  -- our own stack
            return {digest(event_id) for event_id in json.load(answer)}
    except OSError as error:
        message = f"no local stack answers at {endpoint}"
        raise MisconfiguredError(message) from error
