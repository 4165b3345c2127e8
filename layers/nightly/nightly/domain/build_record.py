"""What is kept of a build: the history by which later builds are judged."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Self

from nightly.domain.days import time_of
from nightly.domain.errors import UnusableError
from nightly.domain.findings import GateVerdict
from nightly.domain.statistics import BuildStatistics
from nightly.domain.stored_values import read_as

_FORMAT: Final = 1
_Fields: Final = dict[str, Any]


class Outcome(StrEnum):
    """How a night ended."""

    UNDER_WAY = "under_way"  # go: imports or trains; a record that stays so was interrupted
    ACCEPTED = "accepted"  # deployed
    KEPT = "kept"  # trained and judged worse: what is live stays
    NOTHING_NEW = "nothing_new"  # nothing to train on that was not there before
    STOPPED = "stopped"  # by a gate, the cost ceiling or a refused plan
    FAILED = "failed"  # something broke


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """A build and what became of it.

    Attributes:
        build: Its name, `night-2026-11-24`.
        night: The date of the night, `2026-11-24`.
        made_at: When, ISO 8601 in UTC.
        days: Which days were built, in words: `all`, or `2026-11-20 to 2026-11-23`.
        statistics: Of all that would be trained on.
        plan: As the import plan tells itself.
        cost: As `Estimate.as_dict`.
        import_: The import, None without one; `import` in JSON.
        training: `solution_version_arn`, `metrics` and `judgement`; None if nothing was trained.
        reasons: Why it ended so, in plain words.
        compared_with: The build that gates compared it with, in words; None if with none.
    """

    build: str
    night: str
    made_at: str
    days: str
    statistics: BuildStatistics
    gate: GateVerdict
    plan: Mapping[str, Any]
    cost: Mapping[str, Any]
    import_: Mapping[str, Any] | None
    training: Mapping[str, Any] | None
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    compared_with: str | None = None

    def is_older_than(self, at: str) -> bool:
        """Whether it was made before a time, ISO 8601."""
        return time_of(self.made_at) < time_of(at)

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        content = asdict(self) | {"format": _FORMAT, "gate": self.gate.as_dict()}
        content["import"] = content.pop("import_")
        return content

    @classmethod
    def from_dict(cls, content: object) -> Self:
        """Read it back.

        Raises:
            UnusableError: It is none, or of another format.
        """
        fields = read_as(_Fields, content)
        if fields.get("format") != _FORMAT:
            error = "not a BuildRecord of this format"
            raise UnusableError(error)
        return read_as(cls, {**fields, "import_": fields.get("import")})

    def to_json(self) -> bytes:
        """As it is stored."""
        return json.dumps(self.as_dict(), indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read what is stored.

        Raises:
            UnusableError: It is half written, or somebody else's.
        """
        try:
            content = json.loads(text)
        except ValueError:
            error = "not a BuildRecord: no JSON"
            raise UnusableError(error) from None
        return cls.from_dict(content)
