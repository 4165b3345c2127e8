"""The whole story of a batch of the metadata queue: what stands is what Personalize has."""

from collections.abc import Callable
from typing import Any

import pytest
from ingestion.application.outcome import Disposition, Outcome
from ingestion.application.record_metadata import MetadataPorts, record_metadata
from ingestion.domain.dataset import Dataset
from ingestion.domain.errors import MisconfiguredError, TransientError
from ingestion.domain.message import Message
from ingestion.domain.rejection import RejectionReason

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

D = Disposition


class Story:
    """A recorder with fakes."""

    def __init__(self, **datasets: Any) -> None:
        self.datasets = FakeDatasets(**datasets)
        self.store = FakeMetadataStore()
        self.clock = FakeClock()
        self.activities = FakeActivityArchive()
        self.rejections = FakeRejectionStore()

    def record(
        self, *messages: Message, time_left: Callable[[], float] = plenty_of_time
    ) -> Outcome:
        sender = a_sender(self.datasets, self.store, self.clock)
        ports = MetadataPorts(sender, self.activities, self.rejections)
        return record_metadata(messages, rules=METADATA_RULES, ports=ports, time_left=time_left)

    def regions(self) -> dict[str, str]:
        """What Personalize has of each user."""
        return {name: record.properties for (_, name), record in self.datasets.held.items()}


def told(region: str, second: int, user_id: str = "user-1") -> Message:
    """A profile of a user at a second, known by its region alone."""
    body = {
        "schema_version": "1.0",
        "kind": "profile",
        "user_id": user_id,
        "occurred_at_ms": NOW_MS - 60_000 + second * 1000,
        "region": region,
    }
    return a_message(body, message_id=f"{user_id}-{region}-{second}")


def region(name: str) -> str:
    return f'{{"region":"{name}"}}'


def ends(outcome: Outcome) -> list[Disposition]:
    return [disposition for _, disposition in outcome.dispositions]


def test_users_and_items_reach_their_datasets() -> None:
    """One call each, and the raw messages in the archive."""
    story = Story()
    outcome = story.record(
        a_message(a_profile(), message_id="p"), a_message(a_catalogue_entry(), message_id="c")
    )
    assert (ends(outcome), outcome.recorded, outcome.calls) == ([D.RECORDED, D.RECORDED], 2, 2)
    assert set(story.datasets.held) == {(Dataset.USERS, "user-1"), (Dataset.ITEMS, "film-1")}
    assert len(story.activities.batches) == 2


def test_nothing_is_called_for_nothing() -> None:
    """An empty batch is an empty account."""
    story = Story()
    assert (ends(story.record()), story.datasets.calls) == ([], [])


def test_ten_records_share_a_call_and_calls_keep_the_pace() -> None:
    """Twenty-five users are three calls, a fifth of a second apart."""
    story = Story()
    story.record(*(told("ES", 1, f"user-{n}") for n in range(25)))
    assert [len(call.records) for call in story.datasets.calls] == [10, 10, 5]
    assert story.clock.waits == pytest.approx([0.2, 0.2])


def test_the_later_message_of_a_batch_is_sent_alone() -> None:
    """What it overtakes is superseded, wherever it stands."""
    story = Story()
    assert ends(story.record(told("ES", 2), told("PT", 1))) == [D.RECORDED, D.SUPERSEDED]
    assert story.regions() == {"user-1": region("ES")}
    assert sum(len(call.records) for call in story.datasets.calls) == 1


def test_a_copy_in_a_batch_is_superseded() -> None:
    """The same told twice is one record."""
    story = Story()
    copy = a_message(told("ES", 1).body, message_id="copy")
    assert ends(story.record(told("ES", 1), copy)) == [D.RECORDED, D.SUPERSEDED]


def test_an_older_message_does_not_undo_a_newer() -> None:
    """It sends what stands, which mends what a broken delivery may have left."""
    story = Story()
    story.record(told("ES", 2))
    story.datasets.held.clear()
    assert ends(story.record(told("PT", 1))) == [D.SUPERSEDED]
    assert story.regions() == {"user-1": region("ES")}


def test_what_is_overtaken_while_it_is_sent_is_made_good() -> None:
    """Another invocation sends the newer record first; ours, arriving later, would undo it."""
    story = Story()

    def overtake(_: object) -> None:
        story.datasets.meanwhile = lambda _: None
        assert ends(story.record(told("ES", 2))) == [D.RECORDED]

    story.datasets.meanwhile = overtake
    assert ends(story.record(told("PT", 1))) == [D.RECORDED]
    assert story.regions() == {"user-1": region("ES")}


