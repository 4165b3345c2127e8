"""Read the comments of a batch: words → language → sentiment, as few calls as there can be."""

from collections.abc import Callable, Sequence
from copy import replace
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import Final

from ingestion.application.deriving import Derived, DerivedBatch, Fault, attempt
from ingestion.application.outcome import Disposition
from ingestion.domain.activity import Comment, SentimentFeedback
from ingestion.domain.comment import (
    SENTIMENT_LANGUAGES,
    Reading,
    Unread,
    as_feedback,
    is_comment,
)
from ingestion.domain.errors import RefusedError, TransientError
from ingestion.domain.message import Message
from ingestion.domain.parsing import ReceivedActivity
from ingestion.domain.rejection import Rejection, RejectionReason
from ingestion.ports import SentimentDetector, TimeLeft

# BatchDetectSentiment and BatchDetectDominantLanguage take 25 documents (API reference).
MAX_TEXTS_PER_CALL: Final = 25
# What the rest of the invocation needs: verdicts, archive, calls, answer.
_REST_S: Final = 20.0

type DeriveFeedback = Callable[[ReceivedActivity[SentimentFeedback]], Derived]


def with_sentiments(
    batch: DerivedBatch,
    *,
    detector: SentimentDetector,
    time_left: TimeLeft,
    derive: DeriveFeedback,
) -> DerivedBatch:
    """The batch with what its comments earn, those that their writers keep private left alone.

    Raises:
        MisconfiguredError: The detector may not be used; the batch is delivered again.
    """
    comments = {
        derived.received.message.id: derived.received
        for derived in batch.derived
        if is_comment(derived.received) and not derived.received.activity.is_private
    }
    texts = [received.activity for received in comments.values()]
    readings = read_comments(texts, detector=detector, time_left=time_left)
    kept = {message.id: message for message in batch.messages}
    results = {
        received.message.id: _understood(
            received, reading, kept=kept[received.message.id], derive=derive
        )
        for received, reading in zip(comments.values(), readings, strict=True)
    }
    everything = [results.get(each.received.message.id, each) for each in batch.derived]
    return replace(
        batch,
        derived=tuple(each for each in everything if isinstance(each, Derived)),
        rejections=(
            *batch.rejections,
            *(each for each in everything if isinstance(each, Rejection)),
        ),
    )


def _understood(
    received: ReceivedActivity[Comment], reading: Reading, *, kept: Message, derive: DeriveFeedback
) -> Derived | Rejection:
    """What a comment earns, once it is read or is known not to be; `kept` is what may be stored."""
    match reading:
        case Unread.NOT_NOW:
            return Derived(received, end=Disposition.FAILED)
        case Unread.LANGUAGE:
            return Derived(received)
        case Unread.TEXT:
            return Rejection(kept, RejectionReason.COMMENT, "refused_by_the_detector")
        case _:
            derived = attempt(lambda: derive(as_feedback(received, reading)))
            return derived.rejection_of(kept) if isinstance(derived, Fault) else derived


def read_comments(
    comments: Sequence[Comment], *, detector: SentimentDetector, time_left: TimeLeft
) -> Sequence[Reading]:
    """The sentiment of each comment, in order, as far as time and the detector allow."""
    reader = _Reader(detector, time_left)
    languages = _languages_of(comments, reader)
    readings: list[Reading] = [
        language if isinstance(language, Unread) else Unread.LANGUAGE for language in languages
    ]
    for language in sorted(SENTIMENT_LANGUAGES):
        places = [at for at, found in enumerate(languages) if found == language]
        ask = partial(detector.sentiments, language=language)
        for place, reading in zip(
            places, reader.ask(ask, [comments[at].text for at in places]), strict=True
        ):
            readings[place] = reading
    return readings


def _languages_of(comments: Sequence[Comment], reader: "_Reader") -> Sequence[str | Unread]:
    """The language that each comment says it is in, or else that it is found to be in."""
    unknown = [comment.text for comment in comments if comment.language is None]
    found = iter(reader.ask(reader.detector.languages, unknown))
    return [next(found) if each.language is None else each.language for each in comments]


@dataclass(slots=True)
class _Reader:
    """Asks the detector until it fails once or time runs out; what is left comes again."""

    detector: SentimentDetector
    time_left: TimeLeft
    is_down: bool = False

    def ask[T](
        self, ask: Callable[[Sequence[str]], Sequence[T | Unread]], texts: Sequence[str]
    ) -> list[T | Unread]:
        return [
            answer
            for chunk in batched(texts, MAX_TEXTS_PER_CALL, strict=False)
            for answer in self._ask_once(ask, chunk)
        ]

    def _ask_once[T](
        self, ask: Callable[[Sequence[str]], Sequence[T | Unread]], texts: Sequence[str]
    ) -> Sequence[T | Unread]:
        not_now = [Unread.NOT_NOW] * len(texts)
        if self.is_down or self.time_left() < self.detector.longest_call_s + _REST_S:
            return not_now
        try:
            return ask(texts)
        except TransientError:
            self.is_down = True
            return not_now
        except RefusedError:
            return self._one_by_one(ask, texts)

    def _one_by_one[T](
        self, ask: Callable[[Sequence[str]], Sequence[T | Unread]], texts: Sequence[str]
    ) -> Sequence[T | Unread]:
        """Find out whose fault it is that a call was refused; the neighbours are read."""
        if len(texts) == 1:
            return [Unread.TEXT]
        return [answer for text in texts for answer in self._ask_once(ask, [text])]
