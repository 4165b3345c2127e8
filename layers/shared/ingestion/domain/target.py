"""Where the recorders send: what of it their rows say, and what of the live parameter they read."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from pydantic_core import from_json

from ingestion.domain.dataset import Dataset
from ingestion.domain.errors import MisconfiguredError

NEVER_SENT: Final = "none"
"""What a row says that was archived and never sent."""

_MARK_DIGITS: Final = 16


def tracking_mark(tracking_id: str) -> str:
    """How a row says which tracker it is sent to.

    A hash, because whoever has a tracking id may name it in PutEvents, and the archive has readers.
    """
    return hashlib.sha256(tracking_id.encode()).hexdigest()[:_MARK_DIGITS]


@dataclass(frozen=True, slots=True)
class Target:
    """What recorders send to; empty where this stack records nothing of that kind."""

    tracking_id: str = ""
    users_dataset_arn: str = ""
    items_dataset_arn: str = ""

    def dataset_arn(self, dataset: Dataset) -> str:
        """Where metadata of this kind goes."""
        return self.users_dataset_arn if dataset is Dataset.USERS else self.items_dataset_arn

    @classmethod
    def of_parameter(cls, text: str) -> Self:
        """The target that the live parameter names.

        Raises:
            MisconfiguredError: Somebody wrote something else into it.
        """
        fields = ("tracking_id", "users_dataset_arn", "items_dataset_arn")
        found = _object_in(text)
        named = [found.get(name) for name in fields]
        if not all(isinstance(value, str) and value for value in named):
            error = f"the live parameter must name {', '.join(fields)}"
            raise MisconfiguredError(error)
        return cls(*cast("list[str]", named))


def _object_in(text: str) -> dict[str, Any]:
    try:
        found: object = from_json(text)
    except ValueError:
        found = None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
