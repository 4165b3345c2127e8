"""How to reach a local stack: its region, dummy credentials and clients."""

import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import boto3
from botocore.config import Config

REGION: Final = "us-east-1"
# Dummies: should an endpoint be forgotten somewhere, the call fails instead of reaching AWS.
CREDENTIALS: Final[Mapping[str, str]] = MappingProxyType(
    {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
)
# Pollers and tests share one client per service.
_CONNECTIONS_PER_CLIENT: Final = 32


def connection_variables(endpoint_url: str) -> dict[str, str]:
    """List the environment variables with which any AWS SDK or CLI reaches a local stack."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        **CREDENTIALS,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


class Clients:
    """boto3 clients of one endpoint, one per service. Thread-safe, as the clients are."""

    def __init__(self, endpoint_url: str, *, attempts: int = 3) -> None:
        """Prepare to make clients.

        Args:
            endpoint_url: The local stack's address.
            attempts: How often a client tries a call.
        """
        self._endpoint_url = endpoint_url
        self._attempts = attempts
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

    def __call__(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
        """Give the client of a service, `kinesis` for example."""
        with self._lock:
            if service not in self._clients:
                make: Any = self._session.client  # its stubs know only some services
                self._clients[service] = make(
                    service,
                    endpoint_url=self._endpoint_url,
                    config=Config(
                        max_pool_connections=_CONNECTIONS_PER_CLIENT,
                        retries={"mode": "standard", "total_max_attempts": self._attempts},
                    ),
                )
            return self._clients[service]

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
