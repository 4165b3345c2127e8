"""What the stores in DynamoDB share: the client, and the write that is made on a condition."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ingestion.adapters.aws_errors import code_of, translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef


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
