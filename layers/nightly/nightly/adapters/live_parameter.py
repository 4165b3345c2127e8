"""The live target in a parameter of Systems Manager."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

import boto3

from nightly.domain.errors import ChangedError, UnusableError
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

    def switch(self, before: LiveTarget, after: LiveTarget) -> None:
        """See the port. A standard parameter holds 4 KB, and two targets are half of that.

        PutParameter knows no condition, but it numbers what it writes, and keeps what was before.
        So it is looked afterwards whether ours came right after what was read; if not, what came
        in between is written once more. For that moment ours is to be read.
        """
        written = self._put(json.dumps(after.as_dict(), separators=(",", ":")))
        if written == 1 or self._is(before, self._text_of(written - 1)):
            return
        self._put_back(written)
        error = (
            f"somebody else has changed {self._name} meanwhile, and that stands: look at what is"
            " live, and start the same again if it is still wanted"
        )
        raise ChangedError(error)

    def _put_back(self, ours: int) -> None:
        """Write what stood before a version of ours, until nobody has written in between again."""
        while (written := self._put(self._text_of(ours - 1))) != ours + 1:
            ours = written

    def _put(self, text: str) -> int:
        """Write, and say which version that is; the first is 1."""
        answer = self._client.put_parameter(
            Name=self._name, Value=text, Type="String", Overwrite=True
        )
        return answer["Version"]

    def _text_of(self, version: int) -> str:
        answer = self._client.get_parameter(Name=f"{self._name}:{version}")
        return answer["Parameter"].get("Value", "")

    @staticmethod
    def _is(target: LiveTarget, text: str) -> bool:
        try:
            return LiveTarget.from_json(text) == target
        except UnusableError:
            return False
