"""Foreign messages and shared records in the stream: each is accounted for."""

import json

import pytest
from ingestion.application.outcome import Disposition
from ingestion.domain.rejection import RejectionReason

from local.demo.imperfections import aggregated
from local.demo.tellers import Teller, segment, xapi
from tests.support.builders import a_message, a_playback, a_start
from tests.support.performances import PLAY, Performance
from tests.support.playback_story import PlaybackStory, ends

D = Disposition
VIEWING = Performance("V1", 100, (PLAY, ("watch", 10)))


@pytest.mark.parametrize("tell", [segment, xapi])
def test_foreign_messages_are_understood(tell: Teller) -> None:
    """None of a viewing is rejected."""
    outcome = PlaybackStory().record(
        *(a_message(body, message_id=str(at)) for at, body in enumerate(VIEWING.told(tell)))
    )
    assert outcome.count(D.REJECTED) == 0


def test_what_tells_of_no_playback_is_worth_no_interaction() -> None:
    """A page view is no fault: whoever sends all of a tracker's messages need not sort them."""
    story = PlaybackStory()
    outcome = story.record(a_message({"type": "page", "anonymousId": "guest-1"}))
    assert ends(outcome) == [D.NO_INTERACTION]
    assert story.rejections.rejections == {}


def test_every_element_of_a_list_is_accounted_for() -> None:
    """A good one is recorded, a bad one is rejected with its own bytes and id."""
    story = PlaybackStory()
    outcome = story.record(
        a_message([a_start(), {"kind": "nothing"}, a_playback(activity_id="a-2")])
    )
    assert ends(outcome) == [D.RECORDED, D.REJECTED, D.NO_INTERACTION]
    (rejection,) = story.rejections.rejections.values()
    assert (rejection.message.id, rejection.message.body) == ("m-1.1", b'{"kind": "nothing"}')


def test_an_aggregate_is_recorded() -> None:
    """Producers may use the Kinesis Producer Library as it comes."""
    starts = [a_start(playback_id=f"p-{n}", activity_id=f"a-{n}") for n in range(3)]
    record = aggregated("user-1", [json.dumps(start).encode() for start in starts])
    assert ends(PlaybackStory().record(a_message(record))) == [D.RECORDED] * 3


def test_a_record_that_cannot_be_taken_apart_is_rejected_beside_good_ones() -> None:
    """It harms none of them."""
    story = PlaybackStory()
    outcome = story.record(
        a_message(a_start(), message_id="good"), a_message(b"[]", message_id="bad")
    )
    assert ends(outcome) == [D.RECORDED, D.REJECTED]
    assert outcome.rejections == {RejectionReason.SCHEMA: 1}


def test_an_element_that_fails_brings_its_record_again() -> None:
    """Kinesis knows records only, and names each once."""
    story = PlaybackStory(fails=lambda _: True)
    starts = [a_start(playback_id=f"p-{n}", activity_id=f"a-{n}") for n in range(3)]
    outcome = story.record(a_message(starts, message_id="seq"))
    assert set(ends(outcome)) == {D.FAILED}
    assert outcome.failed == ["seq"]
