"""Where credentials are found, in botocore's order, and without botocore wherever Lambda runs.

The environment (functions); a URL that the environment names (functions restored by SnapStart, and
containers); botocore's own chain for everything else, such as a profile on somebody's own machine.
"""

import json
import os
import ssl
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from ingestion.adapters.aws_endpoints import endpoint_of_url
from ingestion.adapters.credentials import (
    Credentials,
    CredentialsSource,
    EnvironmentCredentials,
    RenewedCredentials,
)
from ingestion.adapters.http_connections import Connections
from ingestion.adapters.tls import tls_context
from ingestion.domain.errors import MisconfiguredError, TransientError

if TYPE_CHECKING:
    from botocore.session import Session

# Hosts that may be asked without TLS (botocore, ContainerMetadataFetcher).
_PLAIN_HOSTS: Final = frozenset(
    {"localhost", "127.0.0.1", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"}
)
_URL: Final = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_TOKEN: Final = "AWS_CONTAINER_AUTHORIZATION_TOKEN"  # noqa: S105 - the name of a variable
_FETCH_LIMIT_S: Final = 2.0
_OK: Final = 200


def credentials_source(environment: Mapping[str, str] = os.environ) -> CredentialsSource:
    """Where this process has its credentials from; asks nobody yet."""
    if environment.get("AWS_ACCESS_KEY_ID"):
        return EnvironmentCredentials(environment)
    if environment.get(_URL):
        return RenewedCredentials(partial(_of_container, environment))
    return _ChainCredentials()


def _of_container(environment: Mapping[str, str]) -> Credentials:
    url = urlsplit(environment[_URL])
    if url.scheme != "https" and url.hostname not in _PLAIN_HOSTS:
        error = f"{_URL} asks a host that may not be asked without TLS"
        raise MisconfiguredError(error)
    try:
        return _credentials_in(_fetched(url, _authorization(environment)))
    except ssl.SSLCertVerificationError as error:
        raise MisconfiguredError(_URL) from error
    except OSError as error:
        message = f"credentials: {type(error).__name__}"
        raise TransientError(message) from error


def _authorization(environment: Mapping[str, str]) -> str:
    """The token, from the file if there is one, for it is renewed there."""
    path = environment.get(f"{_TOKEN}_FILE")
    return Path(path).read_text().strip() if path else environment.get(_TOKEN, "")


def _fetched(url: SplitResult, authorization: str) -> bytes:
    endpoint = endpoint_of_url(url)
    headers = {"host": endpoint.authority, "accept": "application/json", "connection": "close"}
    if authorization:
        headers["authorization"] = authorization
    path = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
    connections = Connections(endpoint, tls_context)
    reply = connections.exchange("GET", path, headers, b"", within_s=_FETCH_LIMIT_S)
    if reply.status != _OK:
        message = f"credentials: status {reply.status}"
        raise TransientError(message)
    return reply.body


def _credentials_in(body: bytes) -> Credentials:
    try:
        answer = json.loads(body)
        expires = datetime.fromisoformat(answer["Expiration"]) if "Expiration" in answer else None
        return Credentials(
            answer["AccessKeyId"],
            answer["SecretAccessKey"],
            answer.get("Token"),
            None if expires is None else expires.timestamp(),
        )
    except (ValueError, KeyError, TypeError):
        message = "credentials: the answer holds none"
        raise TransientError(message) from None  # whose text would repeat the answer


class _ChainCredentials:
    """What botocore finds, and renews by itself."""

    def __init__(self) -> None:
        self._session: Session | None = None

    def current(self) -> Credentials:
        """See the protocol."""
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - no function needs it
        from botocore.session import get_session  # noqa: PLC0415

        self._session = self._session or get_session()
        try:
            found = self._session.get_credentials()
            frozen = None if found is None else found.get_frozen_credentials()
        except BotoCoreError as error:
            message = f"credentials: {type(error).__name__}"
            raise MisconfiguredError(message) from error
        if frozen is None or not frozen.access_key or not frozen.secret_key:
            message = "no credentials"
            raise MisconfiguredError(message)
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def refused(self, credentials: Credentials) -> None:  # noqa: ARG002 - there is one session
        """Look anew at the next call."""
        self._session = None
