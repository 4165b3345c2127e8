"""Send metadata records at the pace that Personalize allows, until what stands is what it has.

Personalize replaces a record without asking which one is newer, and two invocations may hold two
versions of the same user. So the store decides what stands, an invocation sends what stands, and
once it is sent asks again: whoever sends last has asked last (ADR 0020).
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ingestion.application.bisecting import Gate, Sent, send_or_bisect
from ingestion.application.side_by_side import side_by_side
from ingestion.domain.dataset import Dataset
from ingestion.domain.errors import MisconfiguredError, TransientError
from ingestion.domain.metadata_record import MetadataRecord
from ingestion.domain.put_metadata import DatasetLane, PutMetadataCall, plan_put_metadata
from ingestion.ports import MetadataDatasets, MetadataStore, Pace, TimeLeft

# Each attempt keeps the pace. More would only add to the load; the queue delivers again.
_ATTEMPTS: Final = 3
# What one does at once with the store, which has no pace.
AT_ONCE: Final = 8

type SentRecords = Sent[MetadataRecord]


@dataclass(frozen=True, slots=True)
class MetadataSender:
    """Where records go, and how fast.

    Attributes:
        paces: One for each dataset, as PutUsers and PutItems have a quota each.
    """

    datasets: MetadataDatasets
    store: MetadataStore
    paces: Mapping[Dataset, Pace]

    @property
    def longest_call_s(self) -> float:
        """All attempts, and what they wait for each other."""
        slowest_s = max(pace.longest_wait_s for pace in self.paces.values())
        return _ATTEMPTS * (self.datasets.longest_call_s + slowest_s)


def send_metadata(
    records: Sequence[MetadataRecord], *, sender: MetadataSender, time_left: TimeLeft
) -> SentRecords:
    """Send records, and what overtook them meanwhile, as far as time and Personalize allow.

    Returns:
        What became of them. A record that was overtaken after it was sent is among the recorded,
        beside the one that overtook it.

    Raises:
        TransientError: The store cannot be reached: nobody knows what stands.
        MisconfiguredError: A dataset took nothing and refused something; see `send_all`.
    """
    gate = Gate(time_left, sender.longest_call_s)
    sent, due = Sent[MetadataRecord](), records
    while due:
        latest = _send_once(due, sender, gate)
        sent += latest
        due = _overtaking(latest.recorded, sender.store)
    _check_configuration(sent)
    return sent


def _send_once(
    records: Iterable[MetadataRecord], sender: MetadataSender, gate: Gate
) -> SentRecords:
    def send(lane: DatasetLane) -> SentRecords:
        return sum((_send_call(call, sender, gate) for call in lane), Sent[MetadataRecord]())

    lanes = plan_put_metadata(records)
    return sum(side_by_side(send, lanes, at_once=len(lanes)), Sent[MetadataRecord]())


def _send_call(call: PutMetadataCall, sender: MetadataSender, gate: Gate) -> SentRecords:
    def send(records: tuple[MetadataRecord, ...]) -> None:
        _put(PutMetadataCall(call.dataset, records), sender)

    return send_or_bisect(call.records, send, gate)


def _put(call: PutMetadataCall, sender: MetadataSender) -> None:
    """Send one call; what is not possible now is tried again, at the same pace as all calls."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(TransientError):
            return _put_at_pace(call, sender)
    return _put_at_pace(call, sender)


def _put_at_pace(call: PutMetadataCall, sender: MetadataSender) -> None:
    sender.paces[call.dataset].wait()
    sender.datasets.put(call)


def _overtaking(
    records: Sequence[MetadataRecord], store: MetadataStore
) -> Sequence[MetadataRecord]:
    """What stands now of the subjects whose record was overtaken while it was sent."""
    standing = side_by_side(store.standing, records, at_once=AT_ONCE)
    return [
        now
        for record, now in zip(records, standing, strict=True)
        if now is not None and now.order > record.order
    ]


def _check_configuration(sent: SentRecords) -> None:
    taken = {record.dataset for record in sent.recorded}
    for dataset in {record.dataset for record in sent.refused} - taken:
        error = f"Personalize refused all records for the dataset of {dataset}"
        raise MisconfiguredError(error)
