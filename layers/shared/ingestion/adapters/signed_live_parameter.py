"""The live parameter of Systems Manager by our own signature (ADR 0023)."""

import os
from collections.abc import Mapping
from typing import Any, Final, cast

from pydantic_core import from_json, to_json

from ingestion.adapters.aws_endpoints import aws_endpoint, configured_endpoint, region_in
from ingestion.adapters.credentials import CredentialsSource
from ingestion.adapters.finding_credentials import credentials_source
from ingestion.adapters.http_connections import Connections
from ingestion.adapters.signed_service import Attempts, ErrorReply, SignedService, fault_told
from ingestion.adapters.signing import Request, Signer
from ingestion.adapters.tls import tls_context
from ingestion.domain.errors import TransientError
from ingestion.ports import Clock

# Two short attempts: a batch waits for it, and what is known already does for another minute.
_ATTEMPTS: Final = Attempts(limit_s=2.0, waits_s=(0.2,))
# The protocol `json`, version 1.1 (service model of SSM).
_HEADERS: Final = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AmazonSSM.GetParameter",
}
_DOING: Final = "read the live parameter"
_NOT_FOUND: Final = "ParameterNotFound"


def signed_live_parameter(
    name: str,
    environment: Mapping[str, str] = os.environ,
    credentials: CredentialsSource | None = None,
    clock: Clock | None = None,
) -> "SignedLiveParameter":
    """The parameter as the environment leads to it; opens nothing yet."""
    region = region_in(environment)
    endpoint = configured_endpoint("SSM", environment)
    service = SignedService(
        Signer("ssm", region),
        Connections(endpoint or aws_endpoint("ssm", region), tls_context),
        credentials or credentials_source(environment),
        _ATTEMPTS,
        clock,
    )
    return SignedLiveParameter(service, name)


class SignedLiveParameter:
    """A parameter by name; see the port `LiveParameter`."""

    def __init__(self, service: SignedService, name: str) -> None:
        self._service = service
        self._body = to_json({"Name": name})

    def read(self) -> str | None:
        """See the port."""
        try:
            reply = self._service.call(Request("POST", "/", _HEADERS, self._body), _DOING)
        except ErrorReply as error:
            if error.code == _NOT_FOUND:
                return None
            raise fault_told(error, _DOING) from None
        finally:
            # Too old to be used when it is asked again, a minute later; until then it would count.
            self._service.close()
        return _value_in(reply.body)


def _value_in(body: bytes) -> str:
    try:
        return cast("dict[str, Any]", from_json(body))["Parameter"]["Value"]
    except (ValueError, KeyError, TypeError):
        # Not what SSM answers, so from something between us and it.
        error = f"{_DOING}: unreadable reply"
        raise TransientError(error) from None
