"""The feedback and settling queues, their function and what it reaches, in simulated time."""

import json
from collections import Counter
from copy import replace
from dataclasses import dataclass
from typing import Any, Final, cast

from ingestion.adapters.lambda_runtime import partial_response
from ingestion.adapters.settling import SqsSettlingQueue
from ingestion.adapters.sqs import messages_in
from ingestion.application.outcome import Outcome
from ingestion.application.record_feedback import FeedbackPorts, record_feedback
from ingestion.application.recording import RecorderPorts
from ingestion.domain.feedback import Opinion

from local.event_source_mappings.invoker import Activity
from local.event_source_mappings.queue_consumer import QueueConsumer
from local.event_source_mappings.surroundings import Surroundings
from tests.model.faults import Faults
from tests.model.faulty_ports import (
    FaultyActivityArchive,
    FaultyEventTracker,
    FaultyInteractionArchive,
    FaultyRejectionStore,
    FaultySettlingQueue,
    FaultyVerdictStore,
)
from tests.model.invocations import check_invocation
from tests.model.simulated_bucket import Json
from tests.model.simulated_clock import SimulatedClock
from tests.model.simulated_lambda import SimulatedFunction, SimulatedLambda
from tests.model.simulated_queues import SimulatedQueue, SimulatedQueues
from tests.model.stream_mapping import PACE
from tests.model.template_mappings import deployed, resources
from tests.support.builders import FEEDBACK_RULES, a_rating, a_reaction
from tests.support.fakes import (
    FakeActivityArchive,
    FakeEventTracker,
    FakeInteractionArchive,
    FakeRejectionStore,
    FakeVerdictStore,
)
from tests.unit.local.event_source_mappings.fakes import Clients

FUNCTION: Final = "RecordFeedbackFunction"
FEEDBACK: Final = "FeedbackQueue"
SETTLING: Final = "SettlingQueue"
SETTLE_DELAY_S: Final = 30

SAYINGS: Final[dict[str, tuple[Json, Opinion]]] = {
    "like": (a_reaction("like"), Opinion.LIKED),
    "unlike": (a_reaction("unlike"), Opinion.NONE),
    "dislike": (a_reaction("dislike"), Opinion.DISLIKED),
    "five stars": (a_rating(5.0), Opinion.LIKED),
    "one star": (a_rating(0.5), Opinion.DISLIKED),
}


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """One feedback: when, which, and what it says; the later one stands."""

    occurred_at_ms: int
    activity_id: str
    opinion: Opinion


