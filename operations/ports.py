"""What the commands need of the world, beside the ports of `ingestion`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ingestion.domain.hour import Hour

from operations.envelopes import Record


class FunctionFailedError(Exception):
    """A function ended an invocation with an error; the text is the kind of it."""


class FrontDoor(Protocol):
    """The functions, invoked as their event sources invoke them."""

    def deliver(self, use_case: str, records: Sequence[Record]) -> Collection[str]:
        """Hand records to the function of a use case.

        Returns:
            The ids of those that it wants to have delivered again.

        Raises:
            FunctionFailedError: The function itself failed: all of them.
            TransientError: Not now.
            MisconfiguredError: Not with this permission or name.
        """
        ...


@dataclass(frozen=True, slots=True)
class Redriven:
    """What the journal says of one thing that was given back.

    Attributes:
        kind: Of what: `rejection`, `failed_batch`, `replay`.
        key: Which: the rejection's id, the batch's key, the part of the replay.
        digest: SHA-256 of the body as it was given back; empty where there is none.
        row: All else that is kept.
    """

    kind: str
    key: str
    digest: str = ""
    row: Mapping[str, Any] = field(default_factory=dict)


class Journal(Protocol):
    """What was done, so that nobody does it twice; that nobody may is up to the event ids."""

    def note(self, hour: Hour, done: Sequence[Redriven]) -> None:
        """Keep that these, which belong to the hour, are done; errors as of the archive."""
        ...

    def done(self, hour: Hour) -> Sequence[Redriven]:
        """What was noted of an hour, each time it was."""
        ...


class Progress(Protocol):
    """How far a run has come, for whoever waits."""

    def begin(self, steps: int) -> None:
        """There are so many steps."""
        ...

    def step(self, label: str) -> None:
        """One is done."""
        ...
