"""Record who users are and what items are: profiles and catalogue entries → the two datasets."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ingestion.application.deriving import guarded
from ingestion.application.outcome import Disposition, Outcome
from ingestion.application.sending_metadata import (
    AT_ONCE,
    MetadataSender,
    SentRecords,
    send_metadata,
)
from ingestion.application.side_by_side import side_by_side
from ingestion.domain.archive import ActivityBatch
from ingestion.domain.message import Message
from ingestion.domain.metadata_record import (
    MetadataRecord,
    MetadataRules,
    derive_metadata,
    newest,
)
from ingestion.domain.put_metadata import broken_limit
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.ports import ActivityArchive, RejectionStore, TimeLeft


@dataclass(frozen=True, slots=True)
class MetadataPorts:
    """What metadata needs of the world."""

    sender: MetadataSender
    activities: ActivityArchive
    rejections: RejectionStore


@dataclass(frozen=True, slots=True)
class _Told:
    """A valid message and the record it makes; None where the user forbade to make one."""

    message: Message
    record: MetadataRecord | None


def record_metadata(
    messages: Sequence[Message],
    *,
    rules: MetadataRules,
    ports: MetadataPorts,
    time_left: TimeLeft,
) -> Outcome:
    """Record the metadata of one batch of the queue.

    What is sent is what stands, not what was told: a message that a later one has overtaken sends
    the later one, so that a delivery which broke off is made good by the next.

    Raises:
        TransientError: Archive or store cannot be reached; the batch is delivered again.
        MisconfiguredError: See `send_metadata`; likewise.
    """
    raw = [ActivityBatch((message,)) for message in messages]
    side_by_side(ports.activities.store, raw, at_once=AT_ONCE)
    results = [guarded(partial(_tell, rules=rules), message) for message in messages]
    told = [result for result in results if isinstance(result, _Told)]
    records = newest(each.record for each in told if each.record is not None)
    standing = side_by_side(ports.sender.store.decide, records, at_once=AT_ONCE)
    sent = send_metadata(standing, sender=ports.sender, time_left=time_left)
    rejections = [
        *(result for result in results if isinstance(result, Rejection)),
        *_refused(told, sent),
    ]
    ports.rejections.store(rejections)
    ends = _ends(told, sent)
    ends |= {rejection.message.id: Disposition.REJECTED for rejection in rejections}
    return Outcome(
        dispositions=tuple((message, ends[message.id]) for message in messages),
        rejections=Counter(rejection.reason for rejection in rejections),
        recorded=len(sent.recorded),
        calls=sent.calls,
    )


def _tell(message: Message, rules: MetadataRules) -> _Told | Rejection:
    record = derive_metadata(message, rules)
    if isinstance(record, Rejection):
        return record
    limit = None if record is None else broken_limit(record)
    if limit is not None:
        return Rejection(message, RejectionReason.PERSONALIZE_LIMIT, limit)
    return _Told(message, record)


def _refused(told: Sequence[_Told], sent: SentRecords) -> list[Rejection]:
    """The messages whose own record Personalize refused; what overtook one is another's fault."""
    refused = set(sent.refused)
    return [
        Rejection(each.message, RejectionReason.PERSONALIZE_INVALID, each.record.dataset)
        for each in told
        if each.record is not None and each.record in refused
    ]


def _ends(told: Sequence[_Told], sent: SentRecords) -> dict[str, Disposition]:
    """Where each valid message ends, as far as Personalize refused nothing of it."""
    failed = {record.subject for record in sent.failed}
    untold = set(sent.recorded)
    ends: dict[str, Disposition] = {}
    for each in told:
        record = each.record
        if record is None:
            end = Disposition.NO_INTERACTION
        elif record.subject in failed:
            end = Disposition.FAILED
        else:
            end = Disposition.RECORDED if record in untold else Disposition.SUPERSEDED
            untold.discard(record)
        ends[each.message.id] = end
    return ends
