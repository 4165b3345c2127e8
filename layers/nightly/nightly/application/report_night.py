"""What became of a night, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from nightly.domain.build_record import Outcome
from nightly.domain.days import Day
from nightly.domain.stored_values import read_as

_SUBJECTS: Final = {
    Outcome.UNDER_WAY: "is under way",
    Outcome.ACCEPTED: "a new version is live",
    Outcome.KEPT: "the live version stays",
    Outcome.NOTHING_NEW: "nothing new",
    Outcome.STOPPED: "stopped",
    Outcome.FAILED: "failed",
}


class Step(StrEnum):
    """When the state machine reports."""

    IMPORTED = "imported"  # the import is active
    FINISHED = "finished"  # the night has come to its end


@dataclass(frozen=True, slots=True)
class NightReport:
    """What the state machine tells of a night.

    Attributes:
        build: As `NightDecision`; empty if the night came to no decision.
        training: `solution_version_arn`, `metrics` and `judgement`.
        error: `Error` and `Cause`, as Step Functions has them.
    """

    night: str
    step: Step = Step.FINISHED
    build: str = ""
    outcome: Outcome = Outcome.FAILED
    reasons: tuple[str, ...] = ()
    training: Mapping[str, Any] | None = None
    import_: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "NightReport":
        """Read what the state machine sends.

        Raises:
            UnusableError: It is something else.
        """
        report = read_as(cls, {**content, "import_": content.get("import")})
        Day.named(report.night)
        return report


def report_night(report: NightReport) -> dict[str, Any]:
    """Say what became of a night."""
    return {"subject": subject(report), "message": "\n".join(report.reasons)}


def subject(report: NightReport) -> str:
    """One line; SNS takes at most a hundred characters of ASCII."""
    return f"Night {report.night}: {_SUBJECTS[report.outcome]}"
