"""One log, four ways to tell Personalize of it.

Each arm fills an `InteractionStore` of the emulator, with its rules for repeated and equal events.
Where an arm leaves room it gets the kinder reading: (b) also sends likes and no dislikes, (c) sends
one play for each playback, and their calls are counted as if they were grouped as well as ours.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import batched
from math import ceil
from typing import Any, Final

from ingestion.application.record_feedback import FeedbackPorts, record_feedback
from ingestion.application.record_playback import PlaybackPorts, record_playback
from ingestion.application.recording import RecorderPorts
from ingestion.domain.activity import Progress, Start
from ingestion.domain.feedback import Opinion
from ingestion.domain.message import Message
from ingestion.domain.playback import EventType, reached
from ingestion.domain.put_events import MAX_EVENTS_PER_CALL, PutEventsCall

from local.personalize.interactions import Interaction, InteractionStore
from tests.benchmarks.signal.logs import Log
from tests.support.builders import FEEDBACK_RULES, PLAYBACK_RULES, THRESHOLDS
from tests.support.fakes import (
    FakeActivityArchive,
    FakeEventTracker,
    FakeInteractionArchive,
    FakePlaybackStates,
    FakeRejectionStore,
    FakeSettlingQueue,
    FakeVerdictStore,
    plenty_of_time,
)

type Told = Mapping[str, Any]

BATCH: Final = 500  # BatchSize of RecordPlaybackFunction
_ON_THE_WAY_MS: Final = 500


class Arm(StrEnum):
    """What becomes an interaction."""

    OURS = "a"  # what record_playback and record_feedback make of it
    HEARTBEATS = "b"  # every heartbeat, position / duration as its value
    PLAYS = "c"  # every play, every like and every dislike
    POSITIONS = "d"  # as (a), but by the furthest position instead of unique seconds


@dataclass(frozen=True, slots=True)
class Signal:
    """What an arm sent.

    Attributes:
        store: The dataset that came of it.
        calls: PutEvents calls, grouped by viewer and visit within a batch, at most ten in each.
        types: How many interactions of each event type.
        disliked: (user id, item id) of the verdicts; those of (a) are asked for when serving.
    """

    store: InteractionStore
    calls: int
    types: Counter[str]
    disliked: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def signal_of(arm: Arm, log: Log) -> Signal:
    """Send a log as the arm would."""
    match arm:
        case Arm.OURS:
            return _through_our_code(log)
        case Arm.HEARTBEATS:
            return _sent(_heartbeats(log.playback), _likes(log.feedback))
        case Arm.PLAYS:
            return _sent(_first_plays(log.playback), _reactions(log.feedback))
        case Arm.POSITIONS:
            return _sent(_by_position(log.playback), _likes(log.feedback))


def dislikes(log: Log) -> frozenset[tuple[str, str]]:
    """The pairs of user and item that a filter on the event type `Dislike` would leave out."""
    return frozenset(
        (each["user_id"], each["item_id"]) for each in log.feedback if each["type"] != "like"
    )


# Our code -----------------------------------------------------------------------------------------


def _through_our_code(log: Log) -> Signal:
    """The real use cases with ports in memory; a rejected message would be a fault of the log."""
    tracker, verdicts, rejections = FakeEventTracker(), FakeVerdictStore(), FakeRejectionStore()
    recorder = RecorderPorts(tracker, FakeInteractionArchive(), rejections, concurrent_calls=1)
    playback = PlaybackPorts(recorder, FakePlaybackStates())
    for messages in batched(_messages(log.playback, "shard-0"), BATCH, strict=False):
        record_playback(messages, rules=PLAYBACK_RULES, ports=playback, time_left=plenty_of_time)
    for messages in batched(_messages(log.feedback, "feedback"), BATCH, strict=False):
        record_feedback(
            messages,
            rules=FEEDBACK_RULES,
            ports=FeedbackPorts(recorder, FakeActivityArchive(), verdicts, FakeSettlingQueue()),
            time_left=plenty_of_time,
        )
    if rejections.rejections:
        raise AssertionError(next(iter(rejections.rejections.values())).detail)
    sent = [row for call in tracker.calls for row in _rows(call)]
    return Signal(_stored(sent), len(tracker.calls), _types(sent), _disliked(verdicts))


def _messages(told: Iterable[Told], origin: str) -> Iterator[Message]:
    for number, each in enumerate(told):
        body = json.dumps(each).encode()
        yield Message(f"{origin}-{number}", origin, body, each["occurred_at_ms"] + _ON_THE_WAY_MS)


def _rows(call: PutEventsCall) -> Iterator[Interaction]:
    for each in call.interactions:
        yield Interaction(
            user_id=call.user_id,
            item_id=each.item_id,
            timestamp=each.sent_at_s,
            event_type=each.event_type,
            event_value=each.event_value,
            session_id=call.visit_id,
            event_id=each.event_id,
        )


def _disliked(verdicts: FakeVerdictStore) -> frozenset[tuple[str, str]]:
    return frozenset(
        (viewer.removeprefix("user:"), item_id)
        for (viewer, item_id), verdict in verdicts.verdicts.items()
        if verdict.opinion is Opinion.DISLIKED
    )


# What others do -----------------------------------------------------------------------------------

type Numbered = Iterator[tuple[int, Interaction]]
"""What is sent and the number of the message that it comes from."""


def _heartbeats(playback: Sequence[Told]) -> Numbered:
    for number, told in enumerate(playback):
        if told["type"] == "heartbeat":
            yield number, _interaction(told, "Heartbeat", _position(told))


def _first_plays(playback: Sequence[Told]) -> Numbered:
    seen: set[str] = set()
    for number, told in enumerate(playback):
        if told["type"] == "play" and told["playback_id"] not in seen:
            seen.add(told["playback_id"])
            yield number, _interaction(told, "Play", None)


def _likes(feedback: Sequence[Told]) -> Numbered:
    return (each for each in _reactions(feedback) if each[1].event_type == "Like")


def _reactions(feedback: Sequence[Told]) -> Numbered:
    for number, told in enumerate(feedback):
        yield number, _interaction(told, "Like" if told["type"] == "like" else "Dislike", 1.0)


def _by_position(playback: Sequence[Told]) -> Numbered:
    """Click, Watch and Complete by our thresholds, the furthest position for unique seconds."""
    earned: dict[str, frozenset[EventType]] = {}
    for number, told in enumerate(playback):
        known = earned.get(told["playback_id"], frozenset())
        now = reached(_position_as_progress(told), THRESHOLDS)
        for event_type in now:
            if event_type not in known:
                yield number, _interaction(told, event_type, _position(told))
        earned[told["playback_id"]] = known.union(now)


def _position(told: Told) -> float:
    return told["position_s"] / told["totals"]["duration_s"]


def _position_as_progress(told: Told) -> Progress:
    start = told["totals"]["start"]
    return Progress(
        start=None if start is None else Start(start),
        unique_s=told["position_s"],
        watch_time_s=0.0,
        duration_s=told["totals"]["duration_s"],
    )


def _interaction(told: Told, event_type: str, value: float | None) -> Interaction:
    return Interaction(
        user_id=told["user_id"],
        item_id=told["item_id"],
        timestamp=told["occurred_at_ms"] // 1000,
        event_type=event_type,
        event_value=value,
        session_id=told["visit_id"],
        event_id=f"{told['activity_id']}-{event_type}",
    )


# Sending ------------------------------------------------------------------------------------------


def _sent(*sources: Numbered) -> Signal:
    listed = [list(source) for source in sources]
    everything = [each for source in listed for _, each in source]
    return Signal(_stored(everything), sum(map(_calls, listed)), _types(everything))


def _calls(sent: Sequence[tuple[int, Interaction]]) -> int:
    """As few as ours, from the same batches of messages; mostly others make one call for each."""
    groups = Counter((number // BATCH, each.user_id, each.session_id) for number, each in sent)
    return sum(ceil(size / MAX_EVENTS_PER_CALL) for size in groups.values())


def _stored(sent: Iterable[Interaction]) -> InteractionStore:
    store = InteractionStore()
    for each in sent:
        store.record(each)
    return store


def _types(sent: Iterable[Interaction]) -> Counter[str]:
    return Counter(str(each.event_type) for each in sent)
