"""boto3 clients with the operator's credentials, region and endpoint, from the environment."""

from typing import Any, Final

import boto3
from botocore.config import Config

# An invocation may last as long as the function's timeout, 60 s; then the answer comes.
_READ_TIMEOUT_S: Final = 120.0


class Clients:
    """Clients by service, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:  # noqa: ANN401  -- boto3's clients are made at run time
        """The client of a service, `s3` for example."""
        if service not in self._made:
            config = Config(
                read_timeout=_READ_TIMEOUT_S,
                retries={"mode": "standard", "total_max_attempts": 3},
            )
            make: Any = boto3.client  # its stubs know only some services
            self._made[service] = make(service, config=config)
        return self._made[service]
