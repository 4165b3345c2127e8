"""The second half of the recorders, on batches that only a later dialect could derive."""

from ingestion.application.deriving import Derived, DerivedBatch
from ingestion.application.outcome import Disposition
from ingestion.application.recording import RecorderPorts, record
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.parsing import ReceivedActivity, parse_activity
from ingestion.domain.playback import EventType
from ingestion.domain.rejection import RefusedInteractions, RejectionReason

from tests.support.builders import WINDOW, a_message, a_start, an_interaction
from tests.support.fakes import (
    FakeEventTracker,
    FakeInteractionArchive,
    FakeRejectionStore,
    plenty_of_time,
)


def test_an_interaction_beyond_a_limit_is_rejected_before_the_call() -> None:
    """The contract keeps the limits already; the planner keeps them for whoever comes later."""
    message = a_message(a_start())
    received = parse_activity(message, WINDOW)
    assert isinstance(received, ReceivedActivity)
    row = InteractionRow(an_interaction(item_id="i" * 257), received, to_send=True)
    batch = DerivedBatch((message,), (Derived(received, (row,)),), ())
    ports = RecorderPorts(
        FakeEventTracker(), FakeInteractionArchive(), FakeRejectionStore(), concurrent_calls=1
    )
    outcome = record(batch, ports=ports, time_left=plenty_of_time)
    assert outcome.dispositions == ((message, Disposition.REJECTED),)
    assert outcome.rejections == {RejectionReason.PERSONALIZE_LIMIT: 1}
    assert ports.tracker == FakeEventTracker()
    assert ports.interactions == FakeInteractionArchive()


def test_a_rejection_names_the_interactions_that_personalize_does_not_have() -> None:
    """Their rows were archived before the call, so whoever reads the archive must know them."""
    refused, taken = (
        a_message(a_start(activity_id=name, playback_id=name), message_id=name)
        for name in ("refused", "taken")
    )
    derived = []
    for message in (refused, taken):
        received = parse_activity(message, WINDOW)
        assert isinstance(received, ReceivedActivity)
        rows = [
            InteractionRow(
                an_interaction(
                    event_id=f"{kind}-{message.id}",
                    message_id=message.id,
                    user_id=message.id,
                    event_type=kind,
                ),
                received,
                to_send=True,
            )
            for kind in (EventType.CLICK, EventType.WATCH)
        ]
        derived.append(Derived(received, tuple(rows)))
    rejections = FakeRejectionStore()
    tracker = FakeEventTracker(refuses=lambda interaction: interaction.user_id == "refused")
    ports = RecorderPorts(tracker, FakeInteractionArchive(), rejections, concurrent_calls=1)
    record(
        DerivedBatch((refused, taken), tuple(derived), ()), ports=ports, time_left=plenty_of_time
    )
    (rejection,) = rejections.rejections.values()
    assert rejection.refused == RefusedInteractions(
        ("Click-refused", "Watch-refused"), refused.arrived_at_ms, taken.arrived_at_ms
    )
