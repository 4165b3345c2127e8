"""Faults of S3 and DynamoDB, injected in front of moto: outages and throttles of a service."""

import json
import re
import threading
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from wsgiref.types import WSGIEnvironment

# The service as the client signed for it: Credential=<key>/<date>/<region>/<service>/aws4_request.
_SCOPE: Final = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")


class Fault:
    """An answer that a service gives instead of doing what it was asked for."""

    def __init__(self, status: str, content_type: str, body: bytes) -> None:
        self.status = status
        self.headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
        self.body = body


def _s3(status: str, code: str, text: str) -> Fault:
    body = f"<Error><Code>{code}</Code><Message>{text}</Message></Error>"
    return Fault(status, "application/xml", body.encode())


def _dynamodb(status: str, code: str, text: str) -> Fault:
    document = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": text}
    return Fault(status, "application/x-amz-json-1.0", json.dumps(document).encode())


# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "s3": _s3("503 Slow Down", "SlowDown", "Please reduce your request rate."),
        "dynamodb": _dynamodb(
            "500 Internal Server Error", "InternalServerError", "The request could not be processed"
        ),
    }
)


class ServiceFaults:
    """Which services fail now. Safe for threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._failing: set[str] = set()
        self._struck: Counter[str] = Counter()

    def struck(self, service: str) -> int:
        """Say how many requests to a service were answered with a fault."""
        with self._lock:
            return self._struck[service]

    def begin(self, service: str) -> None:
        """Let every request to a service fail, `s3` or `dynamodb`, until the fault ends.

        Raises:
            KeyError: It is neither.
        """
        if service not in FAULTS:
            raise KeyError(service)
        with self._lock:
            self._failing.add(service)

    def end(self, service: str) -> None:
        """Let a service work again."""
        with self._lock:
            self._failing.discard(service)

    def strike(self, environ: WSGIEnvironment) -> Fault | None:
        """Give the fault that a request meets, if its service fails now."""
        if not self._failing:
            return None
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        service = scope.group(1) if scope else ""
        with self._lock:
            if service not in self._failing:
                return None
            self._struck[service] += 1
        return FAULTS[service]
