"""The columns of the interactions schema, in its order, and how each is selected."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nightly.domain.errors import UnusableError

_REQUIRED: Final = {
    "USER_ID": "user_id",
    "ITEM_ID": "item_id",
    "TIMESTAMP": "ts",
    "EVENT_TYPE": "event_type",
}
OPTIONAL_COLUMNS: Final = {
    "EVENT_VALUE": "CAST(event_value AS DECIMAL(5, 4))",
    "RECOMMENDATION_ID": "recommendation_id",
    "IMPRESSION": "impressions",
    "EVENT_ATTRIBUTION_SOURCE": "event_source",
}
_CONTEXT_NAME: Final = re.compile(r"[A-Z]+(?:_[A-Z]+)*")


def context_column(name: str) -> str:
    """The column in which an engine offers the context of a schema's own column."""
    return f"context_{name.lower()}"


def require_words(context: Iterable[str]) -> None:
    """Raise UnusableError unless these can be names of context columns: they stand in SQL."""
    if not all(map(_CONTEXT_NAME.fullmatch, context)):
        error = "names of context columns are upper-case words"
        raise UnusableError(error)


@dataclass(frozen=True, slots=True)
class TrainingColumns:
    """Which columns a file has.

    Attributes:
        optional: Those that the schema has of the ones that Personalize knows.
        context: The schema's own, in its order.
    """

    optional: frozenset[str] = frozenset(OPTIONAL_COLUMNS)
    context: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.optional <= OPTIONAL_COLUMNS.keys():
            error = f"columns are some of {', '.join(OPTIONAL_COLUMNS)}"
            raise UnusableError(error)
        require_words(self.context)

    @property
    def names(self) -> tuple[str, ...]:
        """The header of the file: the order of InteractionsSchema in template.yaml."""
        known = [name for name in OPTIONAL_COLUMNS if name in self.optional]
        return (*_REQUIRED, *known, *self.context)

    @property
    def may_be_null(self) -> dict[str, str]:
        """The optional columns of the file and what is selected for each."""
        return {
            name: OPTIONAL_COLUMNS.get(name) or context_column(name)
            for name in self.names[len(_REQUIRED) :]
        }

    @property
    def selected(self) -> str:
        """The list after SELECT."""
        sources = _REQUIRED | OPTIONAL_COLUMNS
        return ",\n       ".join(
            f"{sources.get(name) or context_column(name)} AS {name}" for name in self.names
        )
