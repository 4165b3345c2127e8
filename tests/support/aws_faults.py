"""Faults of AWS, injected under boto3 where a reply would come from the network."""

from collections.abc import Generator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders
from botocore.exceptions import ReadTimeoutError


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: object) -> Generator[bytes]:
        yield self._content

    def read(self, *_: object) -> bytes:
        content, self._content = self._content, b""
        return content


def _reply(request: Any, status: int, code: str) -> AWSResponse:
    """An error reply in the protocol that the request speaks."""
    if "x-amz-target" in {name.lower() for name in request.headers} or "/events" in request.url:
        body = f'{{"__type": "{code}", "message": "injected"}}'
    else:
        body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
    headers = HTTPHeaders()
    headers["x-amzn-errortype"] = code
    return AWSResponse(request.url, status, headers, _Body(body.encode()))


@contextmanager
def answering(client: Any, operation: str, status: int, code: str) -> Generator[list[Any]]:
    """Every call of an operation is answered with an error; yields the requests made."""
    requests: list[Any] = []

    def answer(request: Any, **_: object) -> AWSResponse:
        requests.append(request)
        return _reply(request, status, code)

    with _before_send(client, operation, answer), without_waits():
        yield requests


@contextmanager
def losing_the_reply_of(client: Any, operation: str) -> Generator[None]:
    """The first call of an operation is carried out, and its reply is lost on the way."""
    lost: list[bool] = []
    send = client._endpoint.http_session.send  # noqa: SLF001

    def answer(request: Any, **_: object) -> AWSResponse | None:
        if lost:
            return None
        lost.append(True)
        _carry_out(request, send)
        raise ReadTimeoutError(endpoint_url=request.url)

    with _before_send(client, operation, answer), without_waits():
        yield


@contextmanager
def without_waits() -> Generator[None]:
    """Botocore's attempts follow each other at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
        yield


def _carry_out(request: Any, send: Any) -> None:
    # Under moto the reply is made by a handler of the same event; elsewhere by the network.
    from moto.core.botocore_stubber import BotocoreStubber  # noqa: PLC0415
    from moto.core.models import botocore_stubber  # noqa: PLC0415

    assert isinstance(botocore_stubber, BotocoreStubber)
    if botocore_stubber(event_name="before-send", request=request) is None:
        send(request)


@contextmanager
def _before_send(client: Any, operation: str, answer: Any) -> Generator[None]:
    service = client.meta.service_model.service_id.hyphenize()
    event = f"before-send.{service}.{operation}"
    client.meta.events.register_first(event, answer)
    try:
        yield
    finally:
        client.meta.events.unregister(event, answer)
