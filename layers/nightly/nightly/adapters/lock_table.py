"""The lock of Personalize, as a command holds it (docs/nightly-state-machine.md, "The lock")."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from nightly.domain.errors import BusyError

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

_KEY: Final[Mapping[str, Any]] = {"name": {"S": "personalize"}}
# A command that was killed gives nothing back; one that works renews it with each look.
_HOLD: Final = timedelta(minutes=10)
_TAKEN: Final = "ConditionalCheckFailedException"


class PersonalizeLock:
    """An item of the table of locks; see the port `Lock`.

    Args:
        is_running: Whether an execution is under way, by its ARN.
        command: Who takes it. The same command started again has it at once.
        purpose: What for, in words for people.
        now: The time in UTC.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is another thing, and one place makes it
        self,
        client: "DynamoDBClient",
        is_running: Callable[[str], bool],
        table: str,
        command: str,
        purpose: str,
        now: Callable[[], datetime],
    ) -> None:
        self._dynamodb = client
        self._is_running = is_running
        self._table = table
        self._me = f"command:{command}"
        self._purpose = purpose
        self._now = now

    @classmethod
    def of_environment(
        cls, table: str, is_running: Callable[[str], bool], command: str, purpose: str
    ) -> "PersonalizeLock":
        """With the credentials and the endpoint of the environment."""
        client = boto3.client("dynamodb")  # pyright: ignore[reportUnknownMemberType]
        return cls(client, is_running, table, command, purpose, lambda: datetime.now(UTC))

    def take(self) -> None:
        """See the port."""
        if self._taken("attribute_not_exists(holder) OR holder = :me", {}):
            return
        item = self._dynamodb.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)
        found = {name: value.get("S", "") for name, value in item.get("Item", {}).items()}
        holder = found.get("holder", "")
        is_over = self._is_over(holder, found.get("expires_at", ""))
        if not is_over or not self._taken("holder = :gone", {":gone": {"S": holder}}):
            error = (
                f"another process works on Personalize: {found.get('purpose', holder)}, since"
                f" {found.get('taken_at', 'a moment ago')}"
            )
            raise BusyError(error)

    def release(self) -> None:
        """See the port."""
        try:
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=_KEY,
                ConditionExpression="holder = :me",
                ExpressionAttributeValues={":me": {"S": self._me}},
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _TAKEN:
                raise

    def _taken(self, condition: str, values: Mapping[str, Any]) -> bool:
        now = self._now()
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_KEY,
                UpdateExpression=(
                    "SET holder = :me, taken_at = :now, purpose = :purpose, expires_at = :end"
                ),
                ConditionExpression=condition,
                ExpressionAttributeValues={
                    ":me": {"S": self._me},
                    ":now": {"S": _text(now)},
                    ":purpose": {"S": self._purpose},
                    ":end": {"S": _text(now + _HOLD)},
                    **values,
                },
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _TAKEN:
                raise
            return False
        return True

    def _is_over(self, holder: str, expires_at: str) -> bool:
        """Whether the holder is gone: an execution can be asked, of a command the clock says it."""
        if not holder.startswith("arn:"):
            return bool(expires_at) and expires_at < _text(self._now())
        return not self._is_running(holder)


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
