"""The emulator's entrance: faults first, then the model, then the service's limits, then words.

The libraries that read words are imported by the first text that comes, because they would make
every start of the stack slower and most runs of it never see a text.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import replace
from dataclasses import dataclass
from threading import Lock
from typing import Final

from local.comprehend.errors import (
    broken_constraints,
    text_too_large,
    too_many_documents,
    unknown_operation,
    unsupported_language,
)
from local.comprehend.faults import ITEM_MESSAGES, Faults
from local.personalize.errors import EmulatedError
from local.personalize.service_model import COMPREHEND, Body, Json
from local.personalize.validation import violations_of

# Quotas of https://docs.aws.amazon.com/comprehend/latest/dg/guidelines-and-limits.html; that "5 KB"
# are 5,000 bytes stands in the error messages which callers of the service report.
BATCH_LIMIT: Final = 25
TEXT_LIMIT: Final = 5_000
LANGUAGE_TEXT_LIMIT: Final = 100_000
ROOMY_OPERATION: Final = "DetectDominantLanguage"
# Of the languages that AWS judges, those we have words for.
JUDGED_LANGUAGES: Final = ("en", "es")

type Inspect = Callable[[str, Body], Body]


@dataclass(frozen=True, slots=True)
class OperationCounters:
    """What happened at one operation.

    Attributes:
        calls: Calls, refused and failed ones included.
        documents: Texts that were read; a batch has many.
        failed_items: Texts of batches that were answered with an injected error.
        refused: Calls whose input was refused.
        failed: Calls answered with an injected fault.
    """

    calls: int = 0
    documents: int = 0
    failed_items: int = 0
    refused: int = 0
    failed: int = 0


class ComprehendEmulator:
    """The sentiment and language operations of Amazon Comprehend, in memory. Safe for threads.

    Attributes:
        faults: Faults to inject into calls and into single documents of batches.
    """

    def __init__(self) -> None:
        """Starts without faults and with all counters at zero."""
        self.faults = Faults()
        self._lock = Lock()
        self._counters: dict[str, OperationCounters] = {}

    def handle(self, operation: str, parameters: Json) -> Body:
        """Answers one call.

        Args:
            operation: One of `OPERATIONS`.
            parameters: The decoded body of the request.

        Returns:
            The body of the answer.

        Raises:
            EmulatedError: Where AWS would answer with an error.
        """
        if operation not in OPERATIONS:
            raise unknown_operation(operation)
        self._count(operation, calls=1)
        fault = self.faults.strike(operation)
        if fault is not None:
            self._count(operation, failed=1)
            raise fault
        try:
            check(operation, parameters)
        except EmulatedError:
            self._count(operation, refused=1)
            raise
        return self._answer(operation, parameters)

    def counters(self) -> Mapping[str, OperationCounters]:
        """Counts what happened at every operation, by its name."""
        with self._lock:
            return {name: self._counters.get(name, OperationCounters()) for name in OPERATIONS}

    def reset(self) -> None:
        """Forgets counters and injected faults."""
        self.faults.clear()
        with self._lock:
            self._counters.clear()

    def _answer(self, operation: str, parameters: Body) -> Body:
        inspect = OPERATIONS[operation]
        if not is_batch(operation):
            self._count(operation, documents=1)
            return inspect(parameters["Text"], parameters)
        texts = parameters["TextList"]
        errors = {
            index: code
            for index, text in enumerate(texts)
            if (code := self.faults.strike_item(text)) is not None
        }
        self._count(operation, documents=len(texts), failed_items=len(errors))
        return {
            "ResultList": [
                {"Index": index, **inspect(text, parameters)}
                for index, text in enumerate(texts)
                if index not in errors
            ],
            "ErrorList": [
                {"Index": index, "ErrorCode": code, "ErrorMessage": ITEM_MESSAGES[code]}
                for index, code in errors.items()
            ],
        }

    def _count(self, operation: str, **more: int) -> None:
        with self._lock:
            counted = self._counters.get(operation, OperationCounters())
            grown = {name: getattr(counted, name) + number for name, number in more.items()}
            self._counters[operation] = replace(counted, **grown)


def is_batch(operation: str) -> bool:
    """Tells whether an operation takes a list of texts."""
    return operation.startswith("Batch")


def check(operation: str, parameters: Json) -> None:
    """Refuses what AWS would refuse.

    A batch with one text that is too large is refused as a whole: TextSizeLimitExceededException is
    an error of the batch operations, and callers report it with the size of that one text.

    Raises:
        EmulatedError: ValidationException for what breaks the model, otherwise the operation's own.
    """
    violations = list(violations_of(COMPREHEND, operation, parameters))
    if violations:
        raise broken_constraints(violations)
    texts = parameters["TextList"] if is_batch(operation) else [parameters["Text"]]
    if len(texts) > BATCH_LIMIT:
        raise too_many_documents(BATCH_LIMIT)
    language = parameters.get("LanguageCode")
    if language is not None and language not in JUDGED_LANGUAGES:
        raise unsupported_language(language, JUDGED_LANGUAGES)
    check_sizes(texts, LANGUAGE_TEXT_LIMIT if operation == ROOMY_OPERATION else TEXT_LIMIT)


def check_sizes(texts: Iterable[str], limit: int) -> None:
    """Refuses a text with more bytes of UTF-8 than the limit.

    Raises:
        EmulatedError: TextSizeLimitExceededException.
    """
    for size in (len(text.encode()) for text in texts):
        if size > limit:
            raise text_too_large(size, limit)


def sentiment_of(text: str, parameters: Body) -> Body:
    """Gives what DetectSentiment answers about one text."""
    from local.comprehend.sentiment import judge  # noqa: PLC0415 - see the top of the module

    judgement = judge(text, parameters["LanguageCode"])
    return {"Sentiment": judgement.label, "SentimentScore": dict(judgement.scores)}


def languages_of(text: str, _parameters: Body) -> Body:
    """Gives what DetectDominantLanguage answers about one text."""
    from local.comprehend.languages import rank  # noqa: PLC0415 - see the top of the module

    return {"Languages": [{"LanguageCode": code, "Score": score} for code, score in rank(text)]}


OPERATIONS: Final[Mapping[str, Inspect]] = {
    "DetectSentiment": sentiment_of,
    "BatchDetectSentiment": sentiment_of,
    "DetectDominantLanguage": languages_of,
    "BatchDetectDominantLanguage": languages_of,
}
