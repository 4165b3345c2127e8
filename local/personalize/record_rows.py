"""Turns what PutUsers and PutItems carry into rows of their datasets."""

import json

from local.personalize.errors import Refusal, refused
from local.personalize.events import refuse_constant
from local.personalize.quotas import Quotas
from local.personalize.schema_text import DatasetSchema
from local.personalize.service_model import Body
from local.personalize.values import fits


def record_row(record: Body, schema: DatasetSchema, quotas: Quotas, id_column: str) -> Body:
    """Reads the properties of one user or item by column name, without its id.

    Raises:
        EmulatedError: InvalidInputException for what the schema does not have.
    """
    row: Body = {}
    for name, value in parsed(record.get("properties") or "{}").items():
        column = schema.by_property.get(name)
        if column is None or column.name == id_column:
            text = "properties has a key that is no column of the schema in camel case."
            raise refused(Refusal.UNKNOWN_PROPERTY, text)
        if not fits(column, value, longest_category=quotas.categorical_characters):
            text = f"{name} is not what the schema declares for {column.name}."
            raise refused(Refusal.WRONG_PROPERTY_TYPE, text)
        row[column.name] = value
    check_complete(row, schema, id_column)
    return row


def parsed(text: str) -> Body:
    """Reads a JSON object."""
    try:
        properties = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        properties = None
    if not isinstance(properties, dict):
        message = "Error parsing properties json: it must be a JSON object."
        raise refused(Refusal.PROPERTIES_NOT_JSON, message)
    return properties


def check_complete(row: Body, schema: DatasetSchema, id_column: str) -> None:
    """Refuses a record without a column that cannot be null."""
    for column in schema.columns:
        if not column.nullable and column.name != id_column and row.get(column.name) is None:
            text = f"The schema's column {column.name} cannot be null."
            raise refused(Refusal.MISSING_COLUMN, text)
