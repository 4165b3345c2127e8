"""The second half of both recorders: plan → archive → send → answer."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingestion.application.bisecting import Sent
from ingestion.application.deriving import Derived, DerivedBatch
from ingestion.application.outcome import Disposition, Outcome
from ingestion.application.sending import send_all
from ingestion.domain.interaction import Interaction
from ingestion.domain.put_events import Plan, plan_put_events
from ingestion.domain.rejection import RefusedInteractions, Rejection, RejectionReason
from ingestion.ports import InteractionArchive, LiveEventTracker, RejectionStore, TimeLeft


@dataclass(frozen=True, slots=True)
class RecorderPorts:
    """What both recorders need of the world."""

    tracker: LiveEventTracker
    interactions: InteractionArchive
    rejections: RejectionStore
    concurrent_calls: int


def record(batch: DerivedBatch, *, ports: RecorderPorts, time_left: TimeLeft) -> Outcome:
    """Bring the interactions of a batch to the archive and to Personalize.

    The archive goes first: what is with Personalize can always be found in it. Both are repeated
    without harm when the batch is delivered again.

    Raises:
        TransientError: The archive or the store of rejections cannot be reached, or nobody knows
            yet which tracker is live.
        MisconfiguredError: See `send_all`, and the port `LiveEventTracker`.
    """
    tracker = ports.tracker.current()  # one for the whole batch, be it switched meanwhile
    plan = plan_put_events(batch.interactions)
    _archive(batch, plan, ports.interactions, tracker.mark)
    sent = send_all(
        plan, tracker=tracker, time_left=time_left, concurrent_calls=ports.concurrent_calls
    )
    rejections = _rejections(batch, plan, sent)
    ports.rejections.store(rejections)
    return _account(batch, sent, rejections)


def _archive(batch: DerivedBatch, plan: Plan, archive: InteractionArchive, mark: str) -> None:
    beyond = {interaction.event_id for interaction, _ in plan.beyond_limits}
    rows = [row for row in batch.rows if row.interaction.event_id not in beyond]
    if rows:
        archive.store(rows, mark)


def _rejections(batch: DerivedBatch, plan: Plan, sent: Sent[Interaction]) -> Sequence[Rejection]:
    """One rejection a message; none for a message that is delivered again anyway."""
    messages = {message.id: message for message in batch.messages}
    again = _message_ids(sent.failed)
    condemned = [
        *((i, RejectionReason.PERSONALIZE_LIMIT, limit) for i, limit in plan.beyond_limits),
        *((i, RejectionReason.PERSONALIZE_INVALID, i.event_type) for i in sent.refused),
    ]
    refused = _refused(batch, (interaction for interaction, _, _ in condemned))
    later = {
        message_id: Rejection(messages[message_id], reason, detail, refused[message_id])
        for interaction, reason, detail in condemned
        if (message_id := interaction.message_id) not in again
    }
    return [*batch.rejections, *later.values()]


def _refused(
    batch: DerivedBatch, interactions: Iterable[Interaction]
) -> Mapping[str, RefusedInteractions]:
    """By message, all that Personalize does not have of it."""
    event_ids: defaultdict[str, set[str]] = defaultdict(set)
    for interaction in interactions:
        event_ids[interaction.message_id].add(interaction.event_id)
    arrivals = [message.arrived_at_ms for message in batch.messages]
    return {
        message_id: RefusedInteractions(tuple(sorted(ids)), min(arrivals), max(arrivals))
        for message_id, ids in event_ids.items()
    }


def _account(
    batch: DerivedBatch, sent: Sent[Interaction], rejections: Sequence[Rejection]
) -> Outcome:
    ends = _ends_of_derived(batch.derived)
    ends |= {each.message.id: Disposition.NO_INTERACTION for each in batch.passed_over}
    ends |= dict.fromkeys(_message_ids(sent.recorded), Disposition.RECORDED)
    ends |= {rejection.message.id: Disposition.REJECTED for rejection in rejections}
    ends |= dict.fromkeys(_message_ids(sent.failed), Disposition.FAILED)
    return Outcome(
        dispositions=tuple((message, ends[message.id]) for message in batch.messages),
        rejections=Counter(rejection.reason for rejection in rejections),
        recorded=len(sent.recorded),
        calls=sent.calls,
    )


def _ends_of_derived(derived: Iterable[Derived]) -> dict[str, Disposition]:
    """Where each activity ends that no interaction speaks for."""
    told: set[tuple[str, str]] = set()
    ends: dict[str, Disposition] = {}
    for each in derived:
        telling = (each.received.viewer, each.received.activity.activity_id)
        is_superseded = each.is_superseded or telling in told
        told.add(telling)
        ends[each.received.message.id] = each.end or (
            Disposition.SUPERSEDED if is_superseded else Disposition.NO_INTERACTION
        )
    return ends


def _message_ids(interactions: Iterable[Interaction]) -> set[str]:
    return {interaction.message_id for interaction in interactions}
