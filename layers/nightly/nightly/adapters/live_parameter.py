"""The live target in a parameter of Systems Manager."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

import boto3

from nightly.domain.errors import UnusableError
from nightly.live import LiveTarget

if TYPE_CHECKING:
    from types_boto3_ssm.client import SSMClient


class LiveParameter:
    """A parameter; see the port `LiveTargets`.

    The stack's own group stands in until somebody switches: the template does not own the
    parameter, or a deployment would undo a switch.
    """

    def __init__(self, client: "SSMClient", name: str, own: LiveTarget | None) -> None:
        self._client = client
        self._name = name
        self._own = own

    @classmethod
    def named(cls, name: str, own: LiveTarget | None) -> "LiveParameter":
        """With the credentials and the endpoint of the environment."""
        client = boto3.client("ssm")  # pyright: ignore[reportUnknownMemberType]
        return cls(client, name, own)

    def read(self) -> LiveTarget:
        """See the port."""
        try:
            answer = self._client.get_parameter(Name=self._name)
        except self._client.exceptions.ParameterNotFound:
            return self._the_own()
        return LiveTarget.from_json(answer["Parameter"].get("Value", ""))

    def written_at(self) -> datetime | None:
        """When it was last written: that of the last switch. None before the first one."""
        try:
            answer = self._client.get_parameter(Name=self._name)
        except self._client.exceptions.ParameterNotFound:
            return None
        return answer["Parameter"].get("LastModifiedDate")

    def _the_own(self) -> LiveTarget:
        if self._own is None:
            error = f"there is no parameter {self._name}: nobody has switched, or not here"
            raise UnusableError(error)
        return self._own

    def write(self, target: LiveTarget) -> None:
        """See the port. A standard parameter holds 4 KB, and two targets are half of that."""
        value = json.dumps(target.as_dict(), separators=(",", ":"))
        self._client.put_parameter(Name=self._name, Value=value, Type="String", Overwrite=True)
