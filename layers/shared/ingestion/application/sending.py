"""Send planned calls: lanes side by side, a lane in order, against the clock.

A lane stops at its first failure, so that no interaction of a viewer overtakes another. What a
refused call comes to is told in `bisecting`.
"""

from ingestion.application.bisecting import Gate, Sent, send_or_bisect
from ingestion.application.side_by_side import side_by_side
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.interaction import Interaction
from ingestion.domain.put_events import Lane, Plan, PutEventsCall
from ingestion.ports import EventTracker, TimeLeft


def send_all(
    plan: Plan, *, tracker: EventTracker, time_left: TimeLeft, concurrent_calls: int
) -> Sent[Interaction]:
    """Send every call of the plan, as far as time and Personalize allow.

    Raises:
        MisconfiguredError: Personalize took nothing and refused something: with every interaction
            inside the limits of the service that is our configuration, and nobody is to blame for
            it. Nothing is rejected, the batch is delivered again once it is mended.
    """
    gate = Gate(time_left, tracker.longest_call_s)

    def send(lane: Lane) -> Sent[Interaction]:
        return _send_lane(lane, tracker, gate)

    sent = sum(side_by_side(send, plan.lanes, at_once=concurrent_calls), Sent[Interaction]())
    if sent.refused and not sent.recorded:
        error = f"Personalize refused all of {len(sent.refused)} interactions"
        raise MisconfiguredError(error)
    return sent


def _send_lane(lane: Lane, tracker: EventTracker, gate: Gate) -> Sent[Interaction]:
    sent = Sent[Interaction]()
    for call in lane:
        if sent.failed:
            sent += Sent(failed=call.interactions)
        else:
            sent += _send_call(call, tracker, gate)
    return sent


def _send_call(call: PutEventsCall, tracker: EventTracker, gate: Gate) -> Sent[Interaction]:
    def send(interactions: tuple[Interaction, ...]) -> None:
        tracker.record(PutEventsCall(call.user_id, call.visit_id, interactions))

    return send_or_bisect(call.interactions, send, gate)