class FeedbackWorld:
    """Applications, queues and mappings as deployed, the function, Personalize and the stores."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.faults = Faults(self.clock)
        self.personalize = FakeEventTracker()
        self.interactions = FakeInteractionArchive()
        self.rejections = FakeRejectionStore()
        self.activities = FakeActivityArchive()
        self.verdicts = FakeVerdictStore()
        self.queues = SimulatedQueues(self.clock, {each: _queue(each) for each in _QUEUES})
        self.said: dict[tuple[str, str], list[Said]] = {}
        self.acknowledged: list[str] = []
        self.junk: set[str] = set()
        mappings = [deployed(FUNCTION, each) for each in _QUEUES]
        function = SimulatedFunction(self._record, mappings[0].timeout_s)
        self.lambda_ = SimulatedLambda(self.faults, {FUNCTION: function})
        surroundings = Surroundings(
            Clients(sqs=self.queues), self.lambda_, Activity(), PACE, self.clock
        )
        self._consumers = [QueueConsumer(each.mapping, surroundings) for each in mappings]

    def _record(self, event: Json) -> object:
        messages = messages_in(event, settling_queue=SETTLING)
        tracker = FaultyEventTracker(self.faults, self.personalize)
        archive = FaultyInteractionArchive(self.faults, self.interactions)
        rejections = FaultyRejectionStore(self.faults, self.rejections)
        ports = FeedbackPorts(
            RecorderPorts(tracker, archive, rejections, concurrent_calls=1),
            FaultyActivityArchive(self.faults, self.activities),
            FaultyVerdictStore(self.faults, self.verdicts),
            FaultySettlingQueue(
                self.faults, SqsSettlingQueue(cast("Any", self.queues), f"https://sqs/{SETTLING}")
            ),
        )
        rules = replace(FEEDBACK_RULES, settle_delay_s=SETTLE_DELAY_S)
        try:
            outcome = record_feedback(
                messages, rules=rules, ports=ports, time_left=self.faults.time_left
            )
        finally:
            check_invocation(tracker, archive.stored)
        _check_account(outcome)
        return partial_response(outcome.failed)

    # What the world does --------------------------------------------------------------------

    def say(self, user: str, item: str, saying: str, late_s: int = 0) -> None:
        """Somebody says something of an item; `late_s` ago, when the application held it back."""
        body, opinion = SAYINGS[saying]
        said = Said(self.clock.now_ms - late_s * 1000, f"a-{len(self.acknowledged)}", opinion)
        fields = {
            "user_id": user,
            "item_id": item,
            "activity_id": said.activity_id,
            "occurred_at_ms": said.occurred_at_ms,
        }
        self.said.setdefault((user, item), []).append(said)
        self.acknowledged.append(self.queues.send(FEEDBACK, json.dumps(body | fields)))

    def say_again(self, choice: int) -> None:
        """An application whose reply got lost sends the same once more."""
        messages = self.queues.queues[FEEDBACK].messages
        if messages:
            body = messages[choice % len(messages)].body
            message_id = self.queues.send(FEEDBACK, body)
            self.acknowledged.append(message_id)
            if body == _JUNK:
                self.junk.add(message_id)

    def say_nonsense(self) -> None:
        """What can never be understood."""
        self.acknowledged.append(self.queues.send(FEEDBACK, _JUNK))
        self.junk.add(self.acknowledged[-1])

    def pump(self, *choices: int) -> None:
        """Poll so often; each choice says which queue, and from which message on.

        Where nothing can be received time passes, so that what failed comes again.
        """
        for choice in choices:
            self.queues.rotation = choice // len(self._consumers)
            if not self._consumers[choice % len(self._consumers)].poll():
                self._wait()

    def drain(self) -> None:
        """Repair everything, and let time pass until both queues are empty."""
        self.faults.heal()
        for _ in range(400):
            if not any(consumer.poll() for consumer in self._consumers) and not self._wait():
                return
        message = "it does not drain"
        raise AssertionError(message)

    def _wait(self) -> bool:
        """Let time pass until a message can be received; false when there is none at all."""
        nexts = [self.queues.next_visible_s(each) for each in _QUEUES]
        waiting = [each for each in nexts if each is not None]
        if waiting:
            self.clock.advance(max(0.0, min(waiting) - self.clock()))
        return bool(waiting)

    # What has to be true in the end ---------------------------------------------------------

    def check(self) -> None:
        """The last words stand, likes are trained on once, everything is archived once."""
        assert not any(queue.dead for queue in self.queues.queues.values()), "dead letters"
        assert not self.faults.timeouts, "an invocation ran into its timeout"
        assert not self.activities.beside
        archived = Counter(m.id for batch in self.activities.batches.values() for m in batch)
        assert archived == Counter(self.acknowledged), "not archived exactly once"
        kept = Counter(each.message.id for each in self.rejections.rejections.values())
        assert kept == Counter(self.junk), "not what had to be rejected"
        self._check_opinions()

    def _check_opinions(self) -> None:
        last = {subject: max(said) for subject, said in self.said.items()}
        verdicts = self.verdicts.verdicts
        assert {key: verdict.opinion for key, verdict in verdicts.items()} == {
            (f"user:{user}", item): said.opinion for (user, item), said in last.items()
        }, "not the last words"
        trained_on = [(each.user_id, each.item_id) for each in self.personalize.trained_on.values()]
        likes = Counter(
            key for key, said in self.said.items() for s in said if s.opinion is Opinion.LIKED
        )
        assert Counter(trained_on) <= likes, "a like is trained on twice"
        standing = {key for key, said in last.items() if said.opinion is Opinion.LIKED}
        assert standing <= set(trained_on), "a like that stands is lost"


_QUEUES: Final = (FEEDBACK, SETTLING)
_JUNK: Final = "nonsense"


def _queue(name: str) -> SimulatedQueue:
    properties = resources()[name]["Properties"]
    return SimulatedQueue(
        properties["VisibilityTimeout"], properties["RedrivePolicy"]["maxReceiveCount"]
    )


def _check_account(outcome: Outcome) -> None:
    """Each message has one end."""
    named = Counter(message.delivery_id for message, _ in outcome.dispositions)
    assert set(named.values()) <= {1}, "a message has two ends"
