"""The function `record_feedback` with comments switched on: environment, adapter, stores, logs."""

import json
from typing import Any

import boto3
import pytest

from scripts.lambda_events import sqs
from scripts.sample_events import COMMENTS
from tests.support.functions import function_world

SCORES = {
    "A quiet masterpiece, I loved every minute of it.": ("POSITIVE", 0.97, 0.01),
    "Una pérdida de tiempo.": ("NEGATIVE", 0.02, 0.95),
}


class _Ok:
    """A reply of which botocore looks at the status only."""

    status_code = 200


def _languages(params: dict[str, Any], **_: object) -> tuple[_Ok, dict[str, Any]]:
    results = [
        {"Index": at, "Languages": [{"LanguageCode": "es", "Score": 0.99}]}
        for at, _ in enumerate(_texts(params))
    ]
    return _Ok(), {"ResultList": results, "ErrorList": []}


def _sentiments(params: dict[str, Any], **_: object) -> tuple[_Ok, dict[str, Any]]:
    results: list[dict[str, Any]] = []
    for at, text in enumerate(_texts(params)):
        label, positive, negative = SCORES[text]
        neutral = 1 - positive - negative
        scores = {"Positive": positive, "Negative": negative, "Neutral": neutral, "Mixed": 0.0}
        results.append({"Index": at, "Sentiment": label, "SentimentScore": scores})
    return _Ok(), {"ResultList": results, "ErrorList": []}


def _texts(params: dict[str, Any]) -> list[str]:
    return json.loads(params["body"])["TextList"]


def test_comments_become_verdicts_and_likes_and_nobody_keeps_their_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two comments are read; a language, a private one and two broken ones are left alone."""
    switched_on = {"COMMENT_SENTIMENT": "true", "SETTLE_DELAY_S": "0"}
    with function_world(monkeypatch, **switched_on) as world:
        # The function makes its clients at its first invocation, from the session of this world.
        assert boto3.DEFAULT_SESSION is not None
        events: Any = boto3.DEFAULT_SESSION.events
        events.register("before-call.comprehend.BatchDetectDominantLanguage", _languages)
        events.register("before-call.comprehend.BatchDetectSentiment", _sentiments)
        answer = world.invoke("record_feedback", sqs(COMMENTS))
        kept = json.dumps([world.rows("activities/"), world.rows("rejections/")])
        opinions, interactions = world.opinions(), world.interactions()

    assert answer == {"batchItemFailures": []}
    assert [each["event_type"] for each in interactions] == ["Like"]
    assert opinions == {"user:user-1 film-1": "liked", "user:user-1 film-2": "disliked"}
    told = kept + capsys.readouterr().out
    assert not [word for word in ("masterpiece", "pérdida", "Rakastin", "yours") if word in told]
    assert kept.count("redacted_bytes") == 8
