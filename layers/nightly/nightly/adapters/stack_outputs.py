"""What a stack is made of, by the names of its outputs."""

from collections.abc import Mapping
from typing import Any, cast

import boto3
from botocore.exceptions import ClientError

from nightly.domain.errors import UnusableError


class StackOutputs:
    """The outputs of a stack in CloudFormation, read once."""

    def __init__(self, stack: str, outputs: Mapping[str, str]) -> None:
        self.stack = stack
        self._outputs = outputs

    @classmethod
    def of_environment(cls, stack: str) -> "StackOutputs":
        """With the credentials and the endpoint of the environment.

        Raises:
            UnusableError: There is no such stack.
        """
        client = cast("Any", boto3).client("cloudformation")
        try:
            found = client.describe_stacks(StackName=stack)["Stacks"][0]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ValidationError":
                raise
            message = f"there is no stack {stack} in this region and account"
            raise UnusableError(message) from None
        outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())}
        return cls(stack, outputs)

    def __getitem__(self, name: str) -> str:
        """An output.

        Raises:
            UnusableError: The stack has none of this name.
        """
        if name not in self._outputs:
            error = f"the stack {self.stack} has no output {name}: it is another, or an older one"
            raise UnusableError(error)
        return self._outputs[name]

    def group_arn(self, name: str) -> str:
        """The ARN of a dataset group in the account and region of the stack."""
        partition, _, region, account = self["RebuildStateMachineArn"].split(":")[1:5]
        return f"arn:{partition}:personalize:{region}:{account}:dataset-group/{name}"
