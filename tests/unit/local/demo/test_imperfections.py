"""Every imperfection is what it says, and is rejected for what it is."""

import json
from collections import Counter

import pytest
from ingestion.application.record_feedback import derive_feedback
from ingestion.application.record_playback import derive_playback
from ingestion.domain.rejection import Rejection, RejectionReason

from local.demo.imperfections import (
    IMPERFECTIONS,
    REPEATED,
    Imperfection,
    aggregated,
    expected_reasons,
    imperfect,
)
from local.demo.outgoing import ORDINARY, Outgoing, Way
from tests.support.builders import FEEDBACK_RULES, PLAYBACK_RULES, a_message
from tests.unit.local.demo.people import a_day, a_foreign_day, an_imperfect_day


@pytest.fixture(scope="module")
def day() -> list[Outgoing]:
    """The imperfect day of thirty viewers."""
    return an_imperfect_day()


def rejection_of(message: Outgoing) -> Rejection:
    if message.way is Way.STREAM:
        result = derive_playback(a_message(message.body), PLAYBACK_RULES)
    else:
        result = derive_feedback(a_message(message.body), FEEDBACK_RULES)
    assert isinstance(result, Rejection)
    return result


@pytest.mark.parametrize("imperfection", IMPERFECTIONS, ids=lambda each: each.name)
def test_an_imperfection_is_rejected_for_its_reason(
    imperfection: Imperfection, day: list[Outgoing]
) -> None:
    """The rules that are deployed say so."""
    messages = [each for each in day if each.kind == imperfection.name]

    assert len(messages) == 3
    assert {rejection_of(each).reason for each in messages} == {imperfection.reason}


def test_every_reason_for_what_arrives_is_shown() -> None:
    """All but those that only Personalize, Comprehend or our own fault can give."""
    later = {
        RejectionReason.COMMENT,
        RejectionReason.PERSONALIZE_LIMIT,
        RejectionReason.PERSONALIZE_INVALID,
        RejectionReason.INTERNAL_ERROR,
    }

    assert set(expected_reasons().values()) == set(RejectionReason) - later


def test_nothing_sound_is_lost(day: list[Outgoing]) -> None:
    """Every sound message is sent once, or once more."""
    foreign = a_foreign_day()
    sound = Counter(each.body for each in (*a_day(), *foreign.messages))
    kinds = {ORDINARY, REPEATED, *foreign.tellings}
    sent = Counter(each.body for each in day if each.kind in kinds)

    assert sound.keys() == sent.keys()
    assert Counter(sent.values()).keys() == {1, 2}


def test_some_messages_are_overtaken(day: list[Outgoing]) -> None:
    """The order of sending is not the order in which things happened."""
    sequences: dict[str, list[int]] = {}
    for message in day:
        if message.kind == ORDINARY and message.way is Way.STREAM:
            activity = json.loads(message.body)
            sequences.setdefault(activity["playback_id"], []).append(activity["seq"])

    assert any(sequence != sorted(sequence) for sequence in sequences.values())


def test_the_same_imperfections_are_made_every_time() -> None:
    """Chance is a hash of the activity."""
    assert imperfect(a_day(6)) == imperfect(a_day(6))


def test_an_aggregated_record_is_laid_out_as_the_library_does() -> None:
    """Magic number, partition key, one record of index 0 with its data, MD5."""
    record = aggregated("k", [b"data"])

    assert record[:4] == b"\xf3\x89\x9a\xc2"
    assert record[4:-16] == b"\x0a\x01k" + b"\x1a\x08" + b"\x08\x00" + b"\x1a\x04data"


def test_a_long_field_has_a_length_of_several_bytes() -> None:
    """Protobuf writes seven bits a byte, the lowest first."""
    record = aggregated("k" * 300, [])

    assert record[4:7] == b"\x0a\xac\x02"
