"""The fate of each record in the archive: exactly one, which the stores or the record explain."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ingestion.domain.activity import (
    ACTIVITY,
    Comment,
    PlaybackActivity,
    PlaybackType,
    Sentiment,
    SentimentFeedback,
)
from ingestion.domain.comment import as_feedback
from ingestion.domain.dialects.detection import NotPlayback, Understood, understand
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.feedback import FeedbackThresholds, Opinion, judge
from ingestion.domain.message import Message
from ingestion.domain.parsing import (
    AnyActivity,
    AnyFeedback,
    ClockWindow,
    ReceivedActivity,
    viewer_of,
)
from ingestion.domain.playback import Thresholds, crossed
from ingestion.domain.point import PointActivity
from ingestion.domain.rejection import Rejection
from ingestion.domain.unpacking import unpack
from ingestion.settings.record_feedback import RecordFeedbackSettings
from ingestion.settings.record_playback import RecordPlaybackSettings
from pydantic import ValidationError

from local.demo.stores import ArchivedMessage, Row, Stores

type Telling = tuple[str, str]


class Fate(StrEnum):
    """Where a record ended. Each has exactly one; the names are for people."""

    INTERACTION = "became interactions"
    HEARTBEAT = "heartbeats that crossed no threshold"
    QUIET = "other player activities that crossed none"
    MOMENTS = "moments and aggregates that crossed no threshold"
    NO_PLAYBACK = "foreign messages that tell of no playback"
    PRIVATE = "kept out: no consent, or Global Privacy Control"
    VERDICT = "dislikes and likes taken back: kept as verdicts"
    NEUTRAL = "feedback that says neither yes nor no"
    OVERTAKEN = "overtaken by a later word on the same film"
    TOLD_AGAIN = "told before: the client sent it twice"
    REJECTED = "rejected, with reason and original bytes"
    UNEXPLAINED = "UNEXPLAINED"


# Of a record that carries several messages, the first of these that one of them has is its fate.
_FIRST_OF_CARRIED = (
    Fate.UNEXPLAINED,
    Fate.REJECTED,
    Fate.INTERACTION,
    Fate.MOMENTS,
    Fate.PRIVATE,
    Fate.NO_PLAYBACK,
    Fate.TOLD_AGAIN,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that the deployed functions follow, read from their environment."""

    playback: Thresholds
    feedback: FeedbackThresholds
    window: ClockWindow
    dialects: DialectRules

    @classmethod
    def of_functions(cls, playback: Mapping[str, str], feedback: Mapping[str, str]) -> Self:
        """Read the variables of both recorders."""
        settings = RecordPlaybackSettings.model_validate(playback)
        return cls(
            settings.thresholds,
            RecordFeedbackSettings.model_validate(feedback).feedback_thresholds,
            settings.window,
            settings.dialects,
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """The stores, arranged for looking up.

    Attributes:
        rejected: Rows, by the place of the message.
        interacted: Who told what became an interaction.
        verdicts: The activity that decided, by viewer and item.
        sentiments: What was read in each comment, by its text.
    """

    rejected: Mapping[tuple[str, str], Row]
    interacted: frozenset[Telling]
    verdicts: Mapping[tuple[str, str], str]
    sentiments: Mapping[str, Sentiment]
    rules: Rules

    @classmethod
    def in_stores(cls, stores: Stores, sentiments: Mapping[str, Sentiment], rules: Rules) -> Self:
        """Arrange what lies in the stores."""
        return cls(
            rejected={(row["origin"], row["id"]): row for row in stores.rejections.values()},
            interacted=frozenset(_telling(row) for row in stores.interactions if row["to_send"]),
            verdicts=stores.verdicts,
            sentiments=sentiments,
            rules=rules,
        )


def _telling(row: Row) -> Telling:
    viewer = f"user:{row['user_id']}" if row["user_id"] else f"guest:{row['guest_id']}"
    return viewer, row["activity_id"]


def fates_of(
    messages: Iterable[ArchivedMessage], evidence: Evidence
) -> Iterator[tuple[ArchivedMessage, Fate]]:
    """Yield each record with its fate."""
    told: set[Telling] = set()
    for message in messages:
        if message.place in evidence.rejected:
            yield message, Fate.REJECTED
            continue
        try:
            activity = ACTIVITY.validate_json(message.body)
        except ValidationError:
            yield message, _fate_of_foreign(message, told, evidence)
            continue
        yield message, _first_fate(activity, told, evidence)


def understood(message: ArchivedMessage, rules: Rules) -> list[Understood]:
    """Read what a record carries, with the ingestion's own code."""
    record = Message(message.id, message.origin, message.body, message.arrived_at_ms)
    return [
        each if isinstance(each, Rejection) else understand(each, rules.window, rules.dialects)
        for each in unpack(record)
    ]


def _fate_of_foreign(message: ArchivedMessage, told: set[Telling], evidence: Evidence) -> Fate:
    """Give the fate of a record that is no activity of ours: the most telling of those in it."""
    fates = {_fate_of_carried(each, told, evidence) for each in understood(message, evidence.rules)}
    return min(fates, key=_FIRST_OF_CARRIED.index)


def _fate_of_carried(result: Understood, told: set[Telling], evidence: Evidence) -> Fate:
    if isinstance(result, NotPlayback):
        return Fate.NO_PLAYBACK
    if isinstance(result, Rejection):
        place = (result.message.origin, result.message.id)
        return Fate.REJECTED if place in evidence.rejected else Fate.UNEXPLAINED
    fate = _first_fate(result.activity, told, evidence)
    return Fate.MOMENTS if fate in {Fate.HEARTBEAT, Fate.QUIET} else fate


def _first_fate(activity: AnyActivity, told: set[Telling], evidence: Evidence) -> Fate:
    """Give the fate of an activity, and remember that it was told."""
    telling = (viewer_of(activity) or "", activity.activity_id)
    if telling in told:
        return Fate.TOLD_AGAIN
    told.add(telling)
    return _fate(activity, telling, evidence)


def _fate(activity: AnyActivity, telling: Telling, evidence: Evidence) -> Fate:
    """Give the fate of an activity that was not told before."""
    has_interaction = telling in evidence.interacted
    if activity.is_private:
        return Fate.UNEXPLAINED if has_interaction else Fate.PRIVATE
    if has_interaction:
        return Fate.INTERACTION
    match activity:
        case PointActivity():
            return Fate.MOMENTS
        case PlaybackActivity():
            return _fate_of_playback(activity, evidence.rules.playback)
        case Comment():
            return _fate_of_comment(activity, telling, evidence)
        case _:
            return _fate_of_feedback(activity, telling, evidence)


def _fate_of_comment(activity: Comment, telling: Telling, evidence: Evidence) -> Fate:
    """Give the fate of the feedback that a comment is, with what Comprehend reads in it."""
    sentiment = evidence.sentiments.get(activity.text)
    if sentiment is None:
        return Fate.UNEXPLAINED
    return _fate_of_feedback(_as_feedback(activity, sentiment), telling, evidence)


def _as_feedback(activity: Comment, sentiment: Sentiment) -> SentimentFeedback:
    message = Message("", "", b"", activity.occurred_at_ms)
    received = ReceivedActivity(message, activity, "", activity.occurred_at_ms)
    return as_feedback(received, sentiment).activity


def _fate_of_playback(activity: PlaybackActivity, thresholds: Thresholds) -> Fate:
    if crossed(activity, thresholds):
        return Fate.UNEXPLAINED
    return Fate.HEARTBEAT if activity.type is PlaybackType.HEARTBEAT else Fate.QUIET


def _fate_of_feedback(activity: AnyFeedback, telling: Telling, evidence: Evidence) -> Fate:
    judgement = judge(activity, evidence.rules.feedback)
    if judgement is None:
        return Fate.NEUTRAL
    viewer, activity_id = telling
    standing = evidence.verdicts.get((viewer, activity.item_id))
    if standing is not None and standing != activity_id:
        return Fate.OVERTAKEN
    is_kept = standing == activity_id and judgement.opinion is not Opinion.LIKED
    return Fate.VERDICT if is_kept else Fate.UNEXPLAINED
