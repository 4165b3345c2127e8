"""From the template to a running stack, as `sam deploy` does it on AWS."""

import json
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from local.deployment.errors import DeploymentError
from local.deployment.functions import FunctionCode, configure, find_code
from local.deployment.packages import CodeBucket, find_definitions, find_packages
from local.deployment.template import (
    Template,
    read_template,
    refuse_unknown_types,
    transform,
    with_defaults,
)
from local.function_variables import function_names
from local.lambda_runtime import FunctionConfiguration

_DONE: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
_UNDER_WAY: Final = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"})
_POLL_S: Final = 0.05
_PATIENCE_S: Final = 60.0


class Deployer:
    """Deploys templates into one local stack."""

    def __init__(
        self,
        *,
        client: Callable[[str], Any],
        register: Callable[[FunctionConfiguration], None],
        known_types: Callable[[], Collection[str]],
        region: str,
    ) -> None:
        """Prepare to deploy.

        Args:
            client: Gives a boto3 client of the local stack, by service.
            register: Told about every function, so that somebody runs it.
            known_types: Lists the resource types the stack's CloudFormation can create.
            region: The stack's region.
        """
        self._client = client
        self._register = register
        self._known_types = known_types
        self._region = region

    def deploy(
        self,
        *,
        template: Path,
        stack_name: str,
        parameters: Mapping[str, str],
        build_dir: Path | None = None,
    ) -> Mapping[str, str]:
        """Create the stack, or update it, and make its functions run.

        Args:
            template: The SAM template.
            stack_name: Name of the CloudFormation stack.
            parameters: Values for the template's parameters; the others have their defaults.
            build_dir: The folder `sam build` wrote. Its template and its code are used instead.

        Returns:
            The stack's outputs.

        Raises:
            DeploymentError: The template cannot be deployed here, or its resources were refused.
            UnresolvedVariableError: A function's variable has no plain value.
        """
        path = template if build_dir is None else build_dir / "template.yaml"
        root = path.resolve().parent
        source = read_template(path)
        packages = list(find_packages(source, root))
        code = find_code(source, packages, root=root, is_built=build_dir is not None)
        values = with_defaults(source, parameters)
        bucket = CodeBucket(self._client("s3"), f"{stack_name}-code")
        uploaded = bucket.upload(source, packages, find_definitions(source, root))
        transformed = transform(uploaded, values, region=self._region)
        refuse_unknown_types(transformed, self._known_types(), values)
        self._put_stack(stack_name, transformed, values)
        outputs = self._outputs(stack_name)
        self._register_functions(stack_name, code)
        return outputs

    def _put_stack(self, name: str, template: Template, parameters: Mapping[str, str]) -> None:
        """Create or update the stack. Not through a change set: moto's lose the outputs."""
        cloudformation = self._client("cloudformation")
        put = cloudformation.update_stack if self._exists(name) else cloudformation.create_stack
        try:
            put(
                StackName=name,
                TemplateBody=json.dumps(template),
                Parameters=[
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in parameters.items()
                ],
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            )
        # A fault inside moto is a page of plain text, which boto3 cannot read as an answer.
        except (ClientError, ResponseParserError) as error:
            message = f"CloudFormation refused the stack {name}: {error}"
            raise DeploymentError(message) from error

    def _exists(self, name: str) -> bool:
        try:
            self._client("cloudformation").describe_stacks(StackName=name)
        except ClientError:
            return False
        return True

    def _outputs(self, name: str) -> dict[str, str]:
        """Wait until the stack is complete and read what it gives out."""
        deadline_s = time.monotonic() + _PATIENCE_S
        while True:
            stack = self._client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
            if stack["StackStatus"] in _DONE:
                outputs = stack.get("Outputs", [])
                return {output["OutputKey"]: output["OutputValue"] for output in outputs}
            if stack["StackStatus"] not in _UNDER_WAY or time.monotonic() > deadline_s:
                message = f"The stack {name} is {stack['StackStatus']}"
                raise DeploymentError(message)
            time.sleep(_POLL_S)

    def _register_functions(self, stack_name: str, code: Mapping[str, FunctionCode]) -> None:
        """Hand every function over, under the name and with the variables it got."""
        names = function_names(self._client("cloudformation"), stack_name)
        for logical_id, function_code in code.items():
            name = names[logical_id]
            deployed = self._client("lambda").get_function_configuration(FunctionName=name)
            self._register(configure(name, function_code, deployed))
