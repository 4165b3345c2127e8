"""Comments: what somebody wrote becomes the sentiment in it, and the words stay behind."""

from enum import StrEnum
from typing import Final, TypeIs

from ingestion.domain.activity import Comment, Sentiment, SentimentFeedback
from ingestion.domain.parsing import AnyActivity, ReceivedActivity

# Those in which Amazon Comprehend tells sentiment (developer guide, supported languages).
SENTIMENT_LANGUAGES: Final = frozenset(
    {"ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "pt", "zh", "zh-TW"}
)


class Unread(StrEnum):
    """Why nothing is known of the sentiment of a comment."""

    NOT_NOW = "not_now"  # it may be read when it comes again
    LANGUAGE = "language"  # in no language in which sentiment is told
    TEXT = "text"  # a text that will never be read


type Reading = Sentiment | Unread


def is_comment(
    received: ReceivedActivity[AnyActivity],
) -> TypeIs[ReceivedActivity[Comment]]:
    """Whether it tells what somebody wrote."""
    return isinstance(received.activity, Comment)


def as_feedback(
    received: ReceivedActivity[Comment], sentiment: Sentiment
) -> ReceivedActivity[SentimentFeedback]:
    """The feedback that a comment is: all that was told but the words, and the sentiment in them.

    It has the activity id of the comment, so that its event id is the same at every delivery.
    """
    told = received.activity.model_dump(exclude={"kind", "text", "language"}, exclude_unset=True)
    feedback = SentimentFeedback(**told, kind="feedback", type="sentiment", sentiment=sentiment)
    return ReceivedActivity(received.message, feedback, received.viewer, received.occurred_at_ms)
