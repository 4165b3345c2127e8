"""Amazon Comprehend by boto3: the language of texts, and the sentiment in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from ingestion.adapters.refusals import refusals_told
from ingestion.domain.activity import Sentiment, SentimentLabel, SentimentScores
from ingestion.domain.comment import Unread

if TYPE_CHECKING:
    from types_boto3_comprehend.client import ComprehendClient

_CONNECT_TIMEOUT_S: Final = 1.0
_READ_TIMEOUT_S: Final = 4.0
_ATTEMPTS: Final = 2
_WAIT_S: Final = 1.0  # at most, between two attempts of botocore's standard mode

# Errors of the operations that are about what is in the call (API reference).
_REFUSALS: Final = frozenset(
    {
        "BatchSizeLimitExceededException",
        "InvalidRequestException",
        "TextSizeLimitExceededException",
        "UnsupportedLanguageException",
        "ValidationException",
    }
)
# Codes in the list of errors of an answer. The API reference names none of them, so whatever is not
# known here counts as "not now" and nothing is given up by a guess.
_UNREAD: Final[Mapping[str, Unread]] = {
    "INVALID_REQUEST": Unread.TEXT,
    "TEXT_SIZE_LIMIT_EXCEEDED": Unread.TEXT,
    "UNSUPPORTED_LANGUAGE": Unread.LANGUAGE,
}
_LABELS: Final = {
    "Positive": "positive",
    "Negative": "negative",
    "Neutral": "neutral",
    "Mixed": "mixed",
}


def comprehend_client() -> "ComprehendClient":
    """A client that gives up in time for the batch to be delivered again."""
    config = Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    return boto3.client("comprehend", config=config)  # pyright: ignore[reportUnknownMemberType]


class ComprehendSentimentDetector:
    """Asks BatchDetectDominantLanguage and BatchDetectSentiment."""

    def __init__(self, client: "ComprehendClient") -> None:
        self._client = client

    @property
    def longest_call_s(self) -> float:
        """All attempts with their timeouts and the wait in between."""
        return _ATTEMPTS * (_CONNECT_TIMEOUT_S + _READ_TIMEOUT_S) + _WAIT_S

    def languages(self, texts: Sequence[str]) -> Sequence[str | Unread]:
        """The dominant language of each text; see the port."""
        with refusals_told("BatchDetectDominantLanguage", _REFUSALS):
            answer = self._client.batch_detect_dominant_language(TextList=list(texts))
        return _in_order(len(texts), answer, _language)

    def sentiments(self, texts: Sequence[str], language: str) -> Sequence[Sentiment | Unread]:
        """The sentiment in each text; see the port."""
        with refusals_told("BatchDetectSentiment", _REFUSALS):
            answer = self._client.batch_detect_sentiment(
                TextList=list(texts),
                LanguageCode=language,  # pyright: ignore[reportArgumentType]  -- a literal in the stubs
            )
        return _in_order(len(texts), answer, _sentiment)


def _in_order[T](
    count: int, answer: Mapping[str, Any], read: Callable[[Mapping[str, Any]], T | Unread]
) -> list[T | Unread]:
    """The answers by the index that each names; what the answer does not mention is not now."""
    found: dict[int, T | Unread] = {each["Index"]: read(each) for each in answer["ResultList"]}
    unread = {each["Index"]: _UNREAD.get(each["ErrorCode"]) for each in _errors_in(answer)}
    return [found.get(at) or unread.get(at) or Unread.NOT_NOW for at in range(count)]


def _errors_in(answer: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return answer.get("ErrorList", [])


def _language(result: Mapping[str, Any]) -> str | Unread:
    languages: list[Mapping[str, Any]] = result["Languages"]
    if not languages:
        return Unread.LANGUAGE
    return str(max(languages, key=lambda each: each["Score"])["LanguageCode"])


def _sentiment(result: Mapping[str, Any]) -> Sentiment:
    """A result as feedback carries it; the scores are 32-bit numbers and sum up to nearly one."""
    told: Mapping[str, float] = result["SentimentScore"]
    total = sum(told[label] for label in _LABELS)
    scores = {ours: round(told[label] / total, 6) for label, ours in _LABELS.items()}
    return Sentiment(label=SentimentLabel(result["Sentiment"]), scores=SentimentScores(**scores))
