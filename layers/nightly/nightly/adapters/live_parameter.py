"""The live target in a parameter of Systems Manager."""

import json
from typing import TYPE_CHECKING

import boto3

from nightly.live import LiveTarget

if TYPE_CHECKING:
    from types_boto3_ssm.client import SSMClient


class LiveParameter:
    """A parameter; see the port `LiveTargets`.

    Attributes of the stack's own group stand in until somebody switches: the template does not own
    the parameter, or a deployment would undo a switch.
    """

    def __init__(self, client: "SSMClient", name: str, own: LiveTarget) -> None:
        self._client = client
        self._name = name
        self._own = own

    @classmethod
    def named(cls, name: str, own: LiveTarget) -> "LiveParameter":
        """With the credentials and the endpoint of the environment."""
        client = boto3.client("ssm")  # pyright: ignore[reportUnknownMemberType]
        return cls(client, name, own)

    def read(self) -> LiveTarget:
        """See the port."""
        try:
            answer = self._client.get_parameter(Name=self._name)
        except self._client.exceptions.ParameterNotFound:
            return self._own
        return LiveTarget.from_json(answer["Parameter"].get("Value", ""))

    def write(self, target: LiveTarget) -> None:
        """See the port. A standard parameter holds 4 KB, and two targets are half of that."""
        value = json.dumps(target.as_dict(), separators=(",", ":"))
        self._client.put_parameter(Name=self._name, Value=value, Type="String", Overwrite=True)
