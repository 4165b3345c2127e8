"""An execution of a state machine, and the order that a rebuild is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nightly.domain.days import Day

RUNNING = "RUNNING"


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution.

    Attributes:
        status: In the words of Step Functions, `RUNNING`, `SUCCEEDED`, `FAILED` and others.
        output: What it answered; empty until then, and when it failed.
        error: Its name, where it failed.
        cause: What the error says.
    """

    arn: str
    name: str
    status: str
    output: Mapping[str, Any] = field(default_factory=dict[str, Any])
    error: str = ""
    cause: str = ""

    @property
    def is_running(self) -> bool:
        """Whether it is not over."""
        return self.status == RUNNING

    @property
    def outcome(self) -> str | None:
        """How a rebuild ended, as `Outcome` has it; None if it did not come to its end."""
        return self.output.get("outcome")


@dataclass(frozen=True, slots=True)
class RebuildOrder:
    """What the state machine of rebuilds is asked for.

    Attributes:
        night: The date; everything up to the day before goes into the new group.
        serial: Makes room for another group of one date.
        schemas: ARNs by `interactions`, `users`, `items`, where they are not those of the live
            group.
    """

    night: Day
    serial: str = ""
    schemas: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        """Of its first execution."""
        return f"rebuild-{self.night}{self.serial}"

    def group(self, stack: str) -> str:
        """The dataset group that the machine makes (its state NameGroup)."""
        return f"{stack}-r{str(self.night).replace('-', '')}{self.serial}"

    def as_input(self) -> dict[str, Any]:
        """As the machine reads it."""
        return {"night": str(self.night), "serial": self.serial, "schemas": dict(self.schemas)}
