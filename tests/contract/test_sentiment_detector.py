"""The port `SentimentDetector`: the fake and Amazon Comprehend answer alike.

Comprehend is answered by botocore's Stubber, which checks requests and answers against the service
model: moto has none of the two operations.
"""

from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber
from ingestion.adapters.comprehend import ComprehendSentimentDetector, comprehend_client
from ingestion.application.reading_comments import MAX_TEXTS_PER_CALL
from ingestion.domain.activity import MAX_COMMENT_BYTES, Sentiment
from ingestion.domain.comment import SENTIMENT_LANGUAGES, Unread
from ingestion.domain.errors import MisconfiguredError, RefusedError, TransientError
from ingestion.ports import SentimentDetector

from tests.support.aws_faults import answering
from tests.support.fakes import FakeSentimentDetector

TEXTS = ["good", "bad", "so so"]
SCORES = {"good": (0.9, 0.0, 0.1), "bad": (0.0, 0.9, 0.1), "so so": (0.0, 0.0, 1.0)}
LABELS = {"good": "POSITIVE", "bad": "NEGATIVE", "so so": "NEUTRAL"}


class SentimentDetectorContract:
    """What every detector does."""

    def test_each_text_has_its_language(self, detector: SentimentDetector) -> None:
        """In order."""
        assert list(detector.languages(TEXTS)) == ["en", "en", "en"]

    def test_each_text_has_its_sentiment(self, detector: SentimentDetector) -> None:
        """In order, scores in keys of the contract."""
        found = detector.sentiments(TEXTS, "en")
        assert [each.label for each in found if isinstance(each, Sentiment)] == list(
            LABELS.values()
        )
        [good, *_] = found
        assert isinstance(good, Sentiment)
        assert good.scores.positive == pytest.approx(0.9)
        assert good.scores.neutral == pytest.approx(0.1)


class TestFakeSentimentDetector(SentimentDetectorContract):
    @pytest.fixture
    def detector(self) -> FakeSentimentDetector:
        return FakeSentimentDetector()


