"""What a function's answer says about the elements of its batch.

Success and failure conditions:
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html and
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which elements of a batch failed.

    Attributes:
        failed: Their identifiers; empty when all were taken.
        is_total: Whether the batch failed as a whole, as after a function error. An answer that
            names every element is not total: it is a checkpoint at the first.
    """

    failed: frozenset[str] = frozenset()
    is_total: bool = False

    @classmethod
    def total(cls, identifiers: Collection[str]) -> Verdict:
        """Everything failed."""
        return cls(frozenset(identifiers), is_total=True)


def read_response(payload: bytes, identifiers: Collection[str]) -> Verdict:
    """Say what a ReportBatchItemFailures answer to a batch of `identifiers` means.

    Nothing failed: an empty or null answer, or an empty, null or missing `batchItemFailures`.
    Everything failed: an answer that cannot be read, or an identifier that is empty, null, missing
    or not of this batch. A misspelt outer key is therefore success, in Lambda as here.
    """
    try:
        named = [failure["itemIdentifier"] for failure in _failures(payload)]
    except (ValueError, KeyError, TypeError):
        return Verdict.total(identifiers)
    if not all(isinstance(name, str) and name in identifiers for name in named):
        return Verdict.total(identifiers)
    return Verdict(frozenset(named))


def _failures(payload: bytes) -> list[Any]:
    answer = json.loads(payload) if payload else None
    if not answer:
        return []
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else answer
    if failures is None:
        return []
    if not isinstance(answer, dict) or not isinstance(failures, list):
        message = "not a batch response"
        raise TypeError(message)
    return failures
