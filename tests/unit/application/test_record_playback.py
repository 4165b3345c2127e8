"""The whole story of a batch of the stream: archived, recorded, rejected, answered."""

from copy import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.application.deriving import Derived
from ingestion.application.outcome import Disposition
from ingestion.application.record_playback import (
    derive_playback,
)
from ingestion.domain.errors import MisconfiguredError, TransientError
from ingestion.domain.interaction import Columns
from ingestion.domain.message import Message
from ingestion.domain.rejection import RejectionReason

from tests.support.builders import (
    PLAYBACK_RULES,
    a_message,
    a_playback,
    a_reaction,
    a_start,
    progress,
    totals,
)
from tests.support.playback_story import PlaybackStory, ends

D = Disposition


def start(number: int, **fields: Any) -> Message:
    body = a_start(
        **{"activity_id": f"a-{number}", "playback_id": f"p-{number}", "user_id": f"u-{number}"}
        | fields
    )
    return a_message(body, message_id=f"m-{number}")


def test_a_start_is_archived_and_recorded() -> None:
    """One click, one row, one call."""
    story = PlaybackStory()
    outcome = story.record(start(1))
    assert ends(outcome) == [D.RECORDED]
    assert (outcome.recorded, outcome.calls, outcome.failed) == (1, 1, [])
    assert [row.interaction for row in story.archive.rows] == list(
        story.tracker.trained_on.values()
    )


def test_heartbeats_cost_no_call() -> None:
    """Thirty heartbeats between thresholds are thirty times nothing."""
    story = PlaybackStory()
    beats = [
        a_message(
            a_playback(activity_id=f"a-{n}", before=progress(10 + n), totals=totals(11.0 + n)),
            message_id=str(n),
        )
        for n in range(8)
    ]
    assert set(ends(story.record(*beats))) == {D.NO_INTERACTION}
    assert (story.tracker.calls, story.archive.rows) == ([], [])


def test_one_poison_among_five_hundred_harms_no_neighbour() -> None:
    """It is stored with its reason and bytes, all others are recorded."""
    story = PlaybackStory()
    poison = a_message(b"\xff\x00 poison", message_id="poison")
    outcome = story.record(*map(start, range(250)), poison, *map(start, range(250, 499)))
    assert outcome.count(D.RECORDED) == 499
    assert outcome.count(D.REJECTED) == 1
    (rejection,) = story.rejections.rejections.values()
    assert (rejection.message.body, rejection.reason) == (
        b"\xff\x00 poison",
        RejectionReason.ENCODING,
    )
    assert outcome.failed == []


def test_a_refused_interaction_is_rejected_with_its_message() -> None:
    """What only the service finds wrong is a rejection too."""
    story = PlaybackStory(refuses=lambda i: i.user_id == "u-2")
    outcome = story.record(*map(start, range(4)))
    assert ends(outcome) == [D.RECORDED, D.RECORDED, D.REJECTED, D.RECORDED]
    assert outcome.rejections == {RejectionReason.PERSONALIZE_INVALID: 1}


def test_a_throttled_batch_is_delivered_again_and_loses_nothing() -> None:
    """While Personalize throttles, messages fail; once it recovers, all are recorded."""
    story = PlaybackStory(fails=lambda _: True)
    batch = list(map(start, range(20)))
    outcome = story.record(*batch)
    assert outcome.failed == [message.id for message in batch]
    story.tracker.fails = lambda _: False
    assert story.record(*batch).count(D.RECORDED) == 20
    assert len(story.tracker.trained_on) == 20
    assert story.rejections.rejections == {}


def test_a_second_delivery_trains_nothing_again() -> None:
    """Event ids are deterministic, so copies are known."""
    story = PlaybackStory()
    story.record(start(1))
    before = dict(story.tracker.trained_on)
    story.record(start(1))
    assert story.tracker.trained_on == before


def test_a_copy_in_a_batch_is_superseded() -> None:
    """The same activity twice is sent once."""
    story = PlaybackStory()
    copy = a_message(start(1).body, message_id="copy")
    outcome = story.record(start(1), copy)
    assert ends(outcome) == [D.RECORDED, D.SUPERSEDED]
    assert outcome.recorded == 1


def test_what_consent_forbids_is_neither_sent_nor_normalised() -> None:
    """A viewer's no, and the browser's signal, are kept by the recorder too."""
    story = PlaybackStory()
    denied = start(1, consent={"state": "denied"})
    gpc = start(2, consent={"state": "granted", "gpc": True})
    granted = start(3, consent={"state": "granted"})
    assert ends(story.record(denied, gpc, granted)) == [
        D.NO_INTERACTION,
        D.NO_INTERACTION,
        D.RECORDED,
    ]
    assert [row.interaction.user_id for row in story.archive.rows] == ["u-3"]


