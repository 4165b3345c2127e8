"""What may be an identifier: of a viewer, a visit, an item, an activity, a playback.

An allow list, not a deny list. Personalize's guide asks to avoid quotation marks and special
characters in ids and to keep a CSV record on one line, `|` separates the values of a list in its
data sets, and an id is never "repaired": that would make another id of it.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

# Personalize takes userId, itemId and sessionId of up to 256 characters (API model, StringType).
ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._:-]*$"

# What a player sends when it does not know: text forms of nothing, and names of everybody.
# Personalize drops events of the session "null" in silence (aws/aws-sdk-js#3371).
PLACEHOLDERS: Final = frozenset(
    {
        "0",
        "anonymous",
        "false",
        "guest",
        "nan",
        "nil",
        "none",
        "null",
        "true",
        "undefined",
        "unknown",
    }
)


def _refuse_placeholder(value: str) -> str:
    if value.lower() in PLACEHOLDERS:
        error = "placeholder"
        raise PydanticCustomError(error, "a placeholder is not an identifier")
    return value


type Identifier = Annotated[str, Field(min_length=1, max_length=256, pattern=ID_PATTERN)]
type ShortIdentifier = Annotated[str, Field(min_length=1, max_length=128, pattern=ID_PATTERN)]
type ViewerIdentifier = Annotated[Identifier, AfterValidator(_refuse_placeholder)]
