"""Personalize's users and items datasets by boto3."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ingestion.adapters.event_tracker import (
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    personalize_events_client,
)
from ingestion.adapters.refusals import refusals_told
from ingestion.domain.dataset import Dataset
from ingestion.domain.metadata_record import MetadataRecord
from ingestion.domain.put_metadata import PutMetadataCall

if TYPE_CHECKING:
    from types_boto3_personalize_events.client import PersonalizeEventsClient
    from types_boto3_personalize_events.type_defs import ItemTypeDef, UserTypeDef


def datasets_client() -> "PersonalizeEventsClient":
    """A client that tries once: who sends keeps a pace, which attempts unseen would break."""
    return personalize_events_client(concurrent_calls=len(Dataset), attempts=1)


class PersonalizeDatasets:
    """Sends planned calls with PutUsers and PutItems.

    They are all or nothing and answer nothing, and a record replaces the one of the same id.
    """

    def __init__(self, client: "PersonalizeEventsClient", arn_of: Callable[[Dataset], str]) -> None:
        self._client = client
        self._arn_of = arn_of

    @property
    def longest_call_s(self) -> float:
        """The timeouts of the one attempt."""
        return CONNECT_TIMEOUT_S + READ_TIMEOUT_S

    def put(self, call: PutMetadataCall) -> None:
        """Send one call; the errors are those of the port."""
        arn, records = self._arn_of(call.dataset), call.records
        match call.dataset:
            case Dataset.USERS:
                with refusals_told("PutUsers"):
                    self._client.put_users(datasetArn=arn, users=[_user(each) for each in records])
            case Dataset.ITEMS:
                with refusals_told("PutItems"):
                    self._client.put_items(datasetArn=arn, items=[_item(each) for each in records])


def _user(record: MetadataRecord) -> "UserTypeDef":
    return {"userId": record.record_id, "properties": record.properties}


def _item(record: MetadataRecord) -> "ItemTypeDef":
    return {"itemId": record.record_id, "properties": record.properties}
