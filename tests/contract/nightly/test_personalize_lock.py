"""The lock of Personalize as a command takes it, over DynamoDB."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from nightly.adapters.lock_table import PersonalizeLock
from nightly.domain.errors import BusyError

TABLE = "locks"
EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:films-nightly:night-2026-11-24"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


class Clock:
    """The time, and which executions are under way."""

    def __init__(self) -> None:
        self.now = NOW
        self.running: set[str] = set()


@pytest.fixture
def client() -> Iterator[Any]:
    """A table of locks."""
    with mock_aws():
        found: Any = boto3.client("dynamodb", "eu-west-1")
        found.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield found


@pytest.fixture
def clock() -> Clock:
    """Nothing is under way."""
    return Clock()


@pytest.fixture
def lock(client: Any, clock: Clock) -> Callable[[str], PersonalizeLock]:
    """The lock of a command."""
    return lambda command: PersonalizeLock(
        client, clock.running.__contains__, TABLE, command, f"{command} films", lambda: clock.now
    )


def item(client: Any) -> dict[str, str]:
    """What the table says."""
    found = client.get_item(TableName=TABLE, Key={"name": {"S": "personalize"}}).get("Item", {})
    return {name: value["S"] for name, value in found.items()}


def held(client: Any, holder: str, **fields: str) -> None:
    """Somebody holds it."""
    values = {"name": "personalize", "holder": holder, "purpose": "night 2026-11-24", **fields}
    client.put_item(TableName=TABLE, Item={name: {"S": text} for name, text in values.items()})


def test_it_is_taken_renewed_and_given_back(
    client: Any, clock: Clock, lock: Callable[[str], PersonalizeLock]
) -> None:
    """As docs/nightly-state-machine.md asks of a command."""
    mine = lock("retire-films-v1")
    mine.take()
    assert item(client) == {
        "name": "personalize",
        "holder": "command:retire-films-v1",
        "purpose": "retire-films-v1 films",
        "taken_at": "2026-11-24T08:00:00Z",
        "expires_at": "2026-11-24T08:10:00Z",
    }
    clock.now += timedelta(minutes=9)
    mine.take()
    assert item(client)["expires_at"] == "2026-11-24T08:19:00Z"
    mine.release()
    assert item(client) == {}
    mine.release()


def test_a_night_that_works_is_left_alone(
    client: Any, clock: Clock, lock: Callable[[str], PersonalizeLock]
) -> None:
    """It is named; one that is over has not given back what it had."""
    held(client, EXECUTION, taken_at="2026-11-24T07:00:00Z")
    clock.running.add(EXECUTION)
    with pytest.raises(BusyError, match="night 2026-11-24, since 2026-11-24T07:00:00Z"):
        lock("retire").take()
    lock("retire").release()
    assert item(client)["holder"] == EXECUTION
    clock.running.clear()
    lock("retire").take()
    assert item(client)["holder"] == "command:retire"


@pytest.mark.parametrize(
    ("expires_at", "is_free"),
    [("2026-11-24T07:59:59Z", True), ("2026-11-24T08:00:00Z", False), ("", False)],
)
def test_another_command_holds_it_by_the_clock(
    client: Any,
    lock: Callable[[str], PersonalizeLock],
    expires_at: str,
    is_free: bool,  # noqa: FBT001
) -> None:
    """It cannot be asked whether it lives."""
    held(client, "command:erase", **({"expires_at": expires_at} if expires_at else {}))
    if is_free:
        lock("retire").take()
    else:
        with pytest.raises(BusyError, match="since a moment ago"):
            lock("retire").take()
    assert (item(client)["holder"] == "command:retire") is is_free
