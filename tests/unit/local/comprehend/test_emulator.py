"""What the emulator answers, refuses, counts and breaks when told to."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.comprehend import ComprehendEmulator, OperationCounters
from local.comprehend.emulator import OPERATIONS
from local.comprehend.faults import MESSAGES
from local.personalize import EmulatedError

BATCH = "BatchDetectSentiment"


def refusal(emulator: ComprehendEmulator, operation: str, parameters: Any) -> EmulatedError:
    """Makes a call that must be refused and gives the error."""
    with pytest.raises(EmulatedError) as caught:
        emulator.handle(operation, parameters)
    return caught.value


def test_a_text_is_judged(emulator: ComprehendEmulator) -> None:
    """The label and the four scores, as AWS spells them."""
    answer = emulator.handle("DetectSentiment", {"Text": "I loved it!", "LanguageCode": "en"})

    assert answer["Sentiment"] == "POSITIVE"
    assert set(answer["SentimentScore"]) == {"Positive", "Negative", "Neutral", "Mixed"}


def test_a_batch_keeps_its_order(emulator: ComprehendEmulator) -> None:
    """Each result has the place of its text, from zero."""
    texts = ["Me encantó.", "No me gustó nada.", "La ponen el viernes."]
    answer = emulator.handle(BATCH, {"TextList": texts, "LanguageCode": "es"})

    assert [(each["Index"], each["Sentiment"]) for each in answer["ResultList"]] == [
        (0, "POSITIVE"),
        (1, "NEGATIVE"),
        (2, "NEUTRAL"),
    ]
    assert answer["ErrorList"] == []


def test_languages_come_best_first(emulator: ComprehendEmulator) -> None:
    """Alone and in a batch."""
    texts = ["Me gustó mucho la película", "I liked the film very much"]
    answer = emulator.handle("BatchDetectDominantLanguage", {"TextList": texts})
    alone = emulator.handle("DetectDominantLanguage", {"Text": texts[1]})

    firsts = [each["Languages"][0]["LanguageCode"] for each in answer["ResultList"]]
    assert firsts == ["es", "en"]
    assert alone["Languages"] == answer["ResultList"][1]["Languages"]


@pytest.mark.parametrize(
    ("operation", "parameters", "where"),
    [
        ("DetectSentiment", {"Text": "", "LanguageCode": "en"}, "'text'"),
        ("DetectSentiment", {"Text": "x"}, "'languageCode'"),
        ("DetectSentiment", {"Text": "x", "LanguageCode": "tlh"}, "'tlh' at 'languageCode'"),
        ("DetectSentiment", {"Text": "x", "LanguageCode": "en", "Extra": 1}, "'extra'"),
        ("DetectSentiment", {"Text": "\ud800", "LanguageCode": "en"}, "'text'"),
        ("DetectSentiment", {"Text": None, "TextList": ["x"], "LanguageCode": "en"}, "'text'"),
        (BATCH, {"TextList": [], "LanguageCode": "en"}, "'textList'"),
        (BATCH, {"TextList": ["x", ""], "LanguageCode": "en"}, "'textList.2.member'"),
        (BATCH, {"TextList": ["x", None], "LanguageCode": "en"}, "'textList.2.member'"),
        (BATCH, {"TextList": "x", "LanguageCode": "en"}, "'textList'"),
        ("DetectDominantLanguage", {}, "'text'"),
        ("DetectDominantLanguage", [], "''"),
    ],
)
def test_what_breaks_the_model_is_refused(
    emulator: ComprehendEmulator, operation: str, parameters: Any, where: str
) -> None:
    """With AWS's sentence, which names the member."""
    error = refusal(emulator, operation, parameters)

    assert (error.code, error.http_status) == ("ValidationException", 400)
    assert where in error.message


