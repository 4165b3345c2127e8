"""The live parameter of Systems Manager by boto3."""

from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ingestion.adapters.aws_errors import code_of, translated

if TYPE_CHECKING:
    from types_boto3_ssm.client import SSMClient

_DOING: Final = "read the live parameter"
_NOT_FOUND: Final = "ParameterNotFound"


def ssm_client() -> "SSMClient":
    """A client that gives up soon: a batch waits for it."""
    config = Config(
        connect_timeout=1.0,
        read_timeout=1.0,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    return boto3.client("ssm", config=config)  # pyright: ignore[reportUnknownMemberType]


class Boto3LiveParameter:
    """A parameter by name; see the port `LiveParameter`."""

    def __init__(self, client: "SSMClient", name: str) -> None:
        self._client = client
        self._name = name

    def read(self) -> str | None:
        """See the port."""
        with translated(_DOING):
            try:
                answer = self._client.get_parameter(Name=self._name)
            except ClientError as error:
                if code_of(error) != _NOT_FOUND:
                    raise
                return None
        return answer["Parameter"].get("Value", "")
