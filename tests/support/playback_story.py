"""`record_playback` with fakes for the world, and what became of it."""

from typing import Any

from ingestion.application.outcome import Disposition, Outcome
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.record_playback import PlaybackPorts, record_playback
from ingestion.application.recording import RecorderPorts
from ingestion.domain.message import Message

from tests.support.builders import PLAYBACK_RULES
from tests.support.fakes import (
    FakeEventTracker,
    FakeInteractionArchive,
    FakePlaybackStates,
    FakeRejectionStore,
    plenty_of_time,
)


class PlaybackStory:
    """A recorder with fakes; `tracker` says what Personalize refuses and what fails."""

    def __init__(self, rules: PlaybackRules = PLAYBACK_RULES, **tracker: Any) -> None:
        self.tracker = FakeEventTracker(**tracker)
        self.archive = FakeInteractionArchive()
        self.rejections = FakeRejectionStore()
        self.states = FakePlaybackStates()
        self._rules = rules

    @property
    def ports(self) -> PlaybackPorts:
        """The fakes, as the use case takes them."""
        recorder = RecorderPorts(self.tracker, self.archive, self.rejections, concurrent_calls=4)
        return PlaybackPorts(recorder, self.states)

    def record(self, *messages: Message) -> Outcome:
        """Record one batch."""
        return record_playback(
            messages, rules=self._rules, ports=self.ports, time_left=plenty_of_time
        )


def ends(outcome: Outcome) -> list[Disposition]:
    """Where the messages ended, in order."""
    return [disposition for _, disposition in outcome.dispositions]
