"""What changed since the last accepted build, figure beside figure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from nightly.domain.drift import Shift, shifts
from nightly.domain.gate_limits import GateLimits
from nightly.domain.statistics import BuildStatistics
from nightly.report.comparison import Comparison, lost
from nightly.report.figures import Figure, Table
from nightly.report.words import change, percent, points, share, whole

_SAID: Final = {
    "event_mix": "Event types",
    "completion": "Completion",
    "popularity": "Popular items",
}

type _Measure = Callable[[BuildStatistics], float]


def _ok(outcomes: Mapping[str, int]) -> float:
    return share(outcomes.get("ok", 0), sum(outcomes.values()))


def _average_completion(of: BuildStatistics) -> float:
    """Each interaction stands in the middle of its bin."""
    middles = [(each.low + (each.high or each.low)) / 2 * each.count for each in of.completion]
    return share(sum(middles), sum(each.count for each in of.completion))


def _led(of: BuildStatistics) -> float:
    return share(sum(each.interactions for each in of.popular_items[:10]), of.rows)


_COUNTS: Final[Mapping[str, _Measure]] = {
    "Rows to train on": lambda of: of.rows,
    "Users": lambda of: of.users.get("users", 0),
    "Items": lambda of: of.items.get("items", 0),
    "Days with interactions": lambda of: len(of.daily),
    "Most interactions of one user": lambda of: of.users.get("most", 0),
    "Most interactions of one item": lambda of: of.items.get("most", 0),
}
_SHARES: Final[Mapping[str, _Measure]] = {
    "Newest rows that are lost": lost,
    "Interactions that count": lambda of: _ok(of.outcomes),
    "Average completion": _average_completion,
    "The ten leading items": _led,
}


def drift(compared: Comparison) -> Figure:
    """Both builds in figures; without an accepted one the new one alone."""
    rows = [_row(compared, name, measure, whole, change) for name, measure in _COUNTS.items()]
    rows += [_row(compared, name, measure, percent, points) for name, measure in _SHARES.items()]
    return Figure(
        "side-by-side",
        "Side by side",
        "There is no accepted build to compare with yet."
        if compared.accepted is None
        else f"This build and {compared.accepted.build}, which was accepted last.",
        Table(("Figure", "This build", "Last accepted", "Change"), rows),
        None,
    )


def shifted(compared: Comparison, limits: GateLimits) -> Figure:
    """How far the distributions have moved, with what the gates allow."""
    before = compared.before
    moved = [] if before is None else shifts(before, compared.now, limits.psi_by_chance)
    return Figure(
        "shifted",
        "How far it has moved",
        "The population stability index: 0 is no change at all. What came since is compared where"
        " it is enough to tell, else the whole build.",
        Table(
            ("Distribution", "Compared", "Index", "By chance alone"),
            [
                (
                    _SAID.get(each.name, each.name),
                    "what came since" if each.is_of_new else "the whole build",
                    f"{each.psi:.3f}",
                    f"{each.by_chance:.3f}",
                )
                for each in moved
            ],
            words=2,
        ),
        _drawn(moved, limits),
    )


def _drawn(moved: Sequence[Shift], limits: GateLimits) -> dict[str, Any] | None:
    if not moved:
        return None
    return {
        "kind": "indexes",
        "labels": [_SAID.get(each.name, each.name) for each in moved],
        "values": [round(each.psi, 4) for each in moved],
        "marks": [
            {"at": limits.psi_warning, "text": f"told: {limits.psi_warning:g}"},
            {"at": limits.psi_failure, "text": f"stops: {limits.psi_failure:g}"},
        ],
    }


def _row(
    compared: Comparison,
    name: str,
    measure: _Measure,
    said: Callable[[float], str],
    differs: Callable[[float, float], str | None],
) -> tuple[str, ...]:
    now = measure(compared.now)
    if compared.before is None:
        return (name, said(now), "\N{EN DASH}", "\N{EN DASH}")
    before = measure(compared.before)
    return (name, said(now), said(before), differs(now, before) or "\N{EN DASH}")