def test_feedback_in_the_stream_is_rejected() -> None:
    """Feedback belongs in the queue, where its verdict is decided."""
    story = PlaybackStory()
    outcome = story.record(a_message(a_reaction()))
    assert outcome.rejections == {RejectionReason.SCHEMA: 1}


def test_the_end_of_a_playback_raises_its_row_without_a_call() -> None:
    """The archive learns the final completion, Personalize is left alone."""
    story = PlaybackStory()
    ended = a_playback(type="ended", before=progress(60.0), totals=totals(80.0), elapsed_ms=90_000)
    outcome = story.record(a_message(ended))
    assert ends(outcome) == [D.NO_INTERACTION]
    (row,) = story.archive.rows
    assert (row.to_send, row.interaction.event_value) == (False, 0.8)
    assert story.tracker.calls == []


def test_a_raised_row_keeps_to_the_columns_too() -> None:
    """A column that the schema lacks has no value in any row."""
    rules = replace(PLAYBACK_RULES, columns=Columns(frozenset()))
    ended = a_playback(type="ended", before=progress(60.0), totals=totals(80.0), elapsed_ms=90_000)
    derived = derive_playback(a_message(ended), rules)
    assert isinstance(derived, Derived)
    assert [row.interaction.event_value for row in derived.rows] == [None]


def test_a_full_archive_outage_fails_the_batch_before_anything_is_sent() -> None:
    """What is with Personalize can always be found in the archive."""
    story = PlaybackStory()
    story.archive.is_down = True
    with pytest.raises(TransientError):
        story.record(start(1))
    assert story.tracker.calls == []


def test_a_rejection_that_cannot_be_stored_fails_the_batch() -> None:
    """A rejection is never dropped."""
    story = PlaybackStory()
    story.rejections.is_down = True
    with pytest.raises(TransientError):
        story.record(a_message(b"poison"))


def test_all_refused_rejects_nothing() -> None:
    """With a wrong tracking id the messages wait for the operator."""
    story = PlaybackStory(refuses=lambda _: True)
    with pytest.raises(MisconfiguredError):
        story.record(start(1), start(2))
    assert story.rejections.rejections == {}


def test_a_message_whose_other_interaction_failed_is_not_yet_rejected() -> None:
    """It will be delivered again, and judged then."""
    both = {"totals": totals(60.0), "elapsed_ms": 90_000, "before": progress(0.0, start=None)}
    story = PlaybackStory(refuses=lambda i: i.event_type == "Watch")
    beats = iter([False, False, True])
    story.tracker.fails = lambda _: next(beats, True)
    outcome = story.record(start(1, **both))
    assert outcome.failed == ["m-1"]
    assert story.rejections.rejections == {}


def test_our_own_fault_on_one_message_harms_no_neighbour() -> None:
    """It is stored as an internal error, to be replayed, and the others go on."""
    story = PlaybackStory()
    broken = replace(a_message({}, message_id="broken"), body=cast("bytes", None))
    outcome = story.record(start(1), broken, start(2))
    assert ends(outcome) == [D.RECORDED, D.REJECTED, D.RECORDED]
    assert outcome.rejections == {RejectionReason.INTERNAL_ERROR: 1}


_MESSAGES = st.lists(
    st.sampled_from(["start", "beat", "junk", "refused", "failing", "copy"]), max_size=30
)


@given(_MESSAGES)
def test_each_message_ends_in_exactly_one_place(kinds: list[str]) -> None:
    """Received = recorded + no interaction + superseded + rejected + failed, in every mix."""
    story = PlaybackStory(
        refuses=lambda i: (i.user_id or "").startswith("refused"),
        fails=lambda call: (call.user_id or "").startswith("failing"),
    )
    anchor = start(10_000)
    bodies = {
        "start": start,
        "beat": lambda n: a_message(a_playback(activity_id=f"b-{n}"), message_id=f"m-{n}"),
        "junk": lambda n: a_message(b"junk", message_id=f"m-{n}"),
        "refused": lambda n: start(n, user_id=f"refused-{n}"),
        "failing": lambda n: start(n, user_id=f"failing-{n}"),
        "copy": lambda n: a_message(anchor.body, message_id=f"m-{n}"),
    }
    messages = [anchor, *(bodies[kind](n) for n, kind in enumerate(kinds))]
    outcome = story.record(*messages)
    assert [message for message, _ in outcome.dispositions] == messages
    assert sum(outcome.count(disposition) for disposition in D) == len(messages)
    assert outcome.count(D.REJECTED) == len(story.rejections.rejections)
    assert len(outcome.failed) == outcome.count(D.FAILED)
    assert set(outcome.rejections) <= {
        RejectionReason.JSON,
        RejectionReason.PERSONALIZE_INVALID,
    }
