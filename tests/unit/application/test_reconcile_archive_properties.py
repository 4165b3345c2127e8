"""Whatever arrives: what the recorders leave explains it, and nothing less does."""

from copy import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.conservation import End
from ingestion.domain.message import Message
from ingestion.ports import ArchiveSection

from tests.support.archive_story import HOUR, ArchiveStory
from tests.support.builders import (
    NOW_MS,
    a_message,
    a_playback,
    a_rating,
    a_reaction,
    a_start,
    progress,
    totals,
)
from tests.support.feedback_story import FeedbackStory
from tests.support.playback_story import PlaybackStory

_NUMBERS = st.integers(min_value=0, max_value=3)
_SECONDS = st.sampled_from([0.0, 20.0, 40.0, 60.0, 95.0])


@st.composite
def playbacks(draw: st.DrawFn) -> Any:
    """An activity of one of four playbacks, now and then a broken or a private one."""
    before_s, now_s = sorted((draw(_SECONDS), draw(_SECONDS)))
    body = draw(st.sampled_from([a_start(), a_playback(type="pause"), a_playback()]))
    if body["type"] != "play":
        body |= {"totals": totals(now_s), "before": progress(before_s), "elapsed_ms": 100_000}
    number = draw(_NUMBERS)
    body |= {"playback_id": f"p-{number}", "activity_id": f"a-{number}-{now_s}-{before_s}"}
    return draw(st.sampled_from([body, body, body, body | {"user_id": "null"}, b"{", [body, {}]]))


@st.composite
def opinions(draw: st.DrawFn) -> Any:
    """Something said of one of four items at one of four moments."""
    body = draw(
        st.sampled_from([a_reaction(), a_reaction("unlike"), a_rating(5.0), a_rating(3.0), b"["])
    )
    if isinstance(body, bytes):
        return body
    number, moment = draw(_NUMBERS), draw(_NUMBERS)
    at_ms = NOW_MS - 10_000 + moment * 1000
    told = {"item_id": f"item-{number}", "occurred_at_ms": at_ms}
    return body | told | {"activity_id": f"{body['type']}-{number}-{moment}"}


def _messages(bodies: list[Any]) -> list[Message]:
    return [a_message(body, message_id=str(at)) for at, body in enumerate(bodies)]


def _recorded(watched: list[Any], said: list[Any], settle_s: int) -> ArchiveStory:
    refuses = PlaybackStory(
        refuses=lambda each: each.item_id != "sound" and each.event_id.startswith("0")
    )
    story = ArchiveStory(refuses, FeedbackStory(settle_delay_s=settle_s))
    # Beside something that Personalize takes: where it refuses all, nothing is rejected.
    sound = a_start(playback_id="sound", activity_id="sound", item_id="sound")
    for message in _messages(watched):
        story.watch(a_message(sound, message_id=f"{message.id}0000"), message)
    for message in _messages(said):
        story.say(replace(message, origin="feedback"))
    story.say(*story.feedback.settling.held)
    return story


@given(
    st.lists(playbacks(), max_size=12),
    st.lists(opinions(), max_size=8),
    st.sampled_from([0, 30]),
)
def test_nothing_is_lost_and_nothing_is_unexplained(
    watched: list[Any], said: list[Any], settle_s: int
) -> None:
    """Each message has one end; none is unproven, as none is foreign."""
    account = _recorded(watched, said, settle_s).account()
    assert account.holds
    assert not account.has_other_rules
    assert not account.ends.get(End.UNPROVEN, 0)


@given(st.lists(playbacks(), min_size=1, max_size=12), st.data())
def test_a_loss_is_seen(watched: list[Any], data: st.DataObject) -> None:
    """Take away every copy of any row, or any rejection that is no refusal."""
    story = _recorded(watched, [], 0)
    reader = story.reader()
    sections = (ArchiveSection.INTERACTIONS, ArchiveSection.REJECTIONS)
    present = [(s, row) for s in sections for row in reader.partitions.get((s, HOUR), [])]
    refused = {row["id"] for _, row in present if row.get("reason") == "personalize_invalid"}
    candidates = [(s, row) for s, row in present if not refused]
    if not candidates:
        return
    section, lost = data.draw(st.sampled_from(candidates))
    names = ("event_id", "version", "to_send") if "event_id" in lost else ("origin", "id")
    reader.partitions[section, HOUR] = [
        row for row in reader.partitions[section, HOUR] if any(row[n] != lost[n] for n in names)
    ]
    assert not story.account(reader).holds
