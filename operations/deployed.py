"""What is deployed, by the names of the stack's outputs; and how a function is configured."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final

from botocore.exceptions import ClientError
from ingestion.adapters.aws_errors import translated
from ingestion.domain.errors import MisconfiguredError

from operations.clients import Clients

_FUNCTIONS: Final = MappingProxyType(
    {
        "archive_activity": "ArchiveActivityFunctionName",
        "record_playback": "RecordPlaybackFunctionName",
        "record_feedback": "RecordFeedbackFunctionName",
        "record_metadata": "RecordMetadataFunctionName",
    }
)


class Deployed:
    """The resources of one stack.

    Names that were given need no stack: CloudFormation is asked only for what else is needed.
    """

    def __init__(self, clients: Clients, stack: str, given: Mapping[str, str]) -> None:
        self._clients = clients
        self._stack = stack
        self._given = given

    @property
    def archive_bucket(self) -> str:
        """The bucket of activities, interactions and rejections."""
        return self.output("ArchiveBucketName")

    @property
    def failed_batches_bucket(self) -> str:
        """The bucket of what Lambda gave up."""
        return self.output("FailedBatchesBucketName")

    @property
    def stream_arn(self) -> str:
        """The stream of activities."""
        return self.output("ActivityStreamArn")

    def function(self, use_case: str) -> str:
        """The name of the function that runs a use case.

        Raises:
            MisconfiguredError: There is none in this stack.
        """
        if use_case not in _FUNCTIONS:
            error = f"no function is known for {use_case!r}"
            raise MisconfiguredError(error)
        return self.output(_FUNCTIONS[use_case])

    def use_case_of(self, function_arn: str) -> str | None:
        """The use case that a function runs, if the function is one of this stack."""
        parts = function_arn.split(":")
        name = parts[parts.index("function") + 1] if "function" in parts else function_arn
        names = {**self._outputs, **self._given} if not self._has_all_functions else self._given
        return next((case for case, key in _FUNCTIONS.items() if names.get(key) == name), None)

    @property
    def _has_all_functions(self) -> bool:
        return self._given.keys() >= set(_FUNCTIONS.values())

    def environment(self, use_case: str) -> Mapping[str, str]:
        """The variables that a function is deployed with.

        Raises:
            TransientError, MisconfiguredError: They cannot be read.
        """
        name = self.function(use_case)
        with translated(f"read the settings of {use_case}"):
            found = self._clients("lambda").get_function_configuration(FunctionName=name)
        return found.get("Environment", {}).get("Variables", {})

    def output(self, key: str) -> str:
        """An output of the stack, or what was given in its place.

        Raises:
            MisconfiguredError: Neither the stack nor the operator names it.
        """
        found = self._given.get(key) or self._outputs.get(key)
        if found is None:
            error = f"stack {self._stack!r} has no output {key}; give it with --name {key}=…"
            raise MisconfiguredError(error)
        return found

    def has(self, key: str) -> bool:
        """Whether there is such an output: metadata need not be deployed."""
        return key in self._given or key in self._outputs

    @cached_property
    def _outputs(self) -> Mapping[str, str]:
        try:
            with translated("describe the stack"):
                found = self._clients("cloudformation").describe_stacks(StackName=self._stack)
        except ClientError as error:  # "ValidationError" is all that CloudFormation says of it
            message = f"no stack {self._stack!r} in this region and account"
            raise MisconfiguredError(message) from error
        outputs = found["Stacks"][0].get("Outputs", [])
        return {each["OutputKey"]: each["OutputValue"] for each in outputs}
