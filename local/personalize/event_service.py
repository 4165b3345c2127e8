"""PutEvents, PutUsers and PutItems."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final
from uuid import uuid4

from local.personalize.errors import Refusal, not_found, refused
from local.personalize.events import rows_of, suspicions
from local.personalize.group_data import GroupData
from local.personalize.imports import ID_COLUMN, Dataset, record_of
from local.personalize.interactions import InteractionStore, Receipt, interaction_of
from local.personalize.rates import CallRate
from local.personalize.record_rows import record_row
from local.personalize.records import RecordStore
from local.personalize.resource import DATASET, EVENT_TRACKER, Resource
from local.personalize.schema_text import INTERACTIONS, ITEMS, USERS
from local.personalize.service_model import Body
from local.personalize.state import State

# dataset type -> the member that lists the records, and the member that identifies one.
RECORD_MEMBERS: Final[Mapping[str, tuple[str, str]]] = {
    USERS: ("users", "userId"),
    ITEMS: ("items", "itemId"),
}


def event_service(state: State) -> Mapping[str, Callable[[Body], Body]]:
    """Builds the operations of the service `personalize-events` by name."""
    rate = CallRate(state.clock, state.quotas.record_calls_per_second)
    return {
        "PutEvents": partial(put_events, state),
        "PutUsers": partial(put_records, state, rate, USERS),
        "PutItems": partial(put_records, state, rate, ITEMS),
    }


def tracker_of(state: State, tracking_id: str) -> Resource | None:
    """Finds the tracker that issued a tracking id."""
    for tracker in state.of_kind(EVENT_TRACKER):
        if tracker.attributes["trackingId"] == tracking_id:
            return tracker
    return None


def put_events(state: State, parameters: Body) -> Body:
    """Takes the events of one user and session; the answer is empty, as AWS's is.

    Raises:
        EmulatedError: InvalidInputException, and then nothing was taken.
    """
    tracker = usable_tracker(state, parameters["trackingId"])
    dataset = GroupData(state, tracker.attributes["datasetGroupArn"]).dataset(INTERACTIONS)
    if dataset is None or not isinstance(dataset.store, InteractionStore):
        text = "The dataset group has no item interactions dataset to record events in."
        raise refused(Refusal.NO_INTERACTIONS_DATASET, text)
    rows = rows_of(parameters, dataset.schema, state.quotas)
    reasons = list(suspicions(parameters, state.clock()))
    receipts = [
        record(dataset.store, parameters, event, row)
        for event, row, reason in zip(parameters["eventList"], rows, reasons, strict=True)
        if reason is None
    ]
    tracker.content.accept(receipts, filter(None, reasons))
    return {}


def record(store: InteractionStore, parameters: Body, event: Body, row: Body) -> Receipt:
    """Puts one event into the dataset."""
    row["USER_ID"] = parameters.get("userId")
    # Personalize makes an id for an event without one (API model, eventId).
    event_id = event.get("eventId") or str(uuid4())
    return store.record(interaction_of(row, session_id=parameters["sessionId"], event_id=event_id))


def usable_tracker(state: State, tracking_id: str) -> Resource:
    """Finds the tracker of a call.

    Raises:
        EmulatedError: InvalidInputException for an id nobody issued or a tracker not yet ACTIVE.
    """
    tracker = tracker_of(state, tracking_id)
    if tracker is None:
        raise refused(Refusal.UNKNOWN_TRACKING_ID, "The tracking id is not valid.")
    if not tracker.is_active:
        text = f"The event tracker is {tracker.transition.status}, not ACTIVE."
        raise refused(Refusal.TRACKER_NOT_ACTIVE, text)
    return tracker


def put_records(state: State, rate: CallRate, dataset_type: str, parameters: Body) -> Body:
    """Adds or replaces users or items one by one.

    Raises:
        EmulatedError: Among others ThrottlingException; a group has one dataset of each type, so
            the rate of a dataset is that of the operation in its group.
    """
    rate.spend(parameters["datasetArn"])
    resource = state.get_active(DATASET, parameters["datasetArn"])
    held: Dataset = resource.content
    if held.dataset_type != dataset_type or not isinstance(held.store, RecordStore):
        raise not_found(resource.arn)
    members, id_member = RECORD_MEMBERS[dataset_type]
    id_column = ID_COLUMN[dataset_type]
    rows = [
        {**record_row(each, held.schema, state.quotas, id_column), id_column: each[id_member]}
        for each in parameters[members]
    ]
    held.store.put(record_of(row, id_column, is_streamed=True) for row in rows)
    return {}
