"""Signature Version 4, as far as PutEvents, PutObject and HeadObject need it.

After "Create a signed AWS API request" (IAM user guide). A property test holds it equal to
botocore's signers. Not there: query strings, streamed bodies, signatures in the URL.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote

from ingestion.adapters.credentials import Credentials

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
# Headers that belong to one hop or that somebody on the way may change are left out, as botocore
# does; a test reads its list.
_UNSIGNED: Final = frozenset(
    {
        *("connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
        *("proxy-authenticate", "proxy-authorization"),
        *("baggage", "traceparent", "tracestate", "x-amzn-trace-id"),
        "user-agent",
    }
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request of one of AWS's services.

    Attributes:
        method: `GET`, `PUT`, ….
        path: Absolute and percent-encoded as it is sent, without dot segments and empty ones.
        headers: By lower-case name, `host` among them.
        body: What is sent.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Signer:
    """Signs requests of one service in one region.

    Attributes:
        service: Its signing name, which need not be that of its host.
        region: Where it is.
        is_s3: Whether the rules of S3 hold: it wants the body's hash in a header, and takes the
            path as it is sent where all others have it encoded once more.
    """

    service: str
    region: str
    is_s3: bool = False
    # The key of one day and one secret: four hashes less for every request after the first.
    _day_key: tuple[tuple[str, str], bytes] = field(default=(("", ""), b""), repr=False)

    def signed(self, request: Request, credentials: Credentials, at: datetime) -> dict[str, str]:
        """The headers to send: those of the request and the signature's own.

        Args:
            request: What is asked.
            credentials: Whose signature it is.
            at: The time in UTC, from which the signature is valid for some minutes.
        """
        moment = at.strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(request.body).hexdigest()
        headers = {**request.headers, "x-amz-date": moment}
        if credentials.token is not None:
            headers["x-amz-security-token"] = credentials.token
        if self.is_s3:
            headers["x-amz-content-sha256"] = digest
        headers["authorization"] = self._authorization(request, headers, digest, credentials)
        return headers

    def _authorization(
        self, request: Request, headers: dict[str, str], digest: str, credentials: Credentials
    ) -> str:
        names = sorted(name for name in headers if name not in _UNSIGNED)
        lines = "\n".join(f"{name}:{' '.join(headers[name].split())}" for name in names)
        signed_names = ";".join(names)
        path = request.path if self.is_s3 else quote(request.path, safe="/~")
        canonical = f"{request.method}\n{path}\n\n{lines}\n\n{signed_names}\n{digest}"
        moment = headers["x-amz-date"]
        scope = f"{moment[:8]}/{self.region}/{self.service}/aws4_request"
        text = f"{_ALGORITHM}\n{moment}\n{scope}\n{_sha256(canonical)}"
        signature = _hmac(self._key(credentials.secret_key, moment[:8]), text).hex()
        return (
            f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={signed_names}, Signature={signature}"
        )

    def _key(self, secret: str, day: str) -> bytes:
        known, key = self._day_key  # one read, so that threads see a pair that belongs together
        if known != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self.region, self.service, "aws4_request"):
                key = _hmac(key, part)
            self._day_key = ((secret, day), key)
        return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
