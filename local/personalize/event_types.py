"""The limit on distinct event types together with optional columns, which sits on the data."""

from collections.abc import Iterable

from local.personalize.interactions import Interaction
from local.personalize.quotas import Quotas
from local.personalize.schema_text import DatasetSchema


def too_many_event_types(
    schema: DatasetSchema, interactions: Iterable[Interaction], quotas: Quotas
) -> str | None:
    """Says why data has too many event types for its schema, or None if it has not.

    The developer guide's quotas allow ten distinct event types and optional metadata columns in
    all. It is a limit of the *data*: PutEvents models no error for it and a schema does not know
    its event types, so it is checked where Personalize reads data as a whole, by an import job and
    by a training, and shows as their failureReason.
    """
    types = {each.event_type for each in interactions if each.event_type is not None}
    count = len(types) + len(schema.optional_columns)
    limit = quotas.event_types_and_optional_columns
    if count <= limit:
        return None
    return (
        f"The dataset has {len(types)} distinct event types and {len(schema.optional_columns)} "
        f"optional columns; together they may be {limit} at most."
    )