def test_a_refusal_never_shows_a_text(emulator: ComprehendEmulator) -> None:
    """The model calls texts sensitive."""
    error = refusal(emulator, BATCH, {"TextList": ["secret words", ""], "LanguageCode": "en"})

    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("operation", "limit"),
    [
        ("DetectSentiment", 5_000),
        (BATCH, 5_000),
        ("DetectDominantLanguage", 100_000),
        ("BatchDetectDominantLanguage", 5_000),
    ],
)
def test_a_text_is_measured_in_bytes(
    emulator: ComprehendEmulator, operation: str, limit: int
) -> None:
    """One character of two bytes more than fit is too much; a batch is refused as a whole."""

    def of_size(size: int) -> dict[str, Any]:
        text = "ñ" * (size // 2)
        body = {"TextList": ["short", text]} if operation.startswith("Batch") else {"Text": text}
        return {**body, "LanguageCode": "es"} if operation.endswith("Sentiment") else body

    emulator.handle(operation, of_size(limit))
    error = refusal(emulator, operation, of_size(limit + 2))

    assert error.code == "TextSizeLimitExceededException"
    assert f"{limit} bytes" in error.message
    assert f"{limit + 2} bytes" in error.message


@pytest.mark.parametrize("operation", ["BatchDetectSentiment", "BatchDetectDominantLanguage"])
def test_a_batch_has_25_texts_at_most(emulator: ComprehendEmulator, operation: str) -> None:
    """The model knows no maximum, but the service does."""
    language = {"LanguageCode": "en"} if operation == BATCH else {}

    assert len(emulator.handle(operation, {"TextList": ["x"] * 25, **language})["ResultList"]) == 25
    error = refusal(emulator, operation, {"TextList": ["x"] * 26, **language})
    assert error.code == "BatchSizeLimitExceededException"


@pytest.mark.parametrize("language", ["fr", "de", "zh-TW"])
def test_a_language_without_words_is_refused_by_name(
    emulator: ComprehendEmulator, language: str
) -> None:
    """AWS knows it; a made-up NEUTRAL would be a lie."""
    error = refusal(emulator, "DetectSentiment", {"Text": "x", "LanguageCode": language})

    assert error.code == "UnsupportedLanguageException"
    assert f"'{language}'" in error.message


def test_other_operations_are_not_ours(emulator: ComprehendEmulator) -> None:
    """They are left to moto, or to nobody."""
    error = refusal(emulator, "DetectEntities", {"Text": "x", "LanguageCode": "en"})

    assert error.code == "UnknownOperationException"


def test_documents_of_a_batch_fail_alone(emulator: ComprehendEmulator) -> None:
    """The others have their results, at their own places."""
    emulator.faults.fail_items(["bad"], items=1)
    call = {"TextList": ["good", "bad", "bad again"], "LanguageCode": "en"}
    answer = emulator.handle(BATCH, call)

    assert [each["Index"] for each in answer["ResultList"]] == [0, 2]
    [failed] = answer["ErrorList"]
    assert (failed["Index"], failed["ErrorCode"]) == (1, "INTERNAL_SERVER_ERROR")
    assert emulator.handle(BATCH, call)["ErrorList"] == []


def test_any_document_can_fail_until_it_is_taken_back(emulator: ComprehendEmulator) -> None:
    """With the other code as well."""
    emulator.faults.fail_items(code="TEXT_SIZE_LIMIT_EXCEEDED")
    call = {"TextList": ["one", "two"]}

    for _ in range(2):
        answer = emulator.handle("BatchDetectDominantLanguage", call)
        assert answer["ResultList"] == []
        assert {each["ErrorCode"] for each in answer["ErrorList"]} == {"TEXT_SIZE_LIMIT_EXCEEDED"}
    emulator.faults.clear()
    assert emulator.handle("BatchDetectDominantLanguage", call)["ErrorList"] == []


@pytest.mark.parametrize("code", MESSAGES)
def test_the_next_calls_fail_and_then_no_more(emulator: ComprehendEmulator, code: str) -> None:
    """Before anything is looked at."""
    emulator.faults.fail_next(2, code)

    for _ in range(2):
        assert refusal(emulator, "DetectSentiment", {}).code == code
    assert refusal(emulator, "DetectSentiment", {}).code == "ValidationException"


def test_a_throttle_of_one_operation_leaves_the_others_alone(emulator: ComprehendEmulator) -> None:
    """It lasts until it is taken back."""
    emulator.faults.fail_always("ThrottlingException", operations={BATCH})

    emulator.handle("DetectDominantLanguage", {"Text": "hello"})
    for _ in range(3):
        assert refusal(emulator, BATCH, {}).code == "ThrottlingException"
    emulator.reset()
    emulator.handle(BATCH, {"TextList": ["hello"], "LanguageCode": "en"})


def test_an_unknown_fault_is_a_mistake_of_the_test(emulator: ComprehendEmulator) -> None:
    """For calls and for documents."""
    with pytest.raises(ValueError, match="Oops"):
        emulator.faults.fail_next(1, "Oops")
    with pytest.raises(ValueError, match="Oops"):
        emulator.faults.fail_items(code="Oops")


def test_everything_is_counted(emulator: ComprehendEmulator) -> None:
    """Calls, texts, failed texts, refusals and faults, by operation."""
    emulator.faults.fail_items(["b"])
    emulator.handle(BATCH, {"TextList": ["a", "b"], "LanguageCode": "en"})
    refusal(emulator, BATCH, {})
    emulator.faults.throttle()
    refusal(emulator, BATCH, {})

    counters = emulator.counters()
    assert set(counters) == set(OPERATIONS)
    assert counters[BATCH] == OperationCounters(
        calls=3, documents=2, failed_items=1, refused=1, failed=1
    )
    emulator.reset()
    assert set(emulator.counters().values()) == {OperationCounters()}


def test_threads_may_share_it(emulator: ComprehendEmulator) -> None:
    """No call is lost from the counts and no fault is used twice."""
    emulator.faults.fail_items(items=10)
    call = {"TextList": ["Me encantó"], "LanguageCode": "es"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: emulator.handle(BATCH, call), range(100)))

    assert sum(len(answer["ErrorList"]) for answer in answers) == 10
    assert emulator.counters()[BATCH].calls == 100
