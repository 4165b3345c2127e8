"""A bucket of S3 by our own signature over kept connections (ADR 0023)."""

import os
from collections.abc import Mapping
from copy import replace
from typing import Final
from urllib.parse import quote

from ingestion.adapters.aws_endpoints import aws_endpoint, configured_endpoint, region_in
from ingestion.adapters.credentials import CredentialsSource
from ingestion.adapters.finding_credentials import credentials_source
from ingestion.adapters.http_connections import Connections
from ingestion.adapters.http_replies import Reply
from ingestion.adapters.signed_service import Attempts, ErrorReply, SignedService, fault_told
from ingestion.adapters.signing import Request, Signer
from ingestion.adapters.tls import tls_context
from ingestion.ports import Clock

_ATTEMPTS: Final = Attempts(limit_s=6.0)
_CONTENT_TYPE: Final = {"content-type": "application/gzip"}
_SHA256: Final = "x-amz-meta-sha256"
_PRECONDITION_FAILED: Final = 412


def signed_bucket(
    name: str,
    environment: Mapping[str, str] = os.environ,
    credentials: CredentialsSource | None = None,
    clock: Clock | None = None,
) -> "SignedBucket":
    """A bucket as the environment leads to it; opens nothing yet.

    On AWS the bucket is part of the host, where its name can be; elsewhere of the path.
    """
    region = region_in(environment)
    endpoint = configured_endpoint("S3", environment)
    is_in_host = endpoint is None and "." not in name
    endpoint = endpoint or aws_endpoint(f"{name}.s3" if is_in_host else "s3", region)
    if not is_in_host:
        endpoint = replace(endpoint, base_path=f"{endpoint.base_path}/{name}")
    service = SignedService(
        Signer("s3", region, is_s3=True),
        Connections(endpoint, tls_context),
        credentials or credentials_source(environment),
        _ATTEMPTS,
        clock,
    )
    return SignedBucket(service)


class SignedBucket:
    """What the archive needs of a bucket; the bucket's own default encrypts what is put."""

    def __init__(self, service: SignedService) -> None:
        self._service = service

    def put(self, key: str, body: bytes, doing: str) -> None:
        """See `Bucket`."""
        try:
            self._call("PUT", key, _CONTENT_TYPE, body, doing)
        except ErrorReply as error:
            raise fault_told(error, doing) from None

    def put_if_absent(self, key: str, body: bytes, *, sha256: str, doing: str) -> bool:
        """See `Bucket`."""
        headers = {**_CONTENT_TYPE, "if-none-match": "*", _SHA256: sha256}
        try:
            self._call("PUT", key, headers, body, doing)
        except ErrorReply as error:
            if error.status != _PRECONDITION_FAILED:
                raise fault_told(error, doing) from None
            return self._sha256_of(key, doing) == sha256
        return True

    def _sha256_of(self, key: str, doing: str) -> str | None:
        try:
            return self._call("HEAD", key, {}, b"", doing).headers.get(_SHA256)
        except ErrorReply as error:
            raise fault_told(error, doing) from None

    def _call(
        self, method: str, key: str, headers: Mapping[str, str], body: bytes, doing: str
    ) -> Reply:
        path = "/" + quote(key, safe="/~")
        return self._service.call(Request(method, path, headers, body), doing)
