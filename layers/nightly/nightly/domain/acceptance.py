"""A drift that a person has looked at and accepted, so that no later night stops for it again."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.days import Day
from nightly.domain.drift import by_chance, came_since, completion, psi
from nightly.domain.errors import UnusableError
from nightly.domain.exceeding import exceeds
from nightly.domain.findings import Finding, GateVerdict, Severity, warning
from nightly.domain.gate_limits import GateLimits
from nightly.domain.statistics import BuildStatistics
from nightly.domain.stored_values import read_as

# What compares a build with earlier ones. The others ask what it is, and no wish changes that.
ACCEPTABLE: Final = frozenset(
    {"volume", "lost", "drift_event_mix", "drift_completion", "drift_popularity"}
)
_LONGEST_REASON: Final = 300
_FORMAT: Final = 1
_Fields: Final = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a build which was stopped is the measure of what comes after.

    Attributes:
        build: Its name.
        night: Its date, `2026-11-24`.
        accepted_at: When, ISO 8601 in UTC. Who did it is not kept.
        reason: Why, in somebody's words.
        gates: Which gates had stopped it.
        statistics: Its figures. They are kept here, as a further attempt of its night writes
            another record in the place of the one that was looked at.
        previous: What it was compared with; None if it was the first.
    """

    build: str
    night: str
    accepted_at: str
    reason: str
    gates: tuple[str, ...]
    statistics: BuildStatistics
    previous: BuildStatistics | None = None

    def is_later_than(self, record: BuildRecord) -> bool:
        """Whether it was accepted after a build was made."""
        return record.is_older_than(self.accepted_at)

    def as_told(self) -> dict[str, Any]:
        """Without figures, for programs."""
        told = {"build": self.build, "night": self.night, "accepted_at": self.accepted_at}
        return told | {"reason": self.reason, "gates": list(self.gates)}

    def to_json(self) -> bytes:
        """As it is stored."""
        content = asdict(self) | {"format": _FORMAT}
        return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read what is stored.

        Raises:
            UnusableError: It is half written, or of another format.
        """
        try:
            fields = read_as(_Fields, json.loads(text))
        except ValueError:
            fields = {}
        if fields.get("format") != _FORMAT:
            error = "not an Acceptance of this format"
            raise UnusableError(error)
        return read_as(cls, fields)


def accepted(
    record: BuildRecord, previous: BuildStatistics | None, reason: str, at: str
) -> Acceptance:
    """Accept what stopped a build.

    Args:
        record: Of the build.
        previous: What it was compared with.
        reason: Why it is right, in one line. It is shown wherever the build is: nobody's name.
        at: Now, ISO 8601 in UTC.

    Raises:
        UnusableError: There is nothing to accept, or something that nobody can.
    """
    words = " ".join(reason.split())
    if not words or len(words) > _LONGEST_REASON or not words.isprintable():
        error = f"a reason has 1 to {_LONGEST_REASON} characters"
        raise UnusableError(error)
    gates = _acceptable(record)
    statistics = record.statistics
    return Acceptance(record.build, record.night, at, words, gates, statistics, previous)


def _acceptable(record: BuildRecord) -> tuple[str, ...]:
    gates = tuple(dict.fromkeys(each.gate for each in record.gate.failures))
    if record.outcome is not Outcome.STOPPED or not gates:
        error = f"no gate has stopped {record.build}: its outcome is {record.outcome}"
        raise UnusableError(error)
    others = sorted(set(gates) - ACCEPTABLE)
    if others:
        error = (
            f"{record.build} was stopped by {', '.join(others)}, which nobody can accept; only"
            f" {', '.join(sorted(ACCEPTABLE))} can be"
        )
        raise UnusableError(error)
    return gates


def softened(
    verdict: GateVerdict,
    acceptance: Acceptance,
    of: BuildStatistics,
    previous: BuildStatistics | None,
    limits: GateLimits,
) -> GateVerdict:
    """A verdict in which what is like an accepted build is only told.

    An event mix that has changed for good is new against all of the past for many nights, and a
    volume against the days before: the last accepted build alone is no measure of these two.
    `lost` and popularity compare whole builds, so they are done once the accepted build is that.
    """

    def soft(finding: Finding) -> Finding:
        is_failure = finding.severity is Severity.FAILURE and finding.gate in acceptance.gates
        if not is_failure or not _is_alike(finding.gate, acceptance, of, previous, limits):
            return finding
        text = f"{finding.text.removesuffix('.')}; the same was accepted with {acceptance.build}."
        return warning(finding.gate, text, **finding.figures, accepted_with=acceptance.build)

    return GateVerdict(tuple(map(soft, verdict.findings)))


def _is_alike(
    gate: str,
    acceptance: Acceptance,
    of: BuildStatistics,
    previous: BuildStatistics | None,
    limits: GateLimits,
) -> bool:
    then, before = acceptance.statistics, acceptance.previous
    match gate:
        case "volume":
            return _is_as_much(then, of, limits)
        case "drift_event_mix":
            one = came_since({} if before is None else before.event_types, then.event_types)
            other = came_since({} if previous is None else previous.event_types, of.event_types)
        case "drift_completion":
            one = came_since({} if before is None else completion(before), completion(then))
            other = came_since({} if previous is None else completion(previous), completion(of))
        case _:
            return False
    tells = not exceeds(by_chance(one, other), limits.psi_by_chance)
    return tells and not exceeds(psi(one, other), limits.psi_failure)


def _is_as_much(then: BuildStatistics, of: BuildStatistics, limits: GateLimits) -> bool:
    """Like the day that was accepted, as long as that is among those that are compared with."""
    if then.last_day is None or of.last_day is None:
        return False
    day, newest = Day.named(then.last_day), Day.named(of.last_day)
    usual, found, times = then.on(day), of.on(newest), limits.volume_failure
    is_near = day.number <= newest.number < day.number + limits.volume_days
    return is_near and not exceeds(usual, found * times) and not exceeds(found, usual * times)