def test_what_was_erased_while_it_was_sent_is_not_sent_again() -> None:
    """Nothing stands of it any more."""
    story = Story(meanwhile=lambda _: story.store.records.clear())
    assert ends(story.record(told("PT", 1))) == [D.RECORDED]
    assert len(story.datasets.calls) == 1


def test_a_failed_call_is_tried_three_times_and_delivered_again() -> None:
    """At the pace of all calls; its decision, kept at the first delivery, does not stop it."""
    story = Story(fails=lambda _: True)
    assert ends(story.record(told("ES", 1))) == [D.FAILED]
    assert (len(story.datasets.calls), len(story.clock.waits)) == (3, 2)
    story.datasets.fails = lambda _: False
    assert ends(story.record(told("ES", 1))) == [D.RECORDED]


def test_a_call_that_succeeds_later_is_recorded() -> None:
    """A blip costs no redelivery."""
    story = Story(fails=lambda _: len(story.datasets.calls) < 3)
    assert ends(story.record(told("ES", 1))) == [D.RECORDED]


def test_a_superseded_message_is_delivered_again_while_what_stands_is_not_sent() -> None:
    """It may be the last one to know that Personalize has the older record."""
    story = Story()
    story.record(told("ES", 2))
    story.datasets.fails = lambda _: True
    assert ends(story.record(told("PT", 1))) == [D.FAILED]


def test_the_guilty_record_is_rejected_and_its_neighbours_are_recorded() -> None:
    """A refused call is cut in half until it is alone."""
    story = Story(refuses=lambda record: record.record_id == "user-7")
    outcome = story.record(*(told("ES", 1, f"user-{n}") for n in range(10)))
    assert ends(outcome) == [D.RECORDED] * 7 + [D.REJECTED] + [D.RECORDED] * 2
    assert outcome.rejections == {RejectionReason.PERSONALIZE_INVALID: 1}
    assert [r.detail for r in story.rejections.rejections.values()] == ["users"]


def test_what_stands_and_is_refused_is_not_the_fault_of_an_older_message() -> None:
    """Its own message was rejected before."""
    story = Story(refuses=lambda record: "XX" in record.properties)
    story.record(told("XX", 2), told("ES", 1, "user-2"))
    outcome = story.record(told("PT", 1), told("ES", 1, "user-2"))
    assert ends(outcome) == [D.SUPERSEDED, D.RECORDED]
    assert len(story.rejections.rejections) == 1


def test_a_dataset_that_refuses_all_is_our_configuration() -> None:
    """A wrong list of columns refuses every user, whatever the items do: nothing is rejected."""
    story = Story(refuses=lambda record: record.dataset is Dataset.USERS)
    with pytest.raises(MisconfiguredError, match="users"):
        story.record(told("ES", 1), a_message(a_catalogue_entry()))
    assert story.rejections.rejections == {}


def test_poison_is_rejected_and_harms_no_neighbour() -> None:
    """Each with its reason."""
    story = Story()
    long = a_catalogue_entry(description='"' * 19_999)
    outcome = story.record(
        a_message(b"{", message_id="poison"),
        a_message(long, message_id="long"),
        told("ES", 1),
    )
    assert ends(outcome) == [D.REJECTED, D.REJECTED, D.RECORDED]
    assert outcome.rejections == {RejectionReason.JSON: 1, RejectionReason.PERSONALIZE_LIMIT: 1}


def test_what_consent_forbids_is_not_sent() -> None:
    """It is understood, archived, and nothing is made of it."""
    story = Story()
    denied = a_message(a_profile(consent={"state": "denied"}))
    assert ends(story.record(denied)) == [D.NO_INTERACTION]
    assert (story.store.records, story.datasets.calls) == ({}, [])


def test_no_call_begins_that_may_not_end() -> None:
    """Three attempts and their waits must fit into the time left."""
    story = Story()
    assert ends(story.record(told("ES", 1), time_left=lambda: 5.0)) == [D.FAILED]
    assert story.datasets.calls == []


def test_a_store_that_is_down_fails_the_batch() -> None:
    """Nothing is sent when nobody knows what stands."""
    story = Story()
    story.store.is_down = True
    with pytest.raises(TransientError):
        story.record(told("ES", 1))
    assert story.datasets.calls == []


def test_an_archive_of_rejections_that_is_down_fails_the_batch() -> None:
    """A rejection is never lost."""
    story = Story()
    story.rejections.is_down = True
    with pytest.raises(TransientError):
        story.record(a_message(b"{"))
