"""The context of an activity: circumstances that hold before it happens, such as the device.

Personalize calls it contextual metadata: a categorical column of the interactions schema that is
sent with an event in `properties`, under the column's name in camel case. Three spellings of one
name: `device_type` in an activity, `DEVICE_TYPE` in the schema, `deviceType` in `properties`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Final

from pydantic import Field

from ingestion.domain.properties import property_name

# Words of letters, single underscores between: then camel case leads back to exactly one column.
# (Personalize ignores underscores when it compares columns, and a digit has no upper case.)
_MAX_NAME_CHARACTERS: Final = 32
_COLUMN_NAME: Final = re.compile(r"[A-Z]+(_[A-Z]+)*")
MAX_CONTEXT_KEYS: Final = 10

# Columns with a meaning of their own to Personalize, and what it refuses inside `properties`
# (API model, Event.properties; developer guide, schema requirements). Without underscores, because
# two columns that differ in them alone are refused too.
_RESERVED: Final = frozenset(
    {
        "USERID",
        "ITEMID",
        "TIMESTAMP",
        "EVENTTYPE",
        "EVENTVALUE",
        "EVENTID",
        "SESSIONID",
        "IMPRESSION",
        "RECOMMENDATIONID",
        "EVENTATTRIBUTIONSOURCE",
    }
)

type ContextKey = Annotated[
    str, Field(max_length=_MAX_NAME_CHARACTERS, pattern=r"^[a-z]+(_[a-z]+)*$")
]
# Personalize takes categories of up to 1,000 characters, and reads `|` as "and also"; a hundred
# keep three columns within the 1,024 characters of `properties`.
type ContextValue = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:+/()-]*$")
]
type Context = Annotated[dict[ContextKey, ContextValue], Field(max_length=MAX_CONTEXT_KEYS)]

type ContextPairs = tuple[tuple[str, str], ...]


def context_pairs(context: Mapping[str, str] | None) -> ContextPairs:
    """The context by column name, in order of the names, so that equal contexts are equal."""
    if not context:
        return ()
    return tuple(sorted((key.upper(), value) for key, value in context.items()))


def can_be_context_column(name: str) -> bool:
    """Whether an operator may declare it: spelt as a column of ours, and nobody else's."""
    return (
        len(name) <= _MAX_NAME_CHARACTERS
        and _COLUMN_NAME.fullmatch(name) is not None
        and name.replace("_", "") not in _RESERVED
    )


def collide(names: Iterable[str]) -> bool:
    """Whether two of the columns are one to Personalize, which ignores underscores."""
    bare = [name.replace("_", "") for name in names]
    return len(set(bare)) < len(bare)


# Devices and places are few, and each is written twice for every interaction: when it is planned
# and when it is sent.
@lru_cache(maxsize=1024)
def properties_of(pairs: ContextPairs) -> str | None:
    """`properties` as PutEvents takes them: a JSON object as text; None when there is none."""
    if not pairs:
        return None
    named = {property_name(column): value for column, value in pairs}
    return json.dumps(named, separators=(",", ":"))
