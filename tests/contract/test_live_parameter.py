"""The port `LiveParameter`: fake and Systems Manager keep the same promises."""

from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from ingestion.adapters.live_parameter import Boto3LiveParameter, ssm_client
from ingestion.domain.errors import MisconfiguredError, TransientError
from ingestion.ports import LiveParameter
from moto import mock_aws

from tests.support.aws_faults import answering
from tests.support.live_parameter import FakeLiveParameter

NAME = "/stack/live"


class _World(Protocol):
    parameter: LiveParameter

    def write(self, text: str) -> None: ...


class LiveParameterContract:
    """What every live parameter does."""

    @pytest.fixture
    def world(self) -> _World:
        raise NotImplementedError

    def test_before_the_first_switch_there_is_nothing(self, world: _World) -> None:
        """And no fault."""
        assert world.parameter.read() is None

    def test_what_was_written_last_is_read(self, world: _World) -> None:
        """As it was written."""
        world.write('{"tracking_id":"ä"}')
        world.write('{"tracking_id":"b"}')
        assert world.parameter.read() == '{"tracking_id":"b"}'


class _FakeWorld:
    def __init__(self) -> None:
        self.parameter = FakeLiveParameter()

    def write(self, text: str) -> None:
        self.parameter.text = text


class TestFakeLiveParameter(LiveParameterContract):
    @pytest.fixture
    def world(self) -> _FakeWorld:
        return _FakeWorld()


class _SsmWorld:
    def __init__(self) -> None:
        self.ssm = ssm_client()
        self.parameter: Any = Boto3LiveParameter(self.ssm, NAME)

    def write(self, text: str) -> None:
        self.ssm.put_parameter(Name=NAME, Value=text, Type="String", Overwrite=True)


class TestBoto3LiveParameter(LiveParameterContract):
    @pytest.fixture
    def world(self) -> Iterator[_SsmWorld]:
        with mock_aws():
            yield _SsmWorld()

    @pytest.mark.parametrize(
        ("status", "code", "fault"),
        [
            (400, "ThrottlingException", TransientError),
            (500, "InternalServerError", TransientError),
            (400, "AccessDeniedException", MisconfiguredError),
        ],
    )
    def test_faults_are_told_apart(
        self, world: _SsmWorld, status: int, code: str, fault: type[Exception]
    ) -> None:
        """What passes, and what an operator must mend."""
        with answering(world.ssm, "GetParameter", status, code), pytest.raises(fault):
            world.parameter.read()
