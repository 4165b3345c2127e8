"""Personalize's event tracker by our own signature over kept connections (ADR 0023)."""

import os
from collections.abc import Mapping
from typing import Final

from ingestion.adapters.aws_endpoints import aws_endpoint, configured_endpoint, region_in
from ingestion.adapters.credentials import CredentialsSource
from ingestion.adapters.fault_codes import PERSONALIZE_REFUSALS
from ingestion.adapters.finding_credentials import credentials_source
from ingestion.adapters.http_connections import Connections
from ingestion.adapters.put_events_body import put_events_body
from ingestion.adapters.signed_service import Attempts, ErrorReply, SignedService, fault_told
from ingestion.adapters.signing import Request, Signer
from ingestion.adapters.tls import tls_context
from ingestion.domain.errors import RefusedError
from ingestion.domain.put_events import PutEventsCall
from ingestion.domain.target import tracking_mark
from ingestion.ports import Clock, Pace

_ATTEMPT_S: Final = 3.0
_HEADERS: Final = {"content-type": "application/json"}


def personalize_events_service(
    pace: Pace,
    environment: Mapping[str, str] = os.environ,
    credentials: CredentialsSource | None = None,
    clock: Clock | None = None,
) -> SignedService:
    """Personalize's events as the environment leads to them; opens nothing yet."""
    region = region_in(environment)
    endpoint = configured_endpoint("PERSONALIZE_EVENTS", environment)
    return SignedService(
        # Signed for `personalize`, spoken to at `personalize-events` (service model).
        Signer("personalize", region),
        Connections(endpoint or aws_endpoint("personalize-events", region), tls_context),
        credentials or credentials_source(environment),
        Attempts(_ATTEMPT_S, pace=pace),
        clock,
    )


class SignedEventTracker:
    """Sends planned calls with PutEvents; all attempts of a call carry the same bytes."""

    def __init__(self, service: SignedService, tracking_id: str) -> None:
        self._service = service
        self._tracking_id = tracking_id
        self.mark = tracking_mark(tracking_id)

    @property
    def longest_call_s(self) -> float:
        """All attempts at their limits, the waits in between, and for the pace."""
        return self._service.attempts.longest_call_s

    def record(self, call: PutEventsCall) -> None:
        """Send one call; the errors are those of the port."""
        body = put_events_body(call, self._tracking_id)
        try:
            self._service.call(Request("POST", "/events", _HEADERS, body), "PutEvents")
        except ErrorReply as error:
            if error.code in PERSONALIZE_REFUSALS:
                refused = "PutEvents refused what is in the call"
                raise RefusedError(refused) from None
            raise fault_told(error, "PutEvents") from None
