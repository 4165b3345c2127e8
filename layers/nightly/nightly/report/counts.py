"""Figures of how many: by reason, by event type, by item, and values that are missing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from nightly.domain.statistics import BuildStatistics
from nightly.report.comparison import Comparison, shares
from nightly.report.figures import Figure, Table
from nightly.report.words import meaning, percent, share, whole

_OK: Final = "ok"
_SHOWN_ITEMS: Final = 20
_NOTHING: Final = "\N{EN DASH}"


def rows_left_out(compared: Comparison) -> Figure:
    """Archived rows of the newest days, by why they do not count."""
    words = ("rows", "Newest rows, by reason", "of the newest archived rows")
    return _left_out(compared, words, lambda of: of.archived, place="tall")


def interactions_left_out(compared: Comparison) -> Figure:
    """All interactions that were looked at, by why they are not trained on."""
    words = ("interactions", "All interactions, by reason", "of the interactions")
    return _left_out(compared, words, lambda of: of.outcomes)


def event_mix(compared: Comparison) -> Figure:
    """What the rows tell of."""
    now = compared.now.event_types
    before = None if compared.before is None else shares(compared.before.event_types)
    parts = shares(now)
    names = _descending(parts, before)
    first = f"{names[0]} leads with {percent(parts.get(names[0], 0))}." if names else "No rows."
    return Figure(
        "mix",
        "Event types",
        first,
        Table(
            ("Event type", "Rows", "Share", "Last accepted"),
            [
                (name, whole(now.get(name, 0)), percent(parts.get(name, 0)), _part(before, name))
                for name in names
            ],
        ),
        _bars(names, parts, before),
        key=compared.key,
    )


def missing(compared: Comparison) -> Figure:
    """Columns without a value."""
    now = compared.now.nulls
    before = None if compared.before is None else compared.before.nulls
    names = _descending(now, None)
    return Figure(
        "nulls",
        "Columns without a value",
        "The share of rows in which a column is empty. Clicks have no value of their own.",
        Table(
            ("Column", "Empty", "Last accepted"),
            [(name, percent(now[name]), _part(before, name)) for name in names],
        ),
        _bars(names, now, before),
        key=compared.key,
    )


def popular(compared: Comparison) -> Figure:
    """The items that lead, and where they stood before."""
    items = compared.now.popular_items
    names = [each.item_id for each in items]
    parts = {each.item_id: share(each.interactions, compared.now.rows) for each in items}
    before = _popular_before(compared)
    ranks = {} if before is None else {name: rank for rank, name in enumerate(before, start=1)}
    led = sum(list(parts.values())[:10])
    return Figure(
        "popular",
        "Popular items",
        f"The first ten have {percent(led)} of all interactions. {_newcomers(names, before)}",
        Table(
            ("Item", "Rank", "Interactions", "Share", "Rank before"),
            [
                (
                    each.item_id,
                    str(rank),
                    whole(each.interactions),
                    percent(parts[each.item_id]),
                    str(ranks.get(each.item_id, _NOTHING)),
                )
                for rank, each in enumerate(items, start=1)
            ],
        ),
        _bars(names[:_SHOWN_ITEMS], parts, before),
        key=compared.key,
        place="wide",
    )


def _left_out(
    compared: Comparison,
    words: tuple[str, str, str],
    of_build: Callable[[BuildStatistics], Mapping[str, int]],
    *,
    place: str | None = None,
) -> Figure:
    name, title, of = words
    now = of_build(compared.now)
    before = None if compared.before is None else of_build(compared.before)
    parts, parts_before = shares(now), None if before is None else shares(before)
    reasons = [each for each in _descending(parts, parts_before) if each != _OK]
    return Figure(
        name,
        title,
        f"{percent(parts.get(_OK, 0))} {of} count. This is the rest.",
        Table(
            ("What it means", "Outcome", "Count", "Share", "Last accepted"),
            [
                (
                    meaning(each),
                    each,
                    whole(now.get(each, 0)),
                    percent(parts.get(each, 0)),
                    _part(parts_before, each),
                )
                for each in (_OK, *reasons)
            ],
            words=2,
        ),
        _bars(reasons, parts, parts_before, labels=list(map(meaning, reasons))),
        key=compared.key,
        place=place,
    )


def _bars(
    names: Sequence[str],
    parts: Mapping[str, float],
    before: Mapping[str, float] | None,
    *,
    labels: Sequence[str] | None = None,
) -> dict[str, object] | None:
    """Nothing to draw is no plot."""
    if not names:
        return None
    return {
        "kind": "bars",
        "labels": list(labels or names),
        "values": [round(parts.get(name, 0.0), 6) for name in names],
        "before": None if before is None else [_rounded(before.get(name)) for name in names],
    }


def _descending(parts: Mapping[str, float], before: Mapping[str, float] | None) -> list[str]:
    """All names, the largest part first."""
    names: set[str] = set(parts) | set(before or {})
    return sorted(names, key=lambda name: (-parts.get(name, 0.0), name))


def _rounded(part: float | None) -> float | None:
    return None if part is None else round(part, 6)


def _part(parts: Mapping[str, float] | None, name: str) -> str:
    return _NOTHING if parts is None else percent(parts.get(name, 0))


def _popular_before(compared: Comparison) -> Mapping[str, float] | None:
    before = compared.before
    if before is None:
        return None
    return {each.item_id: share(each.interactions, before.rows) for each in before.popular_items}


def _newcomers(names: Sequence[str], before: Mapping[str, float] | None) -> str:
    if before is None:
        return "There is no accepted build to compare with."
    new = sum(name not in before for name in names)
    return f"{new} of these {len(names)} were not among the leaders of the last accepted build."