class TestComprehendSentimentDetector(SentimentDetectorContract):
    @pytest.fixture(autouse=True)
    def _client(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        self.client = comprehend_client()
        self.stub = Stubber(self.client)

    @pytest.fixture
    def detector(self) -> ComprehendSentimentDetector:
        """Comprehend, asked in any order by the contract."""
        answers = {"BatchDetectDominantLanguage": LANGUAGES, "BatchDetectSentiment": SENTIMENTS}
        for operation, answer in answers.items():
            self.client.meta.events.register_last(
                f"before-call.comprehend.{operation}",
                lambda answer=answer, **_: (_Ok(), answer),  # pyright: ignore[reportArgumentType]
            )
        return ComprehendSentimentDetector(self.client)

    def asked(self, operation: str, answer: dict[str, Any]) -> ComprehendSentimentDetector:
        self.stub.add_response(operation, answer)
        self.stub.activate()
        return ComprehendSentimentDetector(self.client)

    def test_the_request_is_what_comprehend_takes(self) -> None:
        """Texts in order and the language as a code."""
        self.stub.add_response(
            "batch_detect_sentiment", SENTIMENTS, {"TextList": TEXTS, "LanguageCode": "zh-TW"}
        )
        self.stub.activate()
        ComprehendSentimentDetector(self.client).sentiments(TEXTS, "zh-TW")
        self.stub.assert_no_pending_responses()

    def test_the_likeliest_language_is_the_one(self) -> None:
        """A text in which nothing is found is in no language."""
        likely = [{"LanguageCode": "en", "Score": 0.2}, {"LanguageCode": "es", "Score": 0.7}]
        results = [{"Index": 0, "Languages": likely}, {"Index": 1, "Languages": []}]
        answer = {"ResultList": results, "ErrorList": []}
        detector = self.asked("batch_detect_dominant_language", answer)
        assert detector.languages(["a", "b"]) == ["es", Unread.LANGUAGE]

    def test_errors_of_single_texts_are_told_apart(self) -> None:
        """A code that nobody knows is no reason to give a text up; neither is silence."""
        codes = [
            "INTERNAL_SERVER_ERROR",
            "TEXT_SIZE_LIMIT_EXCEEDED",
            "UNSUPPORTED_LANGUAGE",
            "SOMETHING_NEW",
        ]
        errors = [
            {"Index": at, "ErrorCode": code, "ErrorMessage": "…"} for at, code in enumerate(codes)
        ]
        answer = {"ResultList": [_sentiment(4, "good")], "ErrorList": errors}
        *unread, read, silent = self.asked("batch_detect_sentiment", answer).sentiments(
            ["a", "b", "c", "d", "good", "f"], "en"
        )
        assert unread == [Unread.NOT_NOW, Unread.TEXT, Unread.LANGUAGE, Unread.NOT_NOW]
        assert isinstance(read, Sentiment)
        assert silent is Unread.NOT_NOW

    @pytest.mark.parametrize(
        ("status", "code", "fault"),
        [
            (500, "InternalServerException", TransientError),
            (400, "ThrottlingException", TransientError),
            (400, "TooManyRequestsException", TransientError),
            (400, "AccessDeniedException", MisconfiguredError),
            (400, "TextSizeLimitExceededException", RefusedError),
            (400, "InvalidRequestException", RefusedError),
            (400, "UnsupportedLanguageException", RefusedError),
        ],
    )
    def test_errors_of_whole_calls_are_ours(
        self, status: int, code: str, fault: type[Exception]
    ) -> None:
        """Each says who must act."""
        detector = ComprehendSentimentDetector(self.client)
        with answering(self.client, "BatchDetectSentiment", status, code), pytest.raises(fault):
            detector.sentiments(["a"], "en")
        with (
            answering(self.client, "BatchDetectDominantLanguage", status, code),
            pytest.raises(fault),
        ):
            detector.languages(["a"])

    def test_an_error_tells_nothing_of_the_words(self) -> None:
        """Nor does its cause, which a log would show."""
        detector = ComprehendSentimentDetector(self.client)
        with pytest.raises(RefusedError) as told:
            detector.languages([{"secret": "words"}])  # pyright: ignore[reportArgumentType]
        assert told.value.__cause__ is None
        assert told.value.__suppress_context__
        assert "secret" not in str(told.value)


def _sentiment(index: int, text: str) -> dict[str, Any]:
    positive, negative, neutral = SCORES[text]
    scores = {"Positive": positive, "Negative": negative, "Neutral": neutral, "Mixed": 0.0}
    return {"Index": index, "Sentiment": LABELS[text], "SentimentScore": scores}


SENTIMENTS = {
    "ResultList": [_sentiment(at, text) for at, text in reversed(list(enumerate(TEXTS)))],
    "ErrorList": [],
}
LANGUAGES = {
    "ResultList": [
        {"Index": at, "Languages": [{"LanguageCode": "en", "Score": 0.9}]} for at in range(3)
    ],
    "ErrorList": [],
}


class _Ok:
    """A reply of which botocore looks at the status only."""

    status_code = 200


def test_the_limits_are_those_of_the_service() -> None:
    """Languages are an enumeration of the model; sizes stand in its text only."""
    model = botocore.session.get_session().get_service_model("comprehend")
    languages = model.shape_for("LanguageCode").enum  # pyright: ignore[reportAttributeAccessIssue]
    told = model.shape_for("BatchDetectSentimentRequest").members["TextList"].documentation  # pyright: ignore[reportAttributeAccessIssue]

    assert set(languages) == SENTIMENT_LANGUAGES
    assert f"maximum of {MAX_TEXTS_PER_CALL} documents" in told
    assert f"{MAX_COMMENT_BYTES // 1000} KB" in told
