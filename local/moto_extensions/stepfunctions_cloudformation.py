"""State machines of a template.

What moto 5.2 does: it gives them to the backend that does not run them, knows no `Arn` of theirs,
and neither reads a definition from S3 nor makes its substitutions.
"""

import re
from functools import cache
from typing import Any, Final

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.s3.models import s3_backends
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.utils import cfn_to_api_tags
from moto.utilities.utils import get_partition

from local.moto_extensions.patching import replace_attribute

_ATTRIBUTES: Final = frozenset({"Arn", "Name", "DefinitionString", "RoleArn", "StateMachineName"})
_SUBSTITUTION: Final = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


@cache
def install() -> None:
    """Let templates have state machines that run; a second call finds it done."""
    replacements: tuple[tuple[str, Any], ...] = (
        ("create_from_cloudformation_json", _create_from_cloudformation_json),
        ("update_from_cloudformation_json", _update_from_cloudformation_json),
        ("delete_from_cloudformation_json", _delete),
        ("has_cfn_attr", lambda _cls, name: name in _ATTRIBUTES),
    )
    for name, replacement in replacements:
        # Untyped, as the two methods of moto's that these are have different shapes.
        make: Any = classmethod
        method = make(replacement)
        replace_attribute(StateMachine, name, method)
    replace_attribute(StateMachine, "get_cfn_attribute", _get_cfn_attribute)


def stop_all(machine: StateMachine) -> None:
    """Stop the executions of a machine."""
    for execution in machine.executions:
        if execution.status == ExecutionStatus.RUNNING:
            machine.stop_execution(execution.execution_arn)


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
            stop_all(machine)
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
