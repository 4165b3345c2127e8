"""Aggregates of the Kinesis Producer Library, read as the library writes them."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.aggregation import MAGIC, aggregate_of, user_records

from local.demo.imperfections import aggregated

# Written by aws_kinesis_agg 1.2.3: records `{"n":0}` of key "a" and `{"n":1}` of key "b" with an
# explicit hash key.
BY_THE_LIBRARY = base64.b64decode(
    "84mawgoBYQoBYhIDMTIzGgsIABoHeyJuIjowfRoNCAEQABoHeyJuIjoxfRJdwbqm0CKUNQ/i1xUNoVA="
)


def sealed(content: bytes) -> bytes:
    return MAGIC + content + hashlib.md5(content, usedforsecurity=False).digest()


def test_what_the_library_writes_is_read() -> None:
    """Keys are passed over, data is given back in order."""
    assert user_records(BY_THE_LIBRARY) == (b'{"n":0}', b'{"n":1}')


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_records_come_back_as_they_went_in(records: list[bytes]) -> None:
    """Of any length and content."""
    assert user_records(aggregated("key", records)) == tuple(records)
    assert user_records(aggregate_of(records)) == tuple(records)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x1a", id="a length that is missing"),
        pytest.param(b"\x1a\x05ab", id="a field cut off"),
        pytest.param(b"\x1a\x02\x1a\x09", id="a field cut off within a record"),
        pytest.param(b"\x0b", id="a wire type that is gone"),
        pytest.param(b"\x18" + b"\xff" * 11, id="a number without an end"),
        pytest.param(b"\x19\x00", id="eight bytes cut off"),
    ],
)
def test_what_is_cut_off_is_damaged(content: bytes) -> None:
    """Nothing of it is taken: what follows the damage would be missing in silence."""
    assert user_records(sealed(content)) is None


def test_a_wrong_sum_is_damage() -> None:
    """One bit is enough."""
    assert user_records(BY_THE_LIBRARY[:-1] + b"\x00") is None
    assert user_records(MAGIC) is None


def test_fields_of_other_kinds_are_passed_over() -> None:
    """A later version of the format may add any."""
    others = b"\x08\x96\x01" + b"\x11" + b"\x00" * 8 + b"\x1d" + b"\x00" * 4 + b"\x18\x01"
    assert user_records(sealed(others + b"\x1a\x07\x08\x00\x22\x01x\x1a\x00")) == (b"",)


@given(st.binary(max_size=60))
def test_any_bytes_never_raise(content: bytes) -> None:
    """With a right sum above all."""
    found = user_records(sealed(content))
    assert found is None or isinstance(found, tuple)
