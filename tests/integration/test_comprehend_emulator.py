"""Comprehend over HTTP, asked as an application asks it."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.connection import REGION
from local.stack import LocalStack


@pytest.fixture
def comprehend(stack: LocalStack) -> Iterator[Any]:
    """A client of the stack, whose emulator has no faults before and after."""
    stack.comprehend.reset()
    yield stack.client("comprehend")
    stack.comprehend.reset()


def test_real_words_give_real_labels(comprehend: Any) -> None:
    """English and Spanish, of a language that was asked for first."""
    texts = ["What a wonderful film, I loved it!", "No me gustó nada, es aburridísima."]
    told = comprehend.batch_detect_dominant_language(TextList=texts)["ResultList"]
    languages = [each["Languages"][0]["LanguageCode"] for each in told]
    labels = [
        comprehend.detect_sentiment(Text=text, LanguageCode=language)["Sentiment"]
        for text, language in zip(texts, languages, strict=True)
    ]

    assert languages == ["en", "es"]
    assert labels == ["POSITIVE", "NEGATIVE"]


def test_one_document_of_a_batch_fails(stack: LocalStack, comprehend: Any) -> None:
    """The answer is HTTP 200 with an ErrorList, and the next call succeeds."""
    stack.comprehend.faults.fail_items(["worst"], items=1)
    call = {"TextList": ["The best film.", "The worst film."], "LanguageCode": "en"}
    first, second = (comprehend.batch_detect_sentiment(**call) for _ in range(2))

    assert [each["Index"] for each in first["ResultList"]] == [0]
    assert [(each["Index"], each["ErrorCode"]) for each in first["ErrorList"]] == [
        (1, "INTERNAL_SERVER_ERROR")
    ]
    assert [each["Sentiment"] for each in second["ResultList"]] == ["POSITIVE", "NEGATIVE"]


def test_a_throttle_is_tried_again(stack: LocalStack, comprehend: Any) -> None:
    """boto3 takes the code for one that passes."""
    stack.comprehend.faults.fail_next(1, "ThrottlingException")

    assert comprehend.detect_sentiment(Text="Great!", LanguageCode="en")["Sentiment"] == "POSITIVE"
    counted = stack.comprehend.counters()["DetectSentiment"]
    assert (counted.calls, counted.failed, counted.documents) == (2, 1, 1)


def test_refusals_come_as_their_exceptions(comprehend: Any) -> None:
    """So that callers can catch them by class."""
    with pytest.raises(comprehend.exceptions.TextSizeLimitExceededException):
        comprehend.batch_detect_sentiment(TextList=["x" * 5_001], LanguageCode="en")
    with pytest.raises(comprehend.exceptions.BatchSizeLimitExceededException):
        comprehend.batch_detect_sentiment(TextList=["x"] * 26, LanguageCode="en")
    with pytest.raises(comprehend.exceptions.UnsupportedLanguageException):
        comprehend.detect_sentiment(Text="x", LanguageCode="ja")
    with pytest.raises(ClientError, match="ValidationException"):
        comprehend.detect_sentiment(Text="x", LanguageCode="tlh")


def test_a_body_that_is_not_json_is_refused(stack: LocalStack) -> None:
    """As AWS refuses what it cannot read."""
    request = urllib.request.Request(  # noqa: S310 - our own address
        stack.endpoint_url,
        data=b"{",
        headers={
            "X-Amz-Target": "Comprehend_20171127.DetectSentiment",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 Credential=a/d/{REGION}/comprehend/aws4",
        },
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)  # noqa: S310
    with caught.value as answer:
        assert (answer.code, json.load(answer)["__type"]) == (400, "SerializationException")


def test_counters_can_be_looked_at(stack: LocalStack, comprehend: Any) -> None:
    """By a page of the stack."""
    comprehend.detect_dominant_language(Text="hello there")
    page = f"{stack.endpoint_url}/_local/comprehend/counters"
    with urllib.request.urlopen(page) as answer:  # noqa: S310 - our own address
        assert json.load(answer)["DetectDominantLanguage"]["documents"] == 1
