"""What is asked of a night, and what it decides: the JSON between the steps of a night."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from nightly.domain.account_names import of_group
from nightly.domain.cost import Estimate
from nightly.domain.days import Day
from nightly.domain.gates import GateVerdict
from nightly.domain.import_plan import ImportMode, ImportPlan, PlanKind
from nightly.domain.statistics import BuildStatistics
from nightly.domain.stored_values import read_as

NO_STATISTICS: Final = BuildStatistics(
    rows=0,
    outcomes={},
    event_types={},
    span_s=None,
    users={"users": 0, "interactions": 0, "with_two": 0, "with_ten": 0, "most": 0},
    items={"items": 0, "most": 0},
)
"""Of a night that saw nothing."""


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
        rows: Of all parts together, as `bytes`.
        days: Of arrival, first and last, that it covers.
        kind: Of the plan.
        group: The name of the dataset group, whose ledger it belongs to.
    """

    location: str
    mode: ImportMode
    rows: int
    bytes: int
    days: tuple[str, str]
    kind: PlanKind
    job_name: str
    dataset_arn: str
    group: str


@dataclass(frozen=True, slots=True)
class PreparedFiles:
    """Files of users or of items that were written, read back, and may be imported as FULL.

    Attributes:
        location: The prefix under which there is nothing but parts.
        rows: Of all parts together.
    """

    location: str
    rows: int
    job_name: str


@dataclass(frozen=True, slots=True)
class PreparedMetadata:
    """What a dataset group that is new gets of users and items; None where nothing was told."""

    users: PreparedFiles | None = None
    items: PreparedFiles | None = None


@dataclass(frozen=True, slots=True)
class NightDecision:
    """What the night does.

    Attributes:
        plan: None when it was refused.
        prepared: What is imported; None without an import.
        metadata: Users and items beside it; only a rebuild has any.
        target: What the state machine has to know of the dataset group, by name.
    """

    night: str
    build: str
    outcome: Verdict
    reasons: tuple[str, ...]
    plan: ImportPlan | None
    prepared: PreparedImport | None
    metadata: PreparedMetadata
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
            **asdict(self.metadata),
            "train": self.trains,
            "solution_version_name": of_group(self.build, self.target["dataset_group_name"]),
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
        """The import."""
        return None if self.prepared is None else asdict(self.prepared)
