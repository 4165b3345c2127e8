"""A record is read back as it was, or not at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.errors import UnusableError
from nightly.domain.findings import GateVerdict, failure
from nightly.domain.statistics import BuildStatistics

from tests.support.statistics import a_record, some_statistics

RECORD = a_record(
    gate=GateVerdict((failure("rejected", "A tenth is lost.", share=0.1, reason="late"),)),
    import_={"mode": "INCREMENTAL", "rows": 1234},
    training=None,
    outcome=Outcome.STOPPED,
)


def test_a_record_survives_json() -> None:
    """Statistics, findings and all; the import has its plain name."""
    assert BuildRecord.from_json(RECORD.to_json()) == RECORD
    told = json.loads(RECORD.to_json())
    assert (told["format"], told["import"], told["outcome"]) == (1, RECORD.import_, "stopped")
    assert told["gate"]["passed"] is False
    assert "import_" not in told


def test_what_a_later_version_adds_is_passed_over() -> None:
    """As long as the format is the same."""
    assert BuildRecord.from_dict(RECORD.as_dict() | {"weather": "fine"}) == RECORD


@given(st.integers(0, len(RECORD.to_json()) - 2))
def test_half_a_record_is_none(length: int) -> None:
    """Wherever it ends."""
    with pytest.raises(UnusableError):
        BuildRecord.from_json(RECORD.to_json()[:length])


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"3", b"null", b"{}", b'{"format": 2}', b'{"format": 1}', b"\xff\xfe", b"NaN"],
)
def test_somebody_elses_is_none(text: bytes) -> None:
    """Whatever it is."""
    with pytest.raises(UnusableError):
        BuildRecord.from_json(text)


def test_what_is_wrong_is_named_without_its_value() -> None:
    """Fields and rules; neither keys below them nor values."""
    content = RECORD.as_dict()
    content["statistics"] |= {"users": {"secret-name": "secret"}, "rows": "secret"}
    with pytest.raises(UnusableError) as caught:
        BuildRecord.from_dict(content)
    assert str(caught.value) == "not a BuildRecord: statistics int_parsing"


def test_statistics_survive_json_alone() -> None:
    """As a report of a build carries them."""
    told = json.loads(json.dumps(some_statistics().as_dict()))
    assert BuildStatistics.from_dict(told) == some_statistics()
    with pytest.raises(UnusableError, match="not a BuildStatistics"):
        BuildStatistics.from_dict([])
