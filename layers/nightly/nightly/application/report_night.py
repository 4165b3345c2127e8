"""What became of a night: its record, its page, the ledger of imports, and words for people."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from nightly.application.accept_build import Acceptances
from nightly.application.ledger import note_import
from nightly.application.records import Records
from nightly.application.write_page import page_key, write_page
from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.days import Day, Days
from nightly.domain.errors import UnusableError
from nightly.domain.gates import GateVerdict
from nightly.domain.import_ledger import NotedImport
from nightly.domain.night import NO_STATISTICS, PreparedImport
from nightly.domain.stored_values import read_as
from nightly.ports import Storage

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
        build: As in `NightDecision`.
        training: `solution_version_arn`, `metrics` and `judgement`.
        import_: As in `NightDecision`; `import` in JSON.
        error: `Error` and `Cause`, as Step Functions has them.
    """

    night: str
    build: str
    step: Step = Step.FINISHED
    outcome: Outcome = Outcome.UNDER_WAY
    reasons: tuple[str, ...] = ()
    training: Mapping[str, Any] | None = None
    import_: PreparedImport | None = None
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

    @property
    def all_reasons(self) -> tuple[str, ...]:
        """Its reasons, and what an error says."""
        return self.reasons if self.error is None else (*self.reasons, _said(self.error))


@dataclass(frozen=True, slots=True)
class ReportParts:
    """What a report works with."""

    archive: Storage
    now: Callable[[], str]


def report_night(report: NightReport, parts: ReportParts) -> dict[str, Any]:
    """Report a step of a night; again, if need be, with the same result.

    Returns:
        `subject` and `message` for people, and where the `report` is.

    Raises:
        LedgerError: The import cannot be noted: its days do not follow those noted before.
        UnusableError: There is no import to be noted.
    """
    if report.step is Step.IMPORTED:
        return _imported(report, parts)
    record = _completed(report, parts)
    Records(parts.archive).put(record)
    write_page(record, parts.archive, Acceptances(parts.archive).of(record.build))
    place = parts.archive.location(page_key(record.build))
    lines = [*report.all_reasons, f"Report: {place}"]
    return _told(report, _SUBJECTS[report.outcome], lines, parts)


def _imported(report: NightReport, parts: ReportParts) -> dict[str, Any]:
    """Move the watermark, at once: whatever fails later, this import is not made again."""
    imported = report.import_
    if imported is None:
        error = "there is no import to be noted"
        raise UnusableError(error)
    first, last = (Day.named(day) for day in imported.days)
    noted = NotedImport(
        imported.job_name,
        imported.mode,
        Days(first, last),
        imported.rows,
        parts.now(),
        imported.kind,
    )
    note_import(parts.archive, imported.group, noted)
    line = f"{imported.rows} interactions of {first} to {last} are imported ({imported.mode})"
    return _told(report, "imported", [line], parts)


def _completed(report: NightReport, parts: ReportParts) -> BuildRecord:
    """The record of the night with its end; a version that went live stays so, whatever follows."""
    record = Records(parts.archive).get(report.build) or _empty(report, parts)
    if record.outcome is Outcome.ACCEPTED and report.outcome is Outcome.FAILED:
        return record
    return replace(
        record,
        outcome=report.outcome,
        reasons=report.all_reasons,
        training=report.training or record.training,
    )


def _empty(report: NightReport, parts: ReportParts) -> BuildRecord:
    """Of a night that failed before anything was known of it."""
    return BuildRecord(
        build=report.build,
        night=report.night,
        made_at=parts.now(),
        days="none",
        statistics=NO_STATISTICS,
        gate=GateVerdict(),
        plan={},
        cost={},
        import_=None,
        training=None,
        outcome=report.outcome,
    )


def _told(report: NightReport, what: str, lines: list[str], parts: ReportParts) -> dict[str, Any]:
    """A subject of SNS has at most a hundred characters of ASCII."""
    return {
        "subject": f"Night {report.night}: {what}",
        "message": "\n".join(lines),
        "report": parts.archive.location(page_key(report.build)),
    }


def _said(error: Mapping[str, Any]) -> str:
    """A function's error has its message as JSON in the cause; that of a service is plain."""
    cause = str(error.get("Cause", ""))
    try:
        message = read_as(_FunctionError, json.loads(cause)).errorMessage
    except (ValueError, UnusableError):
        message = cause
    return f"{error.get('Error', 'an error')}: {message}"


@dataclass(frozen=True, slots=True)
class _FunctionError:
    """As Lambda tells it, with a stack trace that nobody wants to get by mail."""

    errorMessage: str = ""  # noqa: N815 - as Lambda spells it
