"""The variables a deployed function has, as the deployer and `sam local` need them.

Speaks to a running stack through boto3 only and imports nothing heavy.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

_ENDPOINT: Final = "AWS_ENDPOINT_URL"


class UnresolvedVariableError(ValueError):
    """CloudFormation left a variable as an expression, which on AWS would be plain text."""


def function_names(cloudformation: Any, stack_name: str) -> dict[str, str]:  # noqa: ANN401 - boto3's clients are made at run time
    """List the physical names of a stack's functions by logical id."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_name)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::Lambda::Function"
    }


def resolved_variables(name: str, deployed: Mapping[str, Any]) -> dict[str, str]:
    """List a function's variables as Lambda would hand them over: text, every one.

    An empty `AWS_ENDPOINT_URL` is left out: it means "not set", and the stack's own must win.

    Args:
        name: The function's name, for the error.
        deployed: The answer of GetFunctionConfiguration.

    Raises:
        UnresolvedVariableError: A variable has no plain value.
    """
    variables: dict[str, str] = {}
    for key, value in deployed.get("Environment", {}).get("Variables", {}).items():
        if isinstance(value, dict | list):
            message = f"The variable {key} of {name} was not resolved: {value}"
            raise UnresolvedVariableError(message)
        if key != _ENDPOINT or value:
            variables[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return variables


def sam_local_variables(
    client: Callable[[str], Any], stack_name: str, connection: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """List every function's variables in the form of `sam local invoke --env-vars`.

    Args:
        client: Gives a boto3 client of the running stack, by service.
        stack_name: Name of the CloudFormation stack.
        connection: The variables that lead the function to the stack.

    Returns:
        The variables by the function's logical id.
    """
    return {
        logical_id: resolved_variables(
            name, client("lambda").get_function_configuration(FunctionName=name)
        )
        | dict(connection)
        for logical_id, name in function_names(client("cloudformation"), stack_name).items()
    }
