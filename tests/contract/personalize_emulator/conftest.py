"""The two doors to the emulator: its own method, and boto3 through moto."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from local.moto_extensions import personalize
from local.personalize import EmulatedError, PersonalizeEmulator

ACCOUNT = "123456789012"
REGION = "eu-west-1"


class RefusedError(Exception):
    """An error as a caller sees it, whichever door they took."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{code} ({status}): {message}")
        self.code = code
        self.status = status
        self.message = message


class Door(Protocol):
    """A way to call the emulator."""

    emulator: PersonalizeEmulator

    def __call__(self, service: str, operation: str, **parameters: Any) -> Any:
        """Calls an operation.

        Raises:
            RefusedError: Where the emulator refuses.
        """
        ...


class CoreDoor:
    """Calls the emulator itself."""

    def __init__(self) -> None:
        self.emulator = personalize.default_emulator(ACCOUNT, REGION)

    def __call__(self, service: str, operation: str, **parameters: Any) -> Any:
        try:
            return self.emulator.handle(service, operation, parameters)
        except EmulatedError as error:
            raise RefusedError(error.code, error.http_status, error.message) from error


class MotoDoor:
    """Calls it as an application does, with boto3's own checks switched off."""

    def __init__(self) -> None:
        self.emulator = personalize.emulator(ACCOUNT, REGION)
        self._config = Config(parameter_validation=False, retries={"total_max_attempts": 1})

    def __call__(self, service: str, operation: str, **parameters: Any) -> Any:
        make: Any = boto3.client  # its stubs know services by literal names only
        client = make(service, region_name=REGION, config=self._config)
        try:
            answer = getattr(client, xform_name(operation))(**parameters)
        except ClientError as error:
            metadata, told = (
                error.response.get("ResponseMetadata", {}),
                error.response.get("Error", {}),
            )
            status = metadata.get("HTTPStatusCode", 0)
            raise RefusedError(told.get("Code", ""), status, told.get("Message", "")) from error
        del answer["ResponseMetadata"]
        return plain(answer)


def plain(value: Any) -> Any:
    """Turns the times boto3 has parsed into epoch seconds again."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.timestamp() if isinstance(value, datetime) else value


@pytest.fixture
def aws() -> Iterator[None]:
    """AWS by moto, Personalize by the emulator."""
    personalize.register()
    with mock_aws():
        yield


@pytest.fixture(params=[CoreDoor, MotoDoor])
def door(request: pytest.FixtureRequest, aws: None) -> Door:
    """Each door in turn; S3 is moto's behind both."""
    del aws
    return request.param()
