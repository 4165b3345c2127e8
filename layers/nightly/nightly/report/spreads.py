"""Figures of how much: completion, time watched, and the long tail of users and items."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nightly.domain.gate_limits import GateLimits
from nightly.domain.statistics import Bin
from nightly.report.comparison import Comparison, bin_shares
from nightly.report.figures import Figure, Table
from nightly.report.words import duration, percent, share, whole

# What Personalize asks of users (developer guide, "Quotas"; "Preparing training data").
_LEAST_PER_USER: Final = 2
_GOOD_PER_USER: Final = 10
_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked in plots: today's settings.

    Attributes:
        watch_ratio: From which a viewing is a `Watch`.
        complete_ratio: From which it is a `Complete`.
        limits: Of the gates.
    """

    watch_ratio: float = 0.5
    complete_ratio: float = 0.9
    limits: GateLimits = field(default_factory=GateLimits)


def completion(compared: Comparison, marks: Marks) -> Figure:
    """How far films are watched."""
    bins = compared.now.completion
    seen = sum(each.count for each in bins)
    finished = sum(each.count for each in bins if each.low >= marks.complete_ratio)
    return _histogram(
        compared,
        ("completion", "Completion", "Completion", "interactions"),
        f"How far a film was watched, of {whole(seen)} Watch and Complete interactions."
        f" {percent(share(finished, seen))} reached {_tenths(marks.complete_ratio)}.",
        edges=_tenths,
        marks=[
            _mark(bins, marks.watch_ratio, f"WatchRatio {_tenths(marks.watch_ratio)}"),
            _mark(bins, marks.complete_ratio, f"CompleteRatio {_tenths(marks.complete_ratio)}"),
        ],
    )


def watch_time(compared: Comparison) -> Figure:
    """For how long films are watched."""
    bins = compared.now.watch_time_s
    leading = max(bins, key=lambda each: each.count, default=None)
    return _histogram(
        compared,
        ("watch_time_s", "Time watched", "Time watched", "interactions"),
        "Nothing was watched."
        if leading is None
        else f"Most often {_span(leading, duration)}. The steps grow wider to the right.",
        edges=duration,
        marks=[],
    )


def per_user(compared: Comparison) -> Figure:
    """How much is known of users, with what Personalize asks."""
    bins, users = compared.now.per_user, compared.now.users
    with_ten = share(users.get("with_ten", 0), users.get("users", 0))
    return _histogram(
        compared,
        ("per_user", "Interactions per user", "Interactions", "users"),
        f"{whole(users.get('with_two', 0))} users have two or more, the least that trains;"
        f" {percent(with_ten)} have ten, as Personalize recommends.",
        edges=None,
        marks=[
            _mark(bins, _LEAST_PER_USER, "2: least"),
            _mark(bins, _GOOD_PER_USER, "10: better"),
        ],
    )


def per_item(compared: Comparison) -> Figure:
    """The long tail of items."""
    bins = compared.now.per_item
    items = sum(each.count for each in bins)
    rare = sum(each.count for each in bins if each.low < _FEW)
    return _histogram(
        compared,
        ("per_item", "Interactions per item", "Interactions", "items"),
        f"{percent(share(rare, items))} of the items have one or two interactions;"
        f" the most popular one has {whole(compared.now.items.get('most', 0))}.",
        edges=None,
        marks=[],
    )


def _histogram(
    compared: Comparison,
    words: tuple[str, str, str, str],
    sees: str,
    *,
    edges: Callable[[float], str] | None,
    marks: Sequence[dict[str, Any]],
) -> Figure:
    """A bar for each bin, and a line across it where the last accepted build stood.

    Args:
        compared: The builds.
        words: Name of the figure and of the statistics' field, title, header of the bins, and
            what is counted.
        sees: What there is to see.
        edges: How the value between two bars is said; None if bars are named in their middle.
        marks: Lines from top to bottom.
    """
    name, title, header, of = words
    bins: tuple[Bin, ...] = getattr(compared.now, name)
    parts, before = bin_shares(bins), _before(compared, name, bins)
    names = [_range(each) if edges is None else _span(each, edges) for each in bins]
    plot = {
        "kind": "histogram",
        "names": names,
        "edges": None if edges is None else [edges(each.low) for each in bins],
        "values": [round(part, 6) for part in parts],
        "before": None if before is None else [round(part, 6) for part in before],
        "marks": list(marks),
        "label": f"share of {of}",
    }
    table = Table(
        (header, of.capitalize(), "Share", "Last accepted"), _rows(names, bins, parts, before)
    )
    key = None if before is None else compared.key
    return Figure(name, title, sees, table, plot if bins else None, key=key)


def _rows(
    names: Sequence[str],
    bins: Sequence[Bin],
    parts: Sequence[float],
    before: Sequence[float] | None,
) -> list[tuple[str, str, str, str]]:
    """What the bars say, in figures."""
    earlier = ["\N{EN DASH}"] * len(bins) if before is None else [percent(was) for was in before]
    return [
        (name, whole(each.count), percent(part), was)
        for name, each, part, was in zip(names, bins, parts, earlier, strict=True)
    ]


def _before(compared: Comparison, name: str, bins: Sequence[Bin]) -> list[float] | None:
    """Bins that were cut otherwise cannot be compared."""
    if compared.before is None:
        return None
    others: tuple[Bin, ...] = getattr(compared.before, name)
    is_alike = [each.low for each in others] == [each.low for each in bins]
    return bin_shares(others) if is_alike else None


def _mark(bins: Sequence[Bin], value: float, text: str) -> dict[str, Any]:
    """Where a value lies, counted in bins from the left."""
    for position, each in enumerate(bins):
        if each.high is None or value < each.high:
            width = (each.high or value) - each.low
            part = (value - each.low) / width if width > 0 else 0.0
            return {"at": round(position + max(part, 0.0), 4), "text": text}
    return {"at": len(bins), "text": text}


def _range(each: Bin) -> str:
    """Whole numbers in a bin: 1, 3 to 5, 101 or more."""
    if each.high is None:
        return f"{each.low:g}+"
    last = each.high - 1
    return f"{each.low:g}" if last <= each.low else f"{each.low:g}\N{EN DASH}{last:g}"


def _tenths(ratio: float) -> str:
    return f"{ratio * 100:.0f}\N{NO-BREAK SPACE}%"


def _span(each: Bin, said: Callable[[float], str]) -> str:
    """From one edge to the next: 5 min to 10 min."""
    if each.high is None:
        return f"{said(each.low)} or more"
    return f"{said(each.low)} to {said(each.high)}"
