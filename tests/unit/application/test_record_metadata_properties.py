"""Whatever the delivery does to a history, in the end Personalize has the newest of each."""

from collections import Counter
from collections.abc import Callable
from itertools import batched
from math import ceil
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from ingestion.application.record_metadata import MetadataPorts, record_metadata
from ingestion.domain.dataset import Dataset
from ingestion.domain.message import Message
from ingestion.domain.metadata_record import MetadataRecord, derive_metadata, newest
from ingestion.domain.put_metadata import MAX_RECORDS_PER_CALL, PutMetadataCall

from tests.support.builders import NOW_MS, a_message
from tests.support.fakes import FakeActivityArchive, FakeRejectionStore, plenty_of_time
from tests.support.metadata import (
    METADATA_RULES,
    FakeClock,
    FakeDatasets,
    FakeMetadataStore,
    a_catalogue_entry,
    a_profile,
    a_sender,
)


def a_history(told: list[tuple[bool, int, int, int]]) -> list[Message]:
    """Messages of few users and items at few times, so that many collide."""
    messages = []
    for number, (is_user, name, at, style) in enumerate(told):
        occurred = {"occurred_at_ms": NOW_MS - 1000 + at}
        user = a_profile(user_id=f"s-{name}", region=f"r-{style}", **occurred)
        item = a_catalogue_entry(item_id=f"s-{name}", style=f"r-{style}", **occurred)
        messages.append(a_message(user if is_user else item, message_id=f"m-{number}"))
    return messages


HISTORIES = st.lists(
    st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3), st.integers(0, 2)),
    min_size=4,
    max_size=40,
).map(a_history)


class KilledError(Exception):
    """The runtime ended the invocation: nobody answered for its batch."""


class DeadlyDatasets(FakeDatasets):
    """Takes a call, and now and then the invocation dies before it can do more."""

    kills: Callable[[], bool] = staticmethod(lambda: False)

    def put(self, call: PutMetadataCall) -> None:
        super().put(call)
        if self.kills():
            raise KilledError


class Delivery:
    """A queue that delivers in any order, twice, side by side, and again what failed."""

    def __init__(self, messages: list[Message], chance: Random) -> None:
        self.chance = chance
        self.waiting = messages + chance.sample(messages, len(messages) // 5)
        chance.shuffle(self.waiting)
        self.datasets = DeadlyDatasets(fails=self._fails, meanwhile=self._deliver_meanwhile)
        self.datasets.kills = self._has_bad_luck
        self.store = FakeMetadataStore()
        self.faults = 20
        self.depth = 0

    def deliver_all(self) -> None:
        while self.waiting:
            self._deliver()

    def _deliver(self) -> None:
        size = self.chance.randint(1, 3)
        batch, self.waiting = self.waiting[:size], self.waiting[size:]
        # No batch holds a message twice.
        single = list({message.id: message for message in batch}.values())
        sender = a_sender(self.datasets, self.store, FakeClock())
        ports = MetadataPorts(sender, FakeActivityArchive(), FakeRejectionStore())
        try:
            outcome = record_metadata(
                single, rules=METADATA_RULES, ports=ports, time_left=plenty_of_time
            )
        except KilledError:
            self.waiting += single
        else:
            again = set(outcome.failed)
            self.waiting += [message for message in single if message.id in again]

    def _has_bad_luck(self) -> bool:
        is_fault = self.faults > 0 and self.chance.random() < 0.3
        self.faults -= is_fault
        return is_fault

    def _fails(self, _: PutMetadataCall) -> bool:
        return self._has_bad_luck()

    def _deliver_meanwhile(self, _: PutMetadataCall) -> None:
        if self.waiting and self.depth < 3 and self.chance.random() < 0.7:
            self.depth += 1
            self._deliver()
            self.depth -= 1


def records_in(messages: list[Message]) -> list[MetadataRecord]:
    records = [derive_metadata(message, METADATA_RULES) for message in messages]
    return [record for record in records if isinstance(record, MetadataRecord)]


@given(HISTORIES, st.integers(0, 2**32))
def test_the_newest_of_each_is_what_personalize_has(messages: list[Message], seed: int) -> None:
    """Any order, copies, cuts, failures and invocations side by side."""
    delivery = Delivery(messages, Random(seed))  # noqa: S311  -- any order will do
    delivery.deliver_all()
    assert sorted(delivery.datasets.held.values(), key=str) == sorted(
        newest(records_in(messages)), key=str
    )


@given(HISTORIES, st.integers(1, 40))
def test_calls_are_the_fewest_there_can_be(messages: list[Message], size: int) -> None:
    """For each batch and dataset: its subjects, ten a call, once."""
    for batch in batched(messages, size, strict=False):
        datasets = FakeDatasets()
        sender = a_sender(datasets, FakeMetadataStore(), FakeClock())
        ports = MetadataPorts(sender, FakeActivityArchive(), FakeRejectionStore())
        record_metadata(batch, rules=METADATA_RULES, ports=ports, time_left=plenty_of_time)
        subjects = Counter(each.dataset for each in newest(records_in(list(batch))))
        calls = Counter(call.dataset for call in datasets.calls)
        assert calls == {
            dataset: ceil(subjects[dataset] / MAX_RECORDS_PER_CALL)
            for dataset in Dataset
            if subjects[dataset]
        }
