"""The client of DynamoDB that the stores share."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient


def dynamodb_client() -> "DynamoDBClient":
    """A client that gives up in time for the batch to be delivered again."""
    config = Config(
        connect_timeout=1.0,
        read_timeout=2.0,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return boto3.client("dynamodb", config=config)  # pyright: ignore[reportUnknownMemberType]
