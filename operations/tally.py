"""The account of a run: what was found, and where each of it ended. It adds up."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class End(StrEnum):
    """Where one thing that was found ended in this run."""

    REDRIVEN = "redriven"  # its function took it
    SKIPPED = "skipped"  # taken in a run before
    UNFIXABLE = "unfixable"  # today's rules would reject it again, or its words are gone
    FAILED = "failed"  # not now; run the command again
    RECORDED = "recorded"  # replay: at least one interaction of it
    NO_INTERACTION = "no_interaction"  # replay: understood, and worth none
    SUPERSEDED = "superseded"  # replay: told again, or overtaken
    REJECTED = "rejected"  # replay: today's rules reject it


@dataclass
class Tally:
    """Counts of one run.

    Attributes:
        found: How much was looked at.
        ends: How much of it ended where.
        details: Why, in names of rules and places only.
    """

    found: int = 0
    ends: Counter[End] = field(default_factory=Counter[End])
    details: Counter[str] = field(default_factory=Counter[str])

    def count(self, end: End, number: int = 1, *, detail: str | None = None) -> None:
        """Count what was found, and its end."""
        self.found += number
        self.ends[end] += number
        if detail is not None and number:
            self.details[f"{end}: {detail}"] += number

    @property
    def left_behind(self) -> int:
        """What still needs somebody."""
        return self.ends[End.FAILED] + self.ends[End.UNFIXABLE]
