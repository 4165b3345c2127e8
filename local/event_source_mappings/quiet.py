"""Whether nothing is left to do, asked of several sources that functions may fill meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.event_source_mappings.invoker import Activity


class Drainable(Protocol):
    """A reader of one source."""

    def is_drained(self) -> bool:
        """Look at the source; whether all that was put there has been dealt with."""
        ...


def is_quiet(readers: Iterable[Drainable], activity: Activity) -> bool:
    """Whether every source is drained and nothing was done while they were looked at.

    Sources are looked at one after the other. A function behind the second may put something into
    the first after that was looked at; but then it ended in between, which the activity shows.
    """
    before = activity.latest
    return all(reader.is_drained() for reader in readers) and activity.latest == before
