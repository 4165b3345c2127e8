"""Verdicts in DynamoDB: one item for each viewer and item, the later word stands."""

from typing import TYPE_CHECKING, Final

from ingestion.adapters.dynamodb import Condition, put_if
from ingestion.domain.feedback import Verdict

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

# The same verdict may be delivered again, so "not later" is `<=` for the same activity.
_UNLESS_A_LATER_ONE_STANDS: Final = (
    "attribute_not_exists(viewer) OR occurred_at_ms < :at"
    " OR (occurred_at_ms = :at AND activity_id <= :id)"
)


class DynamoVerdictStore:
    """Decides by a conditional write, so concurrent and repeated deliveries end alike."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def decide(self, verdict: Verdict) -> bool:
        """Keep the verdict unless a later one stands; see the port."""
        item: dict[str, AttributeValueTypeDef] = {
            "viewer": {"S": verdict.viewer},
            "item_id": {"S": verdict.item_id},
            "opinion": {"S": verdict.opinion},
            "occurred_at_ms": {"N": str(verdict.occurred_at_ms)},
            "activity_id": {"S": verdict.activity_id},
        }
        values = {":at": item["occurred_at_ms"], ":id": item["activity_id"]}
        condition = Condition(_UNLESS_A_LATER_ONE_STANDS, values)
        return put_if(self._client, self._table, item, condition)
