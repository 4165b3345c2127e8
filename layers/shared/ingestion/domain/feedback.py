"""From what people say to a `Like` or to nothing, and to the verdict that stands.

Personalize takes every interaction as a positive one (developer guide, item interactions), so what
is negative is never sent: it is kept as the viewer's verdict on the item.
"""

from copy import replace
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ingestion.domain.activity import RatingFeedback, Reaction, Sentiment, SentimentLabel
from ingestion.domain.message import Message
from ingestion.domain.parsing import AnyActivity, AnyFeedback, ReceivedActivity

# SQS holds a message back for at most 15 minutes (developer guide, delay queues).
MAX_SETTLE_DELAY_S: Final = 900


class Opinion(StrEnum):
    """What a viewer thinks of an item."""

    LIKED = "liked"
    DISLIKED = "disliked"
    NONE = "none"  # taken back


@dataclass(frozen=True, slots=True)
class FeedbackThresholds:
    """From where on feedback counts.

    Attributes:
        like_rating: A rating from this share of its own scale on is a like, 0..1.
        dislike_rating: A rating up to this share is a dislike, 0..1.
        sentiment_confidence: A label counts from this score on, 0..1. Comprehend's score says how
            sure it is, not how strong the feeling is: it is a gate.
        sentiment_margin: How far positive and negative must lie apart, 0..1.
    """

    like_rating: float
    dislike_rating: float
    sentiment_confidence: float
    sentiment_margin: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a feedback activity says: the opinion and, for a like, its strength in 0..1."""

    opinion: Opinion
    strength: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The opinion of a viewer on an item, as of a time.

    The later one stands, whatever the order of delivery; at the same millisecond the greater
    `activity_id` does, so that every delivery order ends alike.
    """

    viewer: str
    item_id: str
    opinion: Opinion
    occurred_at_ms: int
    activity_id: str

    @property
    def subject(self) -> tuple[str, str]:
        """Whose opinion on what it is."""
        return self.viewer, self.item_id

    @property
    def order(self) -> tuple[int, str]:
        """What decides between two verdicts on the same item."""
        return self.occurred_at_ms, self.activity_id


def verdict_of(
    received: ReceivedActivity[AnyFeedback], judgement: Judgement | None
) -> Verdict | None:
    """The verdict that a judgement is, of whom and when; None for none."""
    if judgement is None:
        return None
    return Verdict(
        viewer=received.viewer,
        item_id=received.activity.item_id,
        opinion=judgement.opinion,
        occurred_at_ms=received.occurred_at_ms,
        activity_id=received.activity.activity_id,
    )


def message_to_hold(received: ReceivedActivity[AnyActivity]) -> Message:
    """The message that says the same when it comes again after the settle delay."""
    body = received.activity.model_dump_json(exclude_unset=True)
    return replace(received.message, body=body.encode())


_REACTIONS: Final = {
    "like": Judgement(Opinion.LIKED, 1.0),
    "unlike": Judgement(Opinion.NONE),
    "dislike": Judgement(Opinion.DISLIKED),
    "undislike": Judgement(Opinion.NONE),
    "not_interested": Judgement(Opinion.DISLIKED),
}


def judge(activity: AnyFeedback, thresholds: FeedbackThresholds) -> Judgement | None:
    """What the activity says of the item; None when it says neither yes nor no."""
    match activity:
        case Reaction():
            return _REACTIONS[activity.type]
        case RatingFeedback():
            return _judge_rating(activity.rating.share, thresholds)
        case _:
            return _judge_sentiment(activity.sentiment, thresholds)


def _judge_rating(share: float, thresholds: FeedbackThresholds) -> Judgement | None:
    if share >= thresholds.like_rating:
        return Judgement(Opinion.LIKED, round(share, 4))
    return Judgement(Opinion.DISLIKED) if share <= thresholds.dislike_rating else None


def _judge_sentiment(sentiment: Sentiment, thresholds: FeedbackThresholds) -> Judgement | None:
    scores = sentiment.scores
    margin = scores.positive - scores.negative
    if max(scores.positive, scores.negative) < thresholds.sentiment_confidence:
        return None
    if sentiment.label is SentimentLabel.POSITIVE and margin >= thresholds.sentiment_margin:
        return Judgement(Opinion.LIKED, round(margin, 4))
    if sentiment.label is SentimentLabel.NEGATIVE and -margin >= thresholds.sentiment_margin:
        return Judgement(Opinion.DISLIKED)
    return None
