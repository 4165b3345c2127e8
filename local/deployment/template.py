"""The SAM template: read, given its parameters, and transformed into CloudFormation."""

from collections.abc import Collection, Mapping
from copy import deepcopy
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

import boto3
import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from local.deployment.conditions import holds
from local.deployment.errors import DeploymentError

type Template = dict[str, Any]

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def read_template(path: Path) -> Template:
    """Read a template with CloudFormation's short tags (`!Ref` and the like) written out.

    Raises:
        DeploymentError: There is no such file, or it is no template.
    """
    try:
        template = yaml_parse(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        message = f"Cannot read the template {path}: {error}"
        raise DeploymentError(message) from error
    if not isinstance(template, dict) or "Resources" not in template:
        message = f"{path} has no Resources"
        raise DeploymentError(message)
    return cast("Template", template)


def with_defaults(template: Template, given: Mapping[str, str]) -> dict[str, str]:
    """Complete the given parameters with the template's defaults.

    Raises:
        DeploymentError: A parameter is unknown, or one without default is missing.
    """
    declared = template.get("Parameters", {})
    if unknown := given.keys() - declared.keys():
        message = f"The template has no parameters {', '.join(sorted(unknown))}"
        raise DeploymentError(message)
    defaults = {k: str(p["Default"]) for k, p in declared.items() if "Default" in p}
    values = defaults | dict(given)
    if missing := declared.keys() - values.keys():
        message = f"The template's parameters {', '.join(sorted(missing))} have no value"
        raise DeploymentError(message)
    return values


def transform(template: Template, parameters: Mapping[str, str], *, region: str) -> Template:
    """Do what the transform AWS::Serverless-2016-10-31 does on AWS, with AWS's own translator.

    Args:
        template: The template, its code already uploaded. It is left as it is.
        parameters: A value for each parameter.
        region: Region for the ARNs the translator writes.

    Raises:
        DeploymentError: The translator refuses the template.
    """
    session = boto3.Session(region_name=region)
    # No managed policies by name: every role of the template spells out what it may do.
    translator = Translator({}, Parser(), boto_session=session)
    try:
        transformed = translator.translate(deepcopy(template), parameter_values=dict(parameters))
    except InvalidDocumentException as error:
        causes = "; ".join(cause.message for cause in error.causes)
        message = f"The template is not valid: {causes}"
        raise DeploymentError(message) from error
    # The translator counts for AWS and warns about counts that are never published (to nowhere).
    translator.metrics.publish()
    return transformed


def refuse_unknown_types(
    template: Template, known_types: Collection[str], parameters: Mapping[str, str] = _NONE
) -> None:
    """Refuse what CloudFormation here would skip with no more than a warning.

    What a condition leaves out for these parameters is not created anywhere.

    Raises:
        DeploymentError: The template has resources of types the local stack cannot create.
    """
    unknown = {
        resource["Type"]: logical_id
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] not in known_types
        and (
            "Condition" not in resource
            or holds(resource["Condition"], template.get("Conditions", {}), parameters)
        )
    }
    if unknown:
        listed = ", ".join(f"{kind} (such as {name})" for kind, name in sorted(unknown.items()))
        message = f"The local stack cannot create {listed}"
        raise DeploymentError(message)
