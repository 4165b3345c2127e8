"""The stream, its two functions and what they reach, in simulated time."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from ingestion.adapters.kinesis import messages_in
from ingestion.adapters.lambda_runtime import partial_response
from ingestion.application.archive_activity import archive_activity
from ingestion.application.outcome import Disposition, Outcome
from ingestion.application.record_playback import PlaybackPorts, record_playback
from ingestion.application.recording import RecorderPorts
from ingestion.domain.message import Message

from local.event_source_mappings.invoker import Activity
from local.event_source_mappings.surroundings import Surroundings
from tests.model.faults import Faults
from tests.model.faulty_ports import (
    FaultyActivityArchive,
    FaultyEventTracker,
    FaultyInteractionArchive,
    FaultyPlaybackStates,
    FaultyRejectionStore,
)
from tests.model.invocations import check_invocation, is_refused
from tests.model.ledger import Kind, Ledger, assert_in_order, key_of
from tests.model.producer import Producer
from tests.model.simulated_bucket import Json, SimulatedBucket
from tests.model.simulated_clock import SimulatedClock
from tests.model.simulated_lambda import SimulatedFunction, SimulatedLambda
from tests.model.simulated_stream import SimulatedStream
from tests.model.stream_mapping import PACE, StreamMapping
from tests.model.template_mappings import deployed
from tests.support.builders import PLAYBACK_RULES, a_message, a_start
from tests.support.fakes import (
    FakeActivityArchive,
    FakeEventTracker,
    FakeInteractionArchive,
    FakePlaybackStates,
    FakeRejectionStore,
    plenty_of_time,
)
from tests.unit.local.event_source_mappings.fakes import Clients

RECORDER: Final = "RecordPlaybackFunction"
ARCHIVER: Final = "ArchiveActivityFunction"
_STUCK: Final = 60


class StreamWorld:
    """Producers, stream, mappings as deployed, functions, Personalize and the stores.

    Attributes:
        batch_size, lanes: Of the recorder's mapping, other than deployed: small batches have
            more borders, and it is at borders that things get lost.
    """

    def __init__(self, batch_size: int = 8, lanes: int = 2) -> None:
        self.clock = SimulatedClock()
        self.faults = Faults(self.clock)
        self.ledger = Ledger()
        self.stream = SimulatedStream(self.clock)
        self.producer = Producer(self.stream, self.ledger)
        self.personalize = FakeEventTracker(refuses=is_refused)
        self.interactions = FakeInteractionArchive()
        self.rejections = FakeRejectionStore()
        self.activities = FakeActivityArchive()
        self.states = FakePlaybackStates()
        self.failed_batches = SimulatedBucket()
        recorder = deployed(
            RECORDER, "ActivityStream", BatchSize=batch_size, ParallelizationFactor=lanes
        )
        archiver = deployed(ARCHIVER, "ActivityStream", BatchSize=batch_size)
        self.lambda_ = SimulatedLambda(
            self.faults,
            {
                RECORDER: SimulatedFunction(self._record, recorder.timeout_s),
                ARCHIVER: SimulatedFunction(self._archive, archiver.timeout_s),
            },
        )
        surroundings = Surroundings(
            Clients(kinesis=self.stream.kinesis, s3=self.failed_batches),
            self.lambda_,
            Activity(),
            PACE,
            self.clock,
        )
        self.recorder = StreamMapping(recorder.mapping, surroundings, self.clock)
        self.archiver = StreamMapping(archiver.mapping, surroundings, self.clock)

    # What the functions do, between the Lambda event and the answer -------------------------

    def _record(self, event: Json) -> object:
        return partial_response(self._recorded(messages_in(event)).failed)

    def _recorded(self, messages: Sequence[Message]) -> Outcome:
        """What the use case makes of a batch; what holds in every invocation is looked at here."""
        tracker = FaultyEventTracker(self.faults, self.personalize)
        archive = FaultyInteractionArchive(self.faults, self.interactions)
        rejections = FaultyRejectionStore(self.faults, self.rejections)
        ports = PlaybackPorts(
            RecorderPorts(tracker, archive, rejections, concurrent_calls=1),
            FaultyPlaybackStates(self.faults, self.states),
        )
        try:
            outcome = record_playback(
                messages, rules=PLAYBACK_RULES, ports=ports, time_left=self.faults.time_left
            )
        finally:
            check_invocation(tracker, archive.stored)
        self._note(outcome)
        return outcome

    def _archive(self, event: Json) -> None:
        archive = FaultyActivityArchive(self.faults, self.activities)
        archive_activity(messages_in(event), archive=archive)

    def _note(self, outcome: Outcome) -> None:
        """Take the account of an invocation, which has to name each message once."""
        named = Counter(message.id for message, _ in outcome.dispositions)
        assert not named or max(named.values()) == 1, "a message has two ends"
        for message, end in outcome.dispositions:
            if end is not Disposition.FAILED or message.id not in self.ledger.ends:
                self.ledger.ends[message.id] = end

    # What the world does --------------------------------------------------------------------

    def pump(self, *choices: int) -> None:
        """Invoke so often; each choice says whom and for which lane."""
        for choice in choices:
            mapping = self.archiver if choice % 3 == 0 else self.recorder
            mapping.step(choice // 3)

    def drain(self) -> None:
        """Repair everything, and let the mappings work until nothing is left.

        What cannot succeed alone (an interaction that Personalize refuses, with nothing beside it
        that it takes) waits until Lambda gives it up for its age, and so do the records behind it.
        """
        self.faults.heal()
        for mapping in (self.archiver, self.recorder):
            mapping.enable()
            self._drain(mapping)

    def _drain(self, mapping: StreamMapping) -> None:
        steps = 0
        while mapping.step(steps) or not mapping.is_drained:
            steps += 1
            if steps % _STUCK == 0:
                self.clock.advance(mapping.mapping.retry_policy.maximum_age_s or 0)
            assert steps < 40 * _STUCK, "it does not drain"

    def redrive(self) -> None:
        """Give the recorder what Lambda put aside for it, with one good activity beside it.

        The companion tells Personalize's refusals from a wrong configuration (ADR 0009).
        """
        for number, document in enumerate(self.failed_batches.of(RECORDER)):
            companion = a_message(
                a_start(
                    user_id="operator", activity_id=f"r-{number}", item_id=f"redriven-{number}"
                ),
                message_id=f"redriven-{number}",
            )
            self.faults.begin_invocation(plenty_of_time())
            outcome = self._recorded([*messages_in(document["payload"]), companion])
            assert not outcome.failed

    # What has to be true in the end ---------------------------------------------------------

    def given_up(self, function: str) -> set[str]:
        """Ids of the records that Lambda put aside, each of which was too old."""
        return {
            record["kinesis"]["sequenceNumber"]
            for document in self.failed_batches.of(function)
            for record in document["payload"]["Records"]
        }

    def check(self) -> None:
        """Nothing is lost, nothing is done twice, and nobody was overtaken."""
        for function in (RECORDER, ARCHIVER):
            for document in self.failed_batches.of(function):
                assert document["requestContext"]["condition"] == "RecordAgeExceeded"
        self._check_archive()
        given_up = self.given_up(RECORDER)
        self.ledger.assert_ends_fit(given_up)
        self._check_order(given_up)
        self.redrive()
        self.ledger.assert_ends_fit(set())
        self._check_sent()
        self._check_rejected()
        assert not self.faults.timeouts, "an invocation ran into its timeout"

    def _check_archive(self) -> None:
        """Every record is archived; exactly once while Lambda repeats its batches unchanged."""
        batches = [*self.activities.batches.values(), *(b.messages for b in self.activities.beside)]
        rows = Counter((each.origin, each.id) for batch in batches for each in batch)
        given_up = self.given_up(ARCHIVER)
        missing = {each for each in self.ledger.records if each not in rows}
        assert {number for _, number in missing} <= given_up, f"not archived: {missing}"
        if not given_up and not self.archiver.was_interrupted:
            assert all(number == 1 for number in rows.values()), "archived twice"

    def _check_sent(self) -> None:
        trained_on = sorted(map(_sortable, self._trained_on()))
        assert trained_on == sorted(map(_sortable, self.ledger.earned)), "not what was earned"

    def _check_order(self, given_up: set[str]) -> None:
        kinds = (Kind.WATCHED, Kind.FOREIGN)
        ids = {m: told for m, told in self.ledger.of_kind(*kinds).items() if told.is_first}
        put_aside = {told.key for m, told in ids.items() if m.partition(".")[0] in given_up}
        trained_on = [key for key in self._trained_on() if key not in put_aside]
        assert_in_order(trained_on, [told.key for told in ids.values()])

    def _check_rejected(self) -> None:
        """Each message that can never succeed is kept once, with its bytes."""
        kept = sorted(each.message.id for each in self.rejections.rejections.values())
        junk = set(self.ledger.of_kind(Kind.JUNK))
        refused = set(self.ledger.of_kind(Kind.REFUSED))
        assert len(kept) == len(set(kept)), "a rejection is kept twice"
        assert junk <= set(kept) <= junk | refused, "not what had to be rejected"
        firsts = {m for m, told in self.ledger.messages.items() if m in refused and told.is_first}
        assert firsts <= set(kept), "a refused message is lost"

    def _trained_on(self) -> list[Any]:
        found = map(key_of, self.personalize.trained_on.values())
        return [key for key in found if key[0] != "operator"]


def _sortable(key: Any) -> tuple[str, ...]:
    return tuple(map(str, key))
