"""What is asked of a night, and what it decides: the JSON between the steps of a night."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from nightly.domain.cost import Estimate
from nightly.domain.days import Day
from nightly.domain.gates import GateVerdict
from nightly.domain.import_plan import ImportPlan, PlanKind
from nightly.domain.stored_values import read_as


class Train(StrEnum):
    """Whether a solution version is trained."""

    AUTO = "auto"  # if something is new
    ALWAYS = "always"
    NEVER = "never"


class Verdict(StrEnum):
    """How the night goes on."""

    GO = "go"
    NOTHING_NEW = "nothing_new"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class NightRequest:
    """A night to be prepared.

    Attributes:
        night: The date on which it runs; the day before is the last that it sees.
        asked: A plan that somebody asked for, or `auto`.
        attempt: Who asks, for the log alone: a second attempt gets the answer of the first.
        target: The live target's fields of a dataset group that everything is to go into; None for
            a night, which works on what is live.
    """

    night: str
    asked: Literal["auto"] | PlanKind = "auto"
    train: Train = Train.AUTO
    attempt: str = ""
    target: Mapping[str, Any] | None = None

    @classmethod
    def from_dict(cls, content: object) -> "NightRequest":
        """Read what the state machine sends.

        Raises:
            UnusableError: It is something else.
        """
        request = read_as(cls, content)
        Day.named(request.night)
        return request

    @property
    def day(self) -> Day:
        """The date of the night."""
        return Day.named(self.night)

    @property
    def plan(self) -> PlanKind | None:
        """The plan that was asked for."""
        return None if self.asked == "auto" else PlanKind(self.asked)

    @property
    def is_trained(self) -> bool | None:
        """What was asked of training; None leaves it to the facts."""
        return {Train.ALWAYS: True, Train.NEVER: False}.get(self.train)

    @property
    def build(self) -> str:
        """The name of what the night makes: the same for every attempt."""
        return f"{'night' if self.target is None else 'rebuild'}-{self.night}"

    def is_same(self, asked: Mapping[str, Any]) -> bool:
        """Whether it asks for the same as what `as_asked` has kept."""
        return self.as_asked() == asked

    def as_asked(self) -> dict[str, Any]:
        """What decides, without who asks."""
        return {
            "night": self.night,
            "asked": str(self.asked),
            "train": str(self.train),
            "target": None if self.target is None else dict(self.target),
        }


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """Files that were written, read back, and may be imported.

    Attributes:
        location: The prefix under which there is nothing but parts.
        mode: As CreateDatasetImportJob spells it.
        size_bytes: Of all parts together, as `rows`.
    """

    location: str
    mode: str
    rows: int
    size_bytes: int
    job_name: str
    dataset_arn: str


@dataclass(frozen=True, slots=True)
class NightDecision:
    """What the night does.

    Attributes:
        plan: None when it was refused.
        prepared: What is imported; None without an import.
        target: What the state machine has to know of the dataset group, by name.
    """

    night: str
    build: str
    outcome: Verdict
    reasons: tuple[str, ...]
    plan: ImportPlan | None
    prepared: PreparedImport | None
    trains: bool
    target: Mapping[str, Any]
    gate: GateVerdict
    cost: Estimate

    def as_dict(self) -> dict[str, Any]:
        """As the state machine reads it."""
        return {
            "night": self.night,
            "build": self.build,
            "outcome": str(self.outcome),
            "reasons": list(self.reasons),
            "plan": self.plan_as_dict(),
            "import": self.import_as_dict(),
            "train": self.trains,
            "solution_version_name": self.build,
            "target": dict(self.target),
            "gate": {
                "passed": self.gate.passed,
                "failures": [each.text for each in self.gate.failures],
                "warnings": [each.text for each in self.gate.warnings],
            },
            "cost": self.cost.as_dict(),
        }

    def plan_as_dict(self) -> dict[str, Any]:
        """The plan; `none` where it was refused."""
        if self.plan is None:
            refused = {"kind": str(PlanKind.NONE), "reasons": list(self.reasons)}
            return refused | {"days": None, "trains": False, "mode": None}
        return self.plan.as_dict()

    def import_as_dict(self) -> dict[str, Any] | None:
        """The import, with the days that it covers."""
        if self.prepared is None:
            return None
        return {
            "location": self.prepared.location,
            "mode": self.prepared.mode,
            "rows": self.prepared.rows,
            "bytes": self.prepared.size_bytes,
            "days": self.plan_as_dict()["days"],
            "job_name": self.prepared.job_name,
            "dataset_arn": self.prepared.dataset_arn,
        }
