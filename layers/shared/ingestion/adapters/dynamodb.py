"""What the stores in DynamoDB share: the client, and the write that is made on a condition."""

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ingestion.adapters.aws_errors import code_of, translated
from ingestion.domain.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

# BatchGetItem: at most 100 items a call (API reference); above 16 MB it answers with a part.
_KEYS_PER_READ: Final = 100


def dynamodb_client() -> "DynamoDBClient":
    """A client that gives up in time for the batch to be delivered again."""
    config = Config(
        connect_timeout=1.0,
        read_timeout=2.0,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return boto3.client("dynamodb", config=config)  # pyright: ignore[reportUnknownMemberType]


@dataclass(frozen=True, slots=True)
class Condition:
    """On what an item may be written; DynamoDB looks and writes in one step."""

    expression: str
    values: "Mapping[str, AttributeValueTypeDef]"


def put_if(
    client: "DynamoDBClient",
    table: str,
    item: "Mapping[str, AttributeValueTypeDef]",
    condition: Condition,
) -> bool:
    """Write an item if the condition holds, and say whether it did.

    Raises:
        TransientError, MisconfiguredError: See `aws_errors`.
    """
    with translated(f"write to {table}"):
        try:
            client.put_item(
                TableName=table,
                Item=item,
                ConditionExpression=condition.expression,
                ExpressionAttributeValues=condition.values,
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
    return True


def items_of(
    client: "DynamoDBClient",
    table: str,
    keys: "Iterable[Mapping[str, Mapping[str, str]]]",
    *,
    doing: str,
) -> "Iterator[dict[str, Any]]":
    """The items that there are of these keys, each key once; reads consistently and in batches.

    Args:
        client: Of DynamoDB.
        table: Its name.
        keys: With their types, as DynamoDB takes them.
        doing: What for, as errors name it.

    Raises:
        TransientError, MisconfiguredError: See `aws_errors`.
    """
    for some in batched(keys, _KEYS_PER_READ, strict=False):
        yield from _read(client, table, some, doing)


def _read(
    client: "DynamoDBClient",
    table: str,
    keys: "Sequence[Mapping[str, Mapping[str, str]]]",
    doing: str,
) -> list[dict[str, Any]]:
    """Up to 100 items; what one call leaves unread is asked for again while there is any."""
    asked: dict[str, Any] = {table: {"Keys": list(keys), "ConsistentRead": True}}
    found: list[dict[str, Any]] = []
    while asked:
        with translated(doing):
            answer = client.batch_get_item(RequestItems=asked)
        read = answer["Responses"].get(table, [])
        asked = dict(answer["UnprocessedKeys"])
        found += read
        if asked and not read:
            message = f"{doing}: nothing was processed"
            raise TransientError(message)
    return found
