"""What changed since the last accepted build, figure beside figure."""

from collections.abc import Callable, Mapping
from typing import Final

from nightly.domain.statistics import BuildStatistics
from nightly.report.comparison import Comparison
from nightly.report.figures import Figure, Table
from nightly.report.words import change, percent, share, whole

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
    "Newest rows that count": lambda of: _ok(of.archived),
    "Interactions that count": lambda of: _ok(of.outcomes),
    "Average completion": _average_completion,
    "The ten leading items": _led,
}


def drift(compared: Comparison) -> Figure:
    """Both builds in figures; without an accepted one the new one alone."""
    rows = [_row(compared, name, measure, whole) for name, measure in _COUNTS.items()]
    rows += [_row(compared, name, measure, percent) for name, measure in _SHARES.items()]
    return Figure(
        "side-by-side",
        "Side by side",
        "There is no accepted build to compare with yet."
        if compared.accepted is None
        else f"This build and {compared.accepted.build}, which was accepted last.",
        Table(("Figure", "This build", "Last accepted", "Change"), rows),
        None,
        place="wide",
    )


def _row(
    compared: Comparison, name: str, measure: _Measure, said: Callable[[float], str]
) -> tuple[str, ...]:
    now = measure(compared.now)
    if compared.before is None:
        return (name, said(now), "\N{EN DASH}", "\N{EN DASH}")
    before = measure(compared.before)
    return (name, said(now), said(before), change(now, before) or "\N{EN DASH}")
