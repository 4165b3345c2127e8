"""Our limits are those of the service model that runs: read from botocore, not remembered."""

from collections.abc import Mapping

import botocore.session
import pytest
from botocore.model import ListShape, ServiceModel, Shape, StructureShape
from ingestion.domain import activity, put_events, put_metadata
from ingestion.domain.dataset import Dataset


def input_of(operation: str) -> StructureShape:
    loader = botocore.session.get_session().get_component("data_loader")
    model = ServiceModel(loader.load_service_model("personalize-events", "service-2"))
    shape = model.operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


@pytest.fixture(scope="module")
def call() -> StructureShape:
    """The input of PutEvents."""
    return input_of("PutEvents")


def most(shape: Shape) -> object:
    return shape.metadata["max"]


def members(shape: object) -> Mapping[str, Shape]:
    assert isinstance(shape, StructureShape)
    return shape.members


def test_limits_of_a_call(call: StructureShape) -> None:
    """Ten events, one user, one session."""
    assert most(call.members["eventList"]) == put_events.MAX_EVENTS_PER_CALL
    assert most(call.members["sessionId"]) == put_events.MAX_ID_CHARACTERS
    assert most(call.members["userId"]) == put_events.MAX_ID_CHARACTERS


def test_limits_of_an_event(call: StructureShape) -> None:
    """Ids, recommendation id, impressions and attribution source."""
    events = call.members["eventList"]
    assert isinstance(events, ListShape)
    event = members(events.member)
    for name in ("eventId", "eventType", "itemId"):
        assert most(event[name]) == put_events.MAX_ID_CHARACTERS
    assert most(event["recommendationId"]) == put_events.MAX_RECOMMENDATION_ID_CHARACTERS
    assert most(event["impression"]) == put_events.MAX_IMPRESSIONS == activity.MAX_IMPRESSIONS
    assert most(event["properties"]) == put_events.MAX_PROPERTIES_CHARACTERS
    source = members(event["metricAttribution"])["eventAttributionSource"]
    assert most(source) == put_events.MAX_EVENT_SOURCE_CHARACTERS


@pytest.mark.parametrize(
    ("operation", "dataset", "id_member"),
    [("PutUsers", Dataset.USERS, "userId"), ("PutItems", Dataset.ITEMS, "itemId")],
)
def test_limits_of_users_and_items(operation: str, dataset: Dataset, id_member: str) -> None:
    """Ten records, their ids, and their properties, which differ between the two."""
    records = input_of(operation).members[dataset]
    assert isinstance(records, ListShape)
    record = members(records.member)
    assert most(records) == put_metadata.MAX_RECORDS_PER_CALL
    assert most(record[id_member]) == put_metadata.MAX_ID_CHARACTERS
    assert most(record["properties"]) == put_metadata.MAX_PROPERTIES_CHARACTERS[dataset]
