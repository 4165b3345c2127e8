"""The reader of training files finds the first row that Personalize would not take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightly.domain.training_file import Fault, Reading, header_of, read

NAMES = (
    "USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE", "RECOMMENDATION_ID",
    "IMPRESSION", "EVENT_ATTRIBUTION_SOURCE", "DEVICE_TYPE",
)  # fmt: skip
HEADER = ",".join(NAMES).encode() + b"\n"
GOOD = b"u-1,i-1,1795500000,Watch,0.5000,r-1,i-1|i-2,home/page,smart tv\n"
BARE = b"u-1,i-1,1795500000,Click,,,,,\n"


def test_a_good_file_is_counted() -> None:
    """Rows without the header, bytes with it."""
    content = HEADER + GOOD + BARE
    assert read([content], NAMES) == Reading(2, len(content))


def test_a_file_may_have_no_row() -> None:
    """A header alone is a file, of which others may think what they like."""
    assert read([HEADER], NAMES) == Reading(0, len(HEADER))


@given(st.lists(st.integers(1, 200), max_size=30))
def test_it_does_not_matter_where_the_bytes_are_cut(cuts: list[int]) -> None:
    """Storage hands out pieces as it likes."""
    content = HEADER + (GOOD + BARE) * 5
    chunks, at = [], 0
    for cut in cuts:
        chunks.append(content[at : at + cut])
        at += cut
    assert read([*chunks, content[at:]], NAMES) == Reading(10, len(content))


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (b'"u-1",i-1,1795500000,Watch,0.5,,,,\n', "quotation_mark"),
        (b"u-1,i-1,1795500000,Watch,0.5,,,,\r\n", "carriage_return"),
        (b"u\\1,i-1,1795500000,Watch,0.5,,,,\n", "backslash"),
        (b"\n", "empty_row"),
        ("ü,i-1,1795500000,Watch,0.5,,,,\n".encode(), "not_printable_ascii"),
        (b"u-1,i-1,1795500000,Watch,0.5,,,\x00,\n", "not_printable_ascii"),
        (b"u-1,i-1,1795500000,Watch,0.5,,,\n", "number_of_fields"),
        (b"u-1,i-1,1795500000,Watch,0.5,,,,,\n", "number_of_fields"),
        (b",i-1,1795500000,Watch,0.5,,,,\n", "USER_ID"),
        (b"u" * 257 + b",i-1,1795500000,Watch,0.5,,,,\n", "USER_ID"),
        (b"u 1,i-1,1795500000,Watch,0.5,,,,\n", "USER_ID"),
        (b"u-1,,1795500000,Watch,0.5,,,,\n", "ITEM_ID"),
        (b"u-1,i-1,1795500000123,Watch,0.5,,,,\n", "TIMESTAMP"),
        (b"u-1,i-1,1795500000.5,Watch,0.5,,,,\n", "TIMESTAMP"),
        (b"u-1,i-1,-1,Watch,0.5,,,,\n", "TIMESTAMP"),
        (b"u-1,i-1,2026-11-24,Watch,0.5,,,,\n", "TIMESTAMP"),
        (b"u-1,i-1,1795500000,,0.5,,,,\n", "EVENT_TYPE"),
        (b"u-1,i-1,1795500000,Watch,NaN,,,,\n", "EVENT_VALUE"),
        (b"u-1,i-1,1795500000,Watch,inf,,,,\n", "EVENT_VALUE"),
        (b"u-1,i-1,1795500000,Watch,1e-05,,,,\n", "EVENT_VALUE"),
        (b"u-1,i-1,1795500000,Watch,0.5," + b"r" * 41 + b",,,\n", "RECOMMENDATION_ID"),
        (b"u-1,i-1,1795500000,Watch,0.5,,a||b,,\n", "IMPRESSION"),
        (b"u-1,i-1,1795500000,Watch,0.5,,|a,,\n", "IMPRESSION"),
        (b"u-1,i-1,1795500000,Watch,0.5,," + b"|".join([b"a"] * 26) + b",,\n", "IMPRESSION"),
        (b"u-1,i-1,1795500000,Watch,0.5,," + b"|".join([b"a" * 250] * 4) + b",,\n", "IMPRESSION"),
        (b"u-1,i-1,1795500000,Watch,0.5,,,,\x20" + b"x" * 1000 + b"\n", "DEVICE_TYPE"),
        (b"u-1,i-1,1795500000,Watch,0.5,,,,", "no_line_feed"),
        (b"u" * 70_000, "number_of_fields"),
    ],
)
def test_a_bad_row_is_found_and_its_rule_named(row: bytes, rule: str) -> None:
    """The header is row 1, so the bad one after two good ones is row 4."""
    assert read([HEADER + GOOD + BARE + row], NAMES) == Fault(4, rule)


@pytest.mark.parametrize(
    "start", [b"", b"USER_ID,ITEM_ID\n", HEADER.replace(b"USER_ID,ITEM_ID", b"ITEM_ID,USER_ID"),
              HEADER.lower(), b"\xef\xbb\xbf" + HEADER, HEADER.replace(b"\n", b"\r\n")],
)  # fmt: skip
def test_the_header_must_be_that_of_the_schema(start: bytes) -> None:
    """Names, order and bytes: no mark before, no carriage return after."""
    assert read([start, GOOD], NAMES) == Fault(1, "header")


def test_a_header_tells_the_columns_if_it_is_one_of_ours() -> None:
    """The required ones, in order; then those of Personalize, in order; then words."""
    assert header_of(HEADER) == NAMES
    assert header_of(b"USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n") == NAMES[:4]
    assert header_of(b"USER_ID,ITEM_ID,TIMESTAMP\n") == ()
    assert header_of(b"ITEM_ID,USER_ID,TIMESTAMP,EVENT_TYPE\n") == ()
    assert header_of(b"USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,lower\n") == ()
    assert header_of(b"\xff") == ()
