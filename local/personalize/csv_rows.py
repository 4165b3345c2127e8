"""Reads the CSV files of a dataset import job as strictly as Personalize does.

The developer guide's rules ("Formatting your data"): the first row holds the schema's column names,
unquoted and in the schema's order; text is quoted with double quotes, and quotes and backslashes in
it are escaped by a backslash; an empty cell is null; times are epoch seconds.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from local.personalize.quotas import Quotas
from local.personalize.schema_text import DatasetSchema
from local.personalize.service_model import Body
from local.personalize.values import parse_cell

MAX_ID: Final = 256


class CsvError(Exception):
    """A file that fails the whole job; its text is the job's failureReason."""


def rows_in(key: str, content: bytes, schema: DatasetSchema, quotas: Quotas) -> Iterator[Body]:
    """Yields the rows of one file by column name.

    Raises:
        CsvError: At the first thing that is wrong; nothing says Personalize skips bad rows.
    """
    try:
        lines = io.StringIO(content.decode("utf-8"), newline="")
    except UnicodeDecodeError:
        message = f"{key} is not UTF-8."
        raise CsvError(message) from None
    reader = csv.reader(lines, doublequote=False, escapechar="\\", strict=True)
    try:
        check_header(next(reader, []), schema)
        for cells in reader:
            yield row_of(cells, schema, quotas)
    except (csv.Error, ValueError) as error:
        message = f"Invalid CSV in {key}, line {reader.line_num}: {error}"
        raise CsvError(message) from None


def check_header(header: Sequence[str], schema: DatasetSchema) -> None:
    """Refuses a header that is not the schema's columns in their order.

    Raises:
        CsvError: In AWS's words where columns are missing.
    """
    expected = [column.name for column in schema.columns]
    missing = [name for name in expected if name not in header]
    if missing:
        message = f"Input CSV is missing the following columns: {missing}"
        raise CsvError(message)
    if list(header) != expected:
        message = f"Input CSV must have the columns of the schema in their order: {expected}"
        raise CsvError(message)


def row_of(cells: Sequence[str], schema: DatasetSchema, quotas: Quotas) -> Body:
    """Reads one row.

    Raises:
        ValueError: If it is not what the schema declares.
    """
    if len(cells) != len(schema.columns):
        message = f"the row has {len(cells)} cells and the schema {len(schema.columns)} columns"
        raise ValueError(message)
    longest = quotas.categorical_characters
    row = {
        column.name: parse_cell(column, text, longest_category=longest)
        for column, text in zip(schema.columns, cells, strict=True)
    }
    for name in ("USER_ID", "ITEM_ID"):
        if len(row.get(name, "")) > MAX_ID:
            message = f"{name} is longer than {MAX_ID} characters"
            raise ValueError(message)
    return row
