"""What load tells: what a story says it earns is what the rules of the ingestion make of it."""

import json
from collections import Counter

import pytest
from ingestion.domain.activity import ACTIVITY, PlaybackActivity
from ingestion.domain.playback import Thresholds, crossed

from local.load.audience import DEFAULT_MIX, Audience
from local.load.parcel import Channel, Kind, Parcel
from local.load.stories import (
    Teller,
    expected_reasons,
    foreign_viewing,
    metadata_record,
    native_viewing,
    opinion,
    poison,
)

NOW_MS = 1_795_500_000_000
TELLER = Teller("teller", lambda: NOW_MS)
# The defaults of the template.
THRESHOLDS = Thresholds(
    watch_ratio=0.5, watch_cap_s=300.0, watch_unknown_duration_s=60.0, complete_ratio=0.9
)


def an_audience(name: str = "audience") -> Audience:
    """Build an audience with a clock that stands still."""
    return Audience(name, viewers=5, mix=DEFAULT_MIX, clock=lambda: NOW_MS)


def drawn(audience: Audience, count: int) -> list[Parcel]:
    """Draw some messages."""
    return [audience.draw() for _ in range(count)]


@pytest.mark.parametrize("number", range(40))
def test_a_native_activity_earns_what_the_rules_say(number: int) -> None:
    """Two computations of the same: the load's own and that of the ingestion."""
    for parcel in native_viewing(TELLER, number):
        activity = ACTIVITY.validate_json(parcel.body)
        assert isinstance(activity, PlaybackActivity)
        assert parcel.earns == crossed(activity, THRESHOLDS)
        assert activity.occurred_at_ms < NOW_MS


def test_native_viewings_earn_everything_there_is() -> None:
    """Some nothing, some all three."""
    earned = [
        {each for parcel in native_viewing(TELLER, number) for each in parcel.earns}
        for number in range(40)
    ]

    assert set() in earned
    assert {"Click", "Watch", "Complete"} in earned


def test_nobody_watches_a_film_twice() -> None:
    """So that user, item and event type name an interaction."""
    films = [native_viewing(TELLER, number)[0].item_id for number in range(15)]

    assert len(set(films)) == 15


def test_a_foreign_viewing_earns_with_its_last_record() -> None:
    """The records before may have earned any of it."""
    *earlier, last = foreign_viewing(TELLER, 0)

    assert last.earns
    assert {each.may_earn for each in earlier} == {last.earns}
    assert not any(each.earns for each in earlier)


def test_opinions_are_of_every_kind() -> None:
    """Likes that stand, likes taken back, and what earns nothing."""
    told = [parcel for number in range(40) for parcel in opinion(TELLER, number)]
    words = {(json.loads(each.body)["type"], each.earns, each.may_earn) for each in told}

    assert ("like", ("Like",), ()) in words
    assert ("like", (), ("Like",)) in words
    assert {word for word, *_ in words} == {"like", "unlike", "dislike", "rating"}
    assert {each.is_opinion for each in told} == {True, False}


def test_a_later_record_of_a_subject_differs() -> None:
    """So that it shows which of the two Personalize has."""
    stories = [metadata_record(TELLER, number) for number in range(40)]
    first, second = next(story for story in stories if len(story) == 2)

    assert first.name == second.name
    assert first.told_at_ms < second.told_at_ms
    assert first.body != second.body


def test_every_poison_is_told_by_turns() -> None:
    """Each with the reason for which it has to be rejected."""
    told = [poison(TELLER, number)[0] for number in range(len(expected_reasons()))]

    assert {each.name for each in told} == expected_reasons().keys()
    assert len({each.body for each in told}) == len(told)


def test_the_mix_is_kept() -> None:
    """Within what chance does to two thousand messages."""
    kinds = Counter(each.kind for each in drawn(an_audience(), 2000))

    for kind, share in DEFAULT_MIX.items():
        assert kinds[kind] == pytest.approx(share * 20, rel=0.5, abs=10)


def test_the_same_name_tells_the_same() -> None:
    """Two audiences of one name, and another."""
    assert drawn(an_audience(), 300) == drawn(an_audience(), 300)
    assert drawn(an_audience(), 300) != drawn(an_audience("other"), 300)


def test_what_is_sent_twice_was_sent_before() -> None:
    """Byte for byte."""
    seen: set[bytes] = set()
    for parcel in drawn(an_audience(), 1000):
        assert parcel.kind is not Kind.DUPLICATE or parcel.body in seen
        seen.add(parcel.body)


def test_stories_that_were_begun_can_be_ended() -> None:
    """Whatever else than our own viewings was begun is then told to its end."""
    audience = an_audience()
    told = [*drawn(audience, 700), *audience.rest()]
    foreign = [each for each in told if each.kind is Kind.FOREIGN]
    ended = {each.story for each in foreign if not each.may_earn}

    assert {each.story for each in foreign} == ended
    assert list(audience.rest()) == []


def test_each_message_knows_its_channel() -> None:
    """Playback to the stream, the others to their queues."""
    told = {(each.kind, each.channel) for each in drawn(an_audience(), 1000)}

    assert {channel for kind, channel in told if kind is Kind.NATIVE} == {Channel.STREAM}
    assert {channel for kind, channel in told if kind is Kind.FEEDBACK} == {Channel.FEEDBACK}
    assert {channel for kind, channel in told if kind is Kind.METADATA} == {Channel.METADATA}
