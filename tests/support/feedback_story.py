"""`record_feedback` with fakes for the world, and what became of it."""

from copy import replace
from typing import Any

from ingestion.application.outcome import Disposition, Outcome
from ingestion.application.record_feedback import FeedbackPorts, record_feedback
from ingestion.application.recording import RecorderPorts
from ingestion.domain.feedback import Opinion
from ingestion.domain.message import Message

from tests.support.builders import FEEDBACK_RULES
from tests.support.fakes import (
    FakeActivityArchive,
    FakeEventTracker,
    FakeInteractionArchive,
    FakeRejectionStore,
    FakeSentimentDetector,
    FakeSettlingQueue,
    FakeVerdictStore,
    plenty_of_time,
)


class FeedbackStory:
    """A recorder with fakes; nothing settles and nobody reads comments unless that is asked for.

    Attributes:
        seconds_left: What an invocation has left.
    """

    def __init__(
        self,
        tracker: FakeEventTracker | None = None,
        detector: FakeSentimentDetector | None = None,
        **rules: Any,
    ) -> None:
        self.rules = replace(FEEDBACK_RULES, **rules)
        self.tracker = FakeEventTracker() if tracker is None else tracker
        self.detector = detector
        self.interactions = FakeInteractionArchive()
        self.rejections = FakeRejectionStore()
        self.activities = FakeActivityArchive()
        self.verdicts = FakeVerdictStore()
        self.settling = FakeSettlingQueue()
        self.seconds_left = plenty_of_time()

    @property
    def recorder(self) -> RecorderPorts:
        """The fakes that both recorders have."""
        return RecorderPorts(self.tracker, self.interactions, self.rejections, concurrent_calls=2)

    def outcome(self, *messages: Message) -> Outcome:
        """Record one batch."""
        ports = FeedbackPorts(
            self.recorder, self.activities, self.verdicts, self.settling, self.detector
        )
        return record_feedback(
            messages, rules=self.rules, ports=ports, time_left=lambda: self.seconds_left
        )

    def record(self, *messages: Message) -> list[Disposition]:
        """Record one batch, and say where its messages ended."""
        return [end for _, end in self.outcome(*messages).dispositions]

    def sent(self) -> list[str]:
        """The event types that Personalize would train on, in order of sending."""
        return [each.event_type for each in self.tracker.trained_on.values()]

    def opinions(self) -> list[Opinion]:
        """What stands, in order of the first word on each item."""
        return [verdict.opinion for verdict in self.verdicts.verdicts.values()]
