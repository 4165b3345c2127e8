"""Metadata records in DynamoDB: one item for each user and item, the later record stands."""

from typing import TYPE_CHECKING, Any, Final

from ingestion.adapters.aws_errors import translated
from ingestion.adapters.dynamodb import Condition, items_of, put_if
from ingestion.domain.dataset import Dataset
from ingestion.domain.metadata_record import MetadataRecord, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

# The same record may be delivered again, so "not later" is `<=` for the same fingerprint.
_UNLESS_A_LATER_ONE_STANDS: Final = (
    "attribute_not_exists(record_id) OR occurred_at_ms < :at"
    " OR (occurred_at_ms = :at AND fingerprint <= :fingerprint)"
)


class DynamoMetadataStore:
    """Decides by a conditional write, so concurrent and repeated deliveries end alike."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def decide(self, record: MetadataRecord) -> MetadataRecord:
        """Keep the record unless a later one stands; see the port."""
        item = _item(record)
        values = {":at": item["occurred_at_ms"], ":fingerprint": item["fingerprint"]}
        condition = Condition(_UNLESS_A_LATER_ONE_STANDS, values)
        if put_if(self._client, self._table, item, condition):
            return record
        return self.standing(record) or record

    def standing(self, record: MetadataRecord) -> MetadataRecord | None:
        """What stands now of the record's subject; see the port."""
        with translated("read metadata"):
            found = self._client.get_item(
                TableName=self._table,
                Key={"record_id": {"S": record.record_id}, "dataset": {"S": record.dataset}},
                # What another invocation decided before we sent must be seen (ADR 0020).
                ConsistentRead=True,
            )
        return _as_in(found["Item"], record) if "Item" in found else None


class DynamoStandingMetadata:
    """Since when records stand, many at a time; see the port.

    It takes what makes the client, not the client: where there is no metadata there is no table.
    """

    def __init__(self, client: "Callable[[], DynamoDBClient]", table: str) -> None:
        self._client = client
        self._table = table

    def told_at_ms(self, subjects: "Collection[Subject]") -> "Mapping[Subject, int]":
        """When that was told which stands; see the port."""
        if not subjects:
            return {}
        keys = ({"record_id": {"S": each}, "dataset": {"S": where}} for where, each in subjects)
        items = items_of(self._client(), self._table, keys, doing="read metadata")
        return {_subject_of(item): int(item["occurred_at_ms"]["N"]) for item in items}


def _subject_of(item: "Mapping[str, Mapping[str, str]]") -> Subject:
    return Dataset(item["dataset"]["S"]), item["record_id"]["S"]


def _item(record: MetadataRecord) -> "Mapping[str, AttributeValueTypeDef]":
    return {
        "record_id": {"S": record.record_id},
        "dataset": {"S": record.dataset},
        "properties": {"S": record.properties},
        "occurred_at_ms": {"N": str(record.occurred_at_ms)},
        "fingerprint": {"S": record.fingerprint},
    }


def _as_in(item: "Mapping[str, Mapping[str, Any]]", record: MetadataRecord) -> MetadataRecord:
    """The record that an item of the same subject holds."""
    return MetadataRecord(
        dataset=record.dataset,
        record_id=record.record_id,
        properties=item["properties"]["S"],
        occurred_at_ms=int(item["occurred_at_ms"]["N"]),
    )
