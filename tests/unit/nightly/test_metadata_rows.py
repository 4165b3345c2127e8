"""Users and items as lines of a file, and a reader of such files that is another program."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.dataset import Dataset
from ingestion.domain.message import Message
from ingestion.domain.metadata_record import MetadataRecord, derive_metadata
from ingestion.domain.rejection import Rejection
from nightly.domain.errors import UnusableError
from nightly.domain.mapping_sql import LEFT_OUT
from nightly.domain.mapping_text import read_mapping
from nightly.domain.mapping_values import value_of
from nightly.domain.metadata_file import read_metadata
from nightly.domain.metadata_rows import (
    DEFAULT_COLUMNS,
    FIELDS,
    SchemaColumns,
    as_message,
    cells,
    lines,
    metadata_mapping,
    metadata_rules,
)
from nightly.domain.training_file import Fault, Reading

from local.deployment.template import read_template

TEMPLATE: Any = read_template(Path(__file__).parents[3] / "template.yaml")
USERS, ITEMS = (SchemaColumns.read(dataset, DEFAULT_COLUMNS[dataset]) for dataset in Dataset)
ROW = {"a": "x", "n": "5", "bad": "many", "t": "1700000000", "iso": "2023-11-14T22:13:20", "e": ""}
HEADER = (",".join(ITEMS.header) + "\n").encode()
GOOD = b'i-1,1700000000,Drama|War,,1.5,90,,,,"Say \\"hi\\", \\\\o/"\n'


@pytest.mark.parametrize(
    ("schema", "resource"), [(USERS, "UsersSchema"), (ITEMS, "ItemsSchema")], ids=["users", "items"]
)
def test_the_columns_are_those_of_the_schema_in_its_order(
    schema: SchemaColumns, resource: str
) -> None:
    """And those may be null that may be null there."""
    fields = json.loads(TEMPLATE["Resources"][resource]["Properties"]["Schema"])["fields"]
    assert schema.header == tuple(field["name"] for field in fields)
    nullable = {field["name"] for field in fields if "null" in field["type"]}
    assert schema.required == set(schema.names) - nullable


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("t=a", "x"),
        ('t="i-"+a', "i-x"),
        ("t=a+e", None),
        ("t=gone?", None),
        ("t=skip", LEFT_OUT),
        ('t="yes" if n >= 5 else "no"', "yes"),
        ('t="yes" if n < 5 else "no"', "no"),
        ('t="yes" if bad != 5 else "no"', "no"),
        ('t="yes" if e = "" else "no"', "no"),
        ('t="yes" if a = "x" else "no"', "yes"),
        ('t="yes" if a != "x" else a', "x"),
        ("n=0.5", 0.5),
        ("n=(n-1)/4", 1.0),
        ("n=e", None),
        ("at=t", 1_700_000_000_000.0),
        ("at=ms(t)", 1_700_000_000.0),
        ("at=iso(iso)", 1_700_000_000_000.0),
        ("at=iso(e)", None),
        ("at=e", None),
    ],
)
def test_a_row_has_these_values(text: str, value: object) -> None:
    """The same language as for a history."""
    kinds = FIELDS[Dataset.ITEMS]
    field, _, right = text.partition("=")
    name = {"t": "style", "n": "price", "at": "created_at"}[field]
    (expression,) = read_mapping(f"{name}={right}", kinds).values()
    assert value_of(expression, ROW) == value


@pytest.mark.parametrize("text", ["price=bad", "created_at=iso(bad)", "created_at=bad"])
def test_what_cannot_be_read_is_no_number(text: str) -> None:
    """So that the contract refuses the row."""
    (expression,) = read_mapping(text, FIELDS[Dataset.ITEMS]).values()
    value = value_of(expression, ROW)
    assert isinstance(value, float)
    assert math.isnan(value)


def test_a_time_may_have_an_offset() -> None:
    """Without one it is of UTC."""
    (expression,) = read_mapping("created_at=iso(x)", FIELDS[Dataset.ITEMS]).values()
    assert value_of(expression, {"x": "2023-11-15T00:13:20+02:00"}) == 1_700_000_000_000


def test_a_row_is_the_message_that_would_have_told_the_same() -> None:
    """Older than whatever was told, unless it says when it became so."""
    mapping = metadata_mapping(
        Dataset.ITEMS, 'item_id=id,genres=g,style="s",created_at=1.5,updated_at=at?'
    )
    body = as_message(Dataset.ITEMS, mapping, {"id": "i-1", "g": "A|B"})
    assert body is not None
    assert json.loads(body) == {
        "schema_version": "1.0", "kind": "catalogue", "occurred_at_ms": 0, "item_id": "i-1",
        "genres": ["A", "B"], "style": "s", "created_at_ms": 1500,
    }  # fmt: skip
    told = as_message(Dataset.ITEMS, mapping, {"id": "i-1", "g": "A", "at": "7"})
    assert told is not None
    assert json.loads(told)["occurred_at_ms"] == 7000


def test_a_row_may_be_left_out() -> None:
    """By intention."""
    mapping = metadata_mapping(Dataset.USERS, 'user_id=skip if kind = "test" else id')
    assert as_message(Dataset.USERS, mapping, {"kind": "test", "id": "u"}) is None


@pytest.mark.parametrize(
    ("dataset", "columns"), [("users", ""), ("users", "GENRES"), ("items", "STYLE,STYLE?")]
)
def test_columns_are_those_that_can_be_filled(dataset: str, columns: str) -> None:
    """Each once."""
    with pytest.raises(UnusableError, match=f"columns of {dataset} are some of"):
        SchemaColumns.read(Dataset(dataset), columns)


def test_a_mapping_names_the_id() -> None:
    """Everything else may be unknown."""
    with pytest.raises(UnusableError, match="says nothing of item_id"):
        metadata_mapping(Dataset.ITEMS, "style=s")


TEXTS = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=30)
DESCRIPTIONS = TEXTS | st.text(alphabet='a ,"\\é', min_size=1, max_size=12)


@given(DESCRIPTIONS, st.floats(0, 1e9), st.integers(0, 10**10))
def test_what_is_written_is_read_by_both_readers(text: str, price: float, seconds: int) -> None:
    """By ours, which is another program, and by the rules of the guide as a library reads."""
    body = {
        "schema_version": "1.0", "kind": "catalogue", "item_id": "i-1", "occurred_at_ms": 0,
        "genres": ["Drama"], "price": price, "duration_s": 1.5, "created_at_ms": seconds * 1000,
        "description": text,
    }  # fmt: skip
    message = Message("m", "o", json.dumps(body).encode(), 0)
    record = derive_metadata(message, metadata_rules(USERS, ITEMS, 300))
    if isinstance(record, Rejection):  # a description of blanks
        return
    assert record is not None
    line = cells(record, ITEMS)
    assert read_metadata([HEADER, line.encode()], ITEMS.header, ITEMS.required) == Reading(
        1, len(HEADER) + len(line.encode())
    )
    (row,) = csv.reader([line], doublequote=False, escapechar="\\", strict=True)
    found = dict(zip(ITEMS.header, row, strict=True))
    assert found["PRODUCT_DESCRIPTION"] == " ".join(text.split())
    assert float(found["PRICE"]) == pytest.approx(price, abs=1e-6)
    assert found["CREATION_TIMESTAMP"] == str(seconds)
    assert found["STYLE"] == ""


def test_lines_come_by_id() -> None:
    """So equal metadata make equal files."""
    records = [MetadataRecord(Dataset.USERS, name, "{}", 0) for name in ("u-2", "u-1")]
    assert list(lines(records, USERS)) == ["u-1,,,,,\n", "u-2,,,,,\n"]


def found(content: bytes) -> Reading | Fault:
    """What the reader says of a file of items, however it is cut."""
    whole = read_metadata([content], ITEMS.header, ITEMS.required)
    single = [content[at : at + 1] for at in range(len(content))]
    assert read_metadata(single, ITEMS.header, ITEMS.required) == whole
    return whole


@pytest.mark.parametrize(
    ("content", "row", "rule"),
    [
        (b"", 1, "header"),
        (HEADER[:-1], 1, "header"),
        (b"ITEM_ID\n", 1, "header"),
        (HEADER + GOOD + GOOD, 3, "repeated_id"),
        (HEADER + GOOD[:-1], 2, "no_line_feed"),
        (HEADER + b"\n", 2, "empty_row"),
        (HEADER + b"i-1,1\n", 2, "number_of_fields"),
        (HEADER + GOOD.replace(b'\\"hi', b'""hi'), 2, "quotation"),
        (HEADER + GOOD.replace(b"\\\\o", b"\\o"), 2, "quotation"),
        (HEADER + GOOD.replace(b"Drama", b'Dr"ama'), 2, "quotation"),
        (HEADER + GOOD.replace(b"i-1", b""), 2, "ITEM_ID"),
        (HEADER + GOOD.replace(b"i-1", b"i 1"), 2, "ITEM_ID"),
        (HEADER + GOOD.replace(b"1700000000", b"1700000000000"), 2, "CREATION_TIMESTAMP"),
        (HEADER + GOOD.replace(b"1700000000", b""), 2, "CREATION_TIMESTAMP"),
        (HEADER + GOOD.replace(b"Drama", b" Drama"), 2, "GENRES"),
        (HEADER + GOOD.replace(b"Drama", b"D\x07rama"), 2, "GENRES"),
        (HEADER + GOOD.replace(b"Drama", b"D\xfframa"), 2, "GENRES"),
        (HEADER + GOOD.replace(b"Drama", b"D" * 1000), 2, "GENRES"),
        (HEADER + GOOD.replace(b"1.5", b"1e5"), 2, "PRICE"),
        (HEADER + GOOD.replace(b"hi", b"h" * 20_001), 2, "PRODUCT_DESCRIPTION"),
    ],
)
def test_the_first_bad_row_is_named(content: bytes, row: int, rule: str) -> None:
    """With the rule that it breaks, and nothing of what stands there."""
    assert found(content) == Fault(row, rule)


def test_a_good_file_is_counted() -> None:
    """Rows without the header, and bytes."""
    content = HEADER + GOOD + GOOD.replace(b"i-1", b"i-2")
    assert found(content) == Reading(2, len(content))


def test_a_line_that_never_ends_is_not_kept() -> None:
    """Memory has a bound whatever the file is."""
    endless = (b"x" * 100_000 for _ in range(1000))
    assert read_metadata(endless, ITEMS.header, ITEMS.required) == Fault(1, "header")
