"""Calls of a service of AWS by our own signature over kept connections: limits, retries, errors."""

import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from random import SystemRandom
from typing import Final

from ingestion.adapters.clock import MonotonicClock
from ingestion.adapters.credentials import Credentials, CredentialsSource
from ingestion.adapters.fault_codes import EXPIRED_CREDENTIALS, fault_of, may_pass
from ingestion.adapters.http_connections import Connections
from ingestion.adapters.http_replies import Reply
from ingestion.adapters.signing import Request, Signer
from ingestion.domain.errors import IngestionError, MisconfiguredError, TransientError
from ingestion.ports import Clock, Pace

_FIRST_ERROR: Final = 300
_USER_AGENT: Final = "personalize-video-ingest"
_CODE_IN_XML: Final = re.compile(rb"<Code>([^<]{1,128})</Code>")
_CODE_IN_JSON: Final = re.compile(rb'"(?:__type|code)"\s*:\s*"([^"\\]{1,128})"')
# Not seeded: environments that are restored from one snapshot must not wait alike.
_CHANCE: Final = SystemRandom()


class UnforeseenReplyError(IngestionError):
    """An error code that is not in our table: the invocation fails, and somebody reads its log."""


class ErrorReply(Exception):  # noqa: N818 - what it is called in HTTP
    """An error that AWS answered, for callers who know what to make of its code."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often, how long and how fast a call is tried.

    Attributes:
        limit_s: Total time of one attempt: name, connection, TLS, request and reply.
        waits_s: The longest wait before each further attempt; how long it is, is chance.
        pace: What each attempt waits for, so that one more keeps the rate as well.
    """

    limit_s: float
    waits_s: tuple[float, ...] = (0.5, 1.0)
    pace: Pace | None = None

    @property
    def longest_attempt_s(self) -> float:
        """One attempt at its limit, and the wait for the pace."""
        return self.limit_s + (0.0 if self.pace is None else self.pace.longest_wait_s)

    @property
    def longest_call_s(self) -> float:
        """All attempts at their longest, and the waits in between."""
        return (len(self.waits_s) + 1) * self.longest_attempt_s + sum(self.waits_s)


class SignedService:
    """One service, as one process calls it. For any thread."""

    def __init__(
        self,
        signer: Signer,
        connections: Connections,
        credentials: CredentialsSource,
        attempts: Attempts,
        clock: Clock | None = None,
    ) -> None:
        self._signer = signer
        self._connections = connections
        self._credentials = credentials
        self.attempts = attempts
        self._clock: Clock = clock or MonotonicClock()
        self._fixed = {"host": connections.endpoint.authority, "user-agent": _USER_AGENT}

    def call(self, request: Request, doing: str) -> Reply:
        """Send a request that bears repeating, until it is answered or hopeless.

        Args:
            request: Without `host`; its path without that of the endpoint.
            doing: For texts of errors.

        Raises:
            ErrorReply: AWS answered an error that does not pass.
            TransientError: No answer in all attempts, or none but errors that pass.
            MisconfiguredError: There are no credentials, or the certificate is not to be trusted.
        """
        give_up_s = self._clock.now_s() + self.attempts.longest_call_s
        for longest_wait_s in self.attempts.waits_s:
            try:
                return self._attempt(request, doing)
            except _PassingError:
                wait_s = _CHANCE.uniform(0, longest_wait_s)
                if self._clock.now_s() + wait_s + self.attempts.longest_attempt_s > give_up_s:
                    raise
            self._clock.sleep(wait_s)
        return self._attempt(request, doing)

    def close(self) -> None:
        """Close the connections that are kept; the next call opens new ones."""
        self._connections.close()

    def _attempt(self, request: Request, doing: str) -> Reply:
        if self.attempts.pace is not None:
            self.attempts.pace.wait()
        credentials = self._credentials.current()
        try:
            reply = self._exchange(request, credentials)
        except ssl.SSLCertVerificationError as error:
            message = f"{doing}: {type(error).__name__}"
            raise MisconfiguredError(message) from error
        except OSError as error:
            message = f"{doing}: {type(error).__name__}"
            raise _PassingError(message) from error
        if reply.status >= _FIRST_ERROR:
            self._raise_error(reply, credentials, doing)
        return reply

    def _exchange(self, request: Request, credentials: Credentials) -> Reply:
        endpoint = self._connections.endpoint
        path = endpoint.base_path + request.path
        whole = Request(request.method, path, {**request.headers, **self._fixed}, request.body)
        headers = self._signer.signed(whole, credentials, datetime.now(UTC))
        return self._connections.exchange(
            request.method, path, headers, request.body, within_s=self.attempts.limit_s
        )

    def _raise_error(self, reply: Reply, credentials: Credentials, doing: str) -> None:
        code = _code_in(reply)
        if may_pass(code, reply.status):
            message = f"{doing}: {code}"
            raise _PassingError(message)
        if code in EXPIRED_CREDENTIALS:
            self._credentials.refused(credentials)
            if self._credentials.current() != credentials:
                message = f"{doing}: {code}"
                raise _PassingError(message)
        raise ErrorReply(code, reply.status)


class _PassingError(TransientError):
    """A fault for which another attempt may be worth while."""


def fault_told(error: ErrorReply, doing: str) -> IngestionError:
    """Our fault for an error of AWS."""
    fault = fault_of(error.code, error.status) or UnforeseenReplyError
    return fault(f"{doing}: {error.code}")


def _code_in(reply: Reply) -> str:
    """The error code: in a header or in JSON (`rest-json`), in XML (S3), or else the status."""
    code = reply.headers.get("x-amzn-errortype") or _code_in_body(reply.body) or str(reply.status)
    # `InvalidInputException:http://internal.amazon.com/…`, `com.amazonaws…#InvalidInputException`.
    return code.partition(":")[0].rpartition("#")[2]


def _code_in_body(body: bytes) -> str | None:
    found = _CODE_IN_XML.search(body)
    if found is not None:
        return found[1].decode("latin-1")
    found = _CODE_IN_JSON.search(body)
    return None if found is None else found[1].decode("latin-1")
