"""Figures in aligned columns, for a terminal or a file: plain text, no escape sequences."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Final

from nightly.domain.acceptance import Acceptance
from nightly.domain.build_record import BuildRecord
from nightly.domain.drift import shifts
from nightly.domain.judgement import COVERAGE, NDCG
from nightly.domain.statistics import BuildStatistics

_NONE: Final = "-"
_HEAD: Final = (
    "BUILD",
    "OUTCOME",
    "MADE",
    "ROWS",
    "USERS",
    "ITEMS",
    "GATE",
    "PLAN",
    "USD",
    "NDCG@25",
)


def listed(
    records: Iterable[BuildRecord], unreadable: Iterable[str], accepted: Container[str] = ()
) -> str:
    """A line a build; those without a readable record at the end.

    Args:
        records: What can be read.
        unreadable: Names of other builds.
        accepted: Names of builds whose drift somebody has accepted.
    """
    rows = [_HEAD, *(_row(record, is_accepted=record.build in accepted) for record in records)]
    rows += [(name, "no readable record") for name in unreadable]
    return _aligned(rows)


def shown(record: BuildRecord, acceptance: Acceptance | None = None) -> str:
    """All that a record says, but for histograms: the report draws those.

    Args:
        record: Of the build.
        acceptance: Of what stopped it, if somebody has accepted that.
    """
    training = record.training or {}
    facts = [
        ("build", record.build),
        ("outcome", record.outcome),
        ("made", record.made_at),
        ("days", record.days),
        ("plan", _text(record.plan.get("kind"))),
        ("cost", _text(record.cost.get("text"))),
        ("import", _pairs(record.import_)),
        ("against", _text(record.compared_with)),
        ("version", _text(training.get("solution_version_arn"))),
    ]
    because = [("because", reason) for reason in record.reasons]
    if acceptance is not None:
        because += [("accepted", f"{acceptance.accepted_at}: {acceptance.reason}")]
    found = [(str(each.severity), f"{each.gate}: {each.text}") for each in record.gate.findings]
    metrics = [(name, f"{value:.4f}") for name, value in sorted(_metrics(record).items())]
    figures = [(name, _number(value)) for name, value in _figures(record.statistics)]
    sections = [[*facts, *because], found, metrics, figures]
    return "\n\n".join(_aligned(section) for section in sections if section)


def compared(before: BuildRecord, now: BuildRecord) -> str:
    """Figures of two builds beside each other, and how far distributions have moved."""
    rows = [("FIGURE", before.build, now.build, "CHANGE")]
    rows += _beside(dict(_figures(before.statistics)), dict(_figures(now.statistics)))
    rows += _beside(_metrics(before), _metrics(now))
    moved = [("MOVED", "PSI", "OF IT BY CHANCE", "COMPARED")]
    moved += [
        (
            each.name,
            f"{each.psi:.4f}",
            f"{each.by_chance:.4f}",
            "what came since" if each.is_of_new else "the whole",
        )
        for each in shifts(before.statistics, now.statistics, most_by_chance=0.05)
    ]
    return f"{_aligned(rows)}\n\n{_aligned(moved)}"


def _row(record: BuildRecord, *, is_accepted: bool) -> tuple[str, ...]:
    metrics, statistics = _metrics(record), record.statistics
    failures, warnings = len(record.gate.failures), len(record.gate.warnings)
    return (
        record.build,
        f"{record.outcome}, drift accepted" if is_accepted else record.outcome,
        record.made_at[:16],
        _number(statistics.rows),
        _number(statistics.users.get("users")),
        _number(statistics.items.get("items")),
        f"{failures} failed, {warnings} warned" if failures or warnings else "passed",
        _text(record.plan.get("kind")),
        _number(record.cost.get("total_usd")),
        _number(metrics.get(NDCG)),
    )


def _figures(of: BuildStatistics) -> Sequence[tuple[str, float]]:
    yours: list[tuple[str, float]] = [("interactions", of.rows)]
    yours += [(f"  {name}", count) for name, count in sorted(of.event_types.items())]
    yours += [(f"left out: {name}", n) for name, n in sorted(of.outcomes.items()) if name != "ok"]
    yours += [
        ("users", of.users.get("users", 0)),
        ("users with two interactions", of.users.get("with_two", 0)),
        ("users with ten interactions", of.users.get("with_ten", 0)),
        ("items", of.items.get("items", 0)),
        ("days with interactions", len(of.daily)),
    ]
    yours += [(f"newest rows: {name}", count) for name, count in sorted(of.archived.items())]
    return yours + [(f"share empty: {name}", share) for name, share in sorted(of.nulls.items())]


def _metrics(record: BuildRecord) -> dict[str, float]:
    """Those of the version that a build trained, the important ones first."""
    given = dict((record.training or {}).get("metrics") or {})
    names = [name for name in (NDCG, COVERAGE) if name in given]
    return {name: float(given[name]) for name in dict.fromkeys((*names, *sorted(given)))}


def _beside(before: Mapping[str, float], now: Mapping[str, float]) -> list[tuple[str, ...]]:
    return [
        (name, _number(before.get(name)), _number(now.get(name)), _change(before, now, name))
        for name in dict.fromkeys((*before, *now))
    ]


def _change(before: Mapping[str, float], now: Mapping[str, float], name: str) -> str:
    was, is_now = before.get(name), now.get(name)
    return f"{(is_now - was) / was:+.1%}" if was and is_now is not None else _NONE


def _number(value: object) -> str:
    match value:
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.4f}"
        case _:
            return _NONE


def _text(value: object) -> str:
    return str(value) if value else _NONE


def _pairs(content: Mapping[str, Any] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (content or {}).items()) or _NONE


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their longest cell, two blanks between; numbers to the right."""
    longest = max(map(len, rows))
    widths = [max(len(row[at]) for row in rows if at < len(row)) for at in range(longest)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (
        cell.rjust(width) if _is_figure(cell) else cell.ljust(width)
        for cell, width in zip(row, widths, strict=False)
    )
    return "  ".join(cells).rstrip()


def _is_figure(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and set(cell) <= set("0123456789,.%+-")
