"""What answers mean, condition by condition of Lambda's documentation."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.event_source_mappings.responses import Verdict, read_response

BATCH = ("a", "b", "c")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b'""',
        b"[]",
        b"{}",
        b'{"batchItemFailures": []}',
        b'{"batchItemFailures": null}',
        b'{"batchItemFailure": [{"itemIdentifier": "a"}]}',
    ],
)
def test_success(payload: bytes) -> None:
    """Empty answers, empty lists, and a misspelt outer key: silent success, as in Lambda."""
    assert read_response(payload, BATCH) == Verdict()


@pytest.mark.parametrize(
    "failure",
    [
        {"itemIdentifier": ""},
        {"itemIdentifier": None},
        {"itemIdentifier": "unknown"},
        {"itemIdentifier": 7},
        {"itemidentifier": "a"},
        "a",
    ],
)
def test_one_bad_identifier_fails_the_whole_batch(failure: object) -> None:
    """Empty, null, unknown, of another type, under a wrong key, or no object at all."""
    payload = json.dumps({"batchItemFailures": [{"itemIdentifier": "a"}, failure]}).encode()

    assert read_response(payload, BATCH) == Verdict.total(BATCH)


@pytest.mark.parametrize("payload", [b"{", b'"text"', b'{"batchItemFailures": "a"}', b'["a"]'])
def test_an_unreadable_answer_fails_the_whole_batch(payload: bytes) -> None:
    """What is no JSON or no batch response cannot mean success."""
    assert read_response(payload, BATCH).is_total


@given(st.sets(st.sampled_from(BATCH)))
def test_exactly_the_named_elements_failed(named: set[str]) -> None:
    """Naming all of them is a checkpoint at the first, not a failure of the whole."""
    payload = json.dumps({"batchItemFailures": [{"itemIdentifier": each} for each in named]})

    assert read_response(payload.encode(), BATCH) == Verdict(frozenset(named))
