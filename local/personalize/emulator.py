"""The emulator's entrance: one lock, one clock, one table of operations."""

import time
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Final

from local.personalize.control_plane import control_plane
from local.personalize.counters import Tally, TrackerCounters
from local.personalize.errors import EmulatedError, Refusal, refused
from local.personalize.event_service import event_service, tracker_of
from local.personalize.exports import S3Writer, no_s3
from local.personalize.faults import Faults
from local.personalize.group_data import GroupData
from local.personalize.imports import S3Reader
from local.personalize.interactions import Interaction
from local.personalize.lifecycle import Progress
from local.personalize.metric_attributions import Report, report
from local.personalize.quotas import Quotas
from local.personalize.records import Record, RecordStore
from local.personalize.resource import DATASET, DATASET_GROUP, EVENT_TRACKER, METRIC_ATTRIBUTION
from local.personalize.runtime import runtime
from local.personalize.service_model import Body, Json, operation_model
from local.personalize.state import State
from local.personalize.validation import validate

DEFAULT_ACCOUNT: Final = "123456789012"
DEFAULT_REGION: Final = "us-east-1"
AT_ONCE: Final = Progress()
REAL_QUOTAS: Final = Quotas()

type Operation = Callable[[Body], Body]


class PersonalizeEmulator:
    """Amazon Personalize of one account and region, in memory. Safe for threads.

    Attributes:
        faults: Faults to inject, into PutEvents above all.
    """

    def __init__(  # noqa: PLR0913 - keyword arguments, all but the first with a default
        self,
        *,
        s3_reader: S3Reader,
        s3_writer: S3Writer = no_s3,
        clock: Callable[[], float] = time.time,
        progress: Progress = AT_ONCE,
        quotas: Quotas = REAL_QUOTAS,
        account_id: str = DEFAULT_ACCOUNT,
        region: str = DEFAULT_REGION,
    ) -> None:
        """Starts empty.

        Args:
            s3_reader: Reads what dataset import jobs name.
            s3_writer: Writes what dataset export jobs make.
            clock: Gives epoch seconds; statuses progress by it.
            progress: How long creations, updates and deletions take.
            quotas: The service's quotas and minimums.
            account_id: The account in ARNs.
            region: The region in ARNs.
        """
        self.faults = Faults()
        self._lock = RLock()
        self._read = s3_reader
        self._progress = progress
        self._unknown_trackers = Tally()
        self._state = State(
            account_id=account_id, region=region, clock=clock, progress=progress, quotas=quotas
        )
        self._operations: Mapping[str, Mapping[str, Operation]] = {
            "personalize": control_plane(self._state, s3_reader, s3_writer),
            "personalize-events": event_service(self._state),
            "personalize-runtime": runtime(self._state),
        }

    def handle(self, service: str, operation: str, parameters: Json) -> Body:
        """Answers one call.

        Args:
            service: "personalize", "personalize-events" or "personalize-runtime".
            operation: The operation's name in the service model, "PutEvents".
            parameters: The decoded body of the request; times are epoch seconds.

        Returns:
            The body of the answer; times are epoch seconds.

        Raises:
            EmulatedError: Where AWS would answer with an error.
        """
        run = self._operations.get(service, {}).get(operation)
        if run is None:
            raise unsupported(service, operation)
        if not isinstance(parameters, dict):
            raise refused(Refusal.WRONG_TYPE, "The request must be a JSON object.")
        with self._lock:
            self._state.settle()
            self._fail_operation_if_told(operation)
            if operation == "PutEvents":
                return self._put_events(run, parameters)
            if service == "personalize-events":
                self._fail_if_told(parameters)
            validate(service, operation, parameters)
            answer = run(parameters)
            self._state.settle()
            return answer

    def counters(self, tracking_id: str) -> TrackerCounters:
        """Counts what happened at one event tracker; all zero for an unknown tracking id."""
        with self._lock:
            tracker = tracker_of(self._state, tracking_id)
            return (tracker.content if tracker else Tally()).snapshot()

    def all_counters(self) -> dict[str, TrackerCounters]:
        """Counts what happened at every event tracker, by its name."""
        with self._lock:
            trackers = self._state.of_kind(EVENT_TRACKER)
            return {tracker.name: tracker.content.snapshot() for tracker in trackers}

    def unknown_tracker_counters(self) -> TrackerCounters:
        """Counts the calls that named no tracker of ours."""
        with self._lock:
            return self._unknown_trackers.snapshot()

    def interactions(self, dataset_group_arn: str) -> list[Interaction]:
        """Lists what a training of the group would see now, before event types are selected."""
        with self._lock:
            self._state.settle()
            self._state.get(DATASET_GROUP, dataset_group_arn)
            return GroupData(self._state, dataset_group_arn).interactions.for_training()

    def event_ids(self) -> frozenset[str]:
        """Lists the ids of the events that all dataset groups took."""
        with self._lock:
            groups = self._state.of_kind(DATASET_GROUP)
            held = (GroupData(self._state, group.arn).interactions.event_ids for group in groups)
            return frozenset[str]().union(*held)

    def metric_report(self, metric_attribution_arn: str) -> Report:
        """Adds up what CloudWatch would show of a metric attribution, by metric and source."""
        with self._lock:
            self._state.settle()
            return report(self._state, self._state.get(METRIC_ATTRIBUTION, metric_attribution_arn))

    def records(self, dataset_arn: str) -> list[Record]:
        """Lists the users or items of a dataset."""
        with self._lock:
            self._state.settle()
            store = self._state.get(DATASET, dataset_arn).content.store
            return list(store.records.values()) if isinstance(store, RecordStore) else []

    def complete(self, arn: str) -> None:
        """Ends whatever a resource is going through at once, as CloudFormation waits for it."""
        with self._lock:
            resource = self._state.resources.get(arn)
            if resource is not None:
                resource.transition.complete()
            if resource is not None and resource.update is not None:
                resource.update.transition.complete()

    def exists(self, arn: str) -> bool:
        """Tells whether there is a resource of this ARN."""
        with self._lock:
            return arn in self._state.resources

    def reset(self) -> None:
        """Forgets everything, injected faults included."""
        with self._lock:
            self._state.clear()
            self._unknown_trackers = Tally()
            self._state.progress = self._progress
            self.faults.clear()

    def complete_all(self) -> None:
        """Ends whatever any resource is going through at once."""
        for arn in list(self._state.resources):
            self.complete(arn)

    def take_time(self, progress: Progress) -> None:
        """Says how long whatever begins from now on takes."""
        with self._lock:
            self._state.progress = progress

    def _fail_operation_if_told(self, operation: str) -> None:
        fault = self.faults.strike_operation(operation)
        if fault is not None:
            raise fault

    def _fail_if_told(self, parameters: Body) -> None:
        fault = self.faults.strike(parameters)
        if fault is not None:
            raise fault

    def _put_events(self, run: Operation, parameters: Body) -> Body:
        """Takes events and counts what became of them, whatever that is."""
        tally = self._tally(parameters.get("trackingId"))
        tally.calls += 1
        fault = self.faults.strike(parameters)
        if fault is not None:
            tally.failed[fault.code] += 1
            raise fault
        try:
            validate("personalize-events", "PutEvents", parameters)
            return run(parameters)
        except EmulatedError as error:
            tally.refused[error.reason or error.code] += 1
            raise

    def _tally(self, tracking_id: object) -> Tally:
        tracker = tracker_of(self._state, tracking_id) if isinstance(tracking_id, str) else None
        return tracker.content if tracker else self._unknown_trackers


def unsupported(service: str, operation: str) -> EmulatedError:
    """Builds the error for an operation the emulator lacks, or AWS itself."""
    is_real = operation_model(service, operation) is not None
    text = "is not emulated" if is_real else "does not exist"
    return EmulatedError("UnknownOperationException", f"{service}:{operation} {text}.")
