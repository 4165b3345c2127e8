"""What gates find: values, with a form in JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from nightly.domain.stored_values import read_as


class Severity(StrEnum):
    """What a finding does."""

    FAILURE = "failure"  # nothing is imported or trained
    WARNING = "warning"  # it is told


@dataclass(frozen=True, slots=True)
class Finding:
    """What a gate has to say against a build.

    Attributes:
        gate: Its name, `least_interactions`.
        text: One plain sentence with the figures; never an id.
        figures: The same figures by name, the limit among them.
    """

    gate: str
    severity: Severity
    text: str
    figures: Mapping[str, float | int | str]


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """All that was found, in the order of the gates."""

    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the night may go on."""
        return not self.failures

    @property
    def failures(self) -> tuple[Finding, ...]:
        """What stops it."""
        return tuple(each for each in self.findings if each.severity is Severity.FAILURE)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is only told."""
        return tuple(each for each in self.findings if each.severity is Severity.WARNING)

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it: `passed` and all findings."""
        return {"passed": self.passed} | asdict(self)

    @classmethod
    def from_dict(cls, content: object) -> Self:
        """Read it back.

        Raises:
            UnusableError: It is none.
        """
        return read_as(cls, content)


def failure(gate: str, text: str, **figures: float | str) -> Finding:
    """A finding that stops the night."""
    return Finding(gate, Severity.FAILURE, text, figures)


def warning(gate: str, text: str, **figures: float | str) -> Finding:
    """A finding that is told."""
    return Finding(gate, Severity.WARNING, text, figures)
