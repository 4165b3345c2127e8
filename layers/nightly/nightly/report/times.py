"""Figures of when: interactions by day with the gaps between, and how old they are."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from statistics import median
from typing import Final

from nightly.domain.days import Day
from nightly.report.comparison import Comparison
from nightly.report.figures import Figure, Table
from nightly.report.words import counted, percent, share, whole

_SHOWN_DAYS: Final = 366
_SHOWN_AGES: Final = 400
_HALF: Final = 0.5
_MOST: Final = 0.9


def days(compared: Comparison) -> Figure:
    """Interactions of each day, with days that have none."""
    counts = _by_day(compared)
    gaps = [day for day, count in counts.items() if not count]
    shown = dict(list(counts.items())[-_SHOWN_DAYS:])
    usual = median(filter(None, shown.values())) if shown else 0
    today = _today(compared)
    return Figure(
        "days",
        "Interactions per day",
        f"{_gaps(gaps)} {_spread(len(counts))} A usual day has {whole(usual)}.",
        Table(
            ("Day", "Interactions", "Age in days"),
            [(str(day), whole(count), str(today - day.number)) for day, count in shown.items()],
        ),
        {
            "kind": "days",
            "days": [[str(day), count] for day, count in shown.items()],
            "usual": usual,
            "label": "interactions",
        },
        place="wide",
    )


def ages(compared: Comparison) -> Figure:
    """What share of the interactions is younger than so many days."""
    points = _younger(compared)
    half, most = _reached(points, _HALF), _reached(points, _MOST)
    thinned = points[:: len(points) // _SHOWN_AGES + 1]
    return Figure(
        "ages",
        "How fresh the data are",
        f"Half of the interactions are at most {counted(half, 'day')} old,"
        f" nine in ten at most {counted(most, 'day')}.",
        Table(
            ("At most so many days old", "Share of interactions"),
            [(str(age), percent(part)) for age, part in thinned],
        ),
        {
            "kind": "ages",
            "points": thinned,
            "marks": [
                {"at": half, "share": _HALF, "text": f"half: {counted(half, 'day')}"},
                {"at": most, "share": _MOST, "text": f"9 in 10: {counted(most, 'day')}"},
            ],
        },
    )


def _by_day(compared: Comparison) -> Mapping[Day, int]:
    """All days from the first to the last one, in order."""
    counts = {Day.named(each.day): each.interactions for each in compared.now.daily}
    if not counts:
        return {}
    first, last = min(counts), max(counts)
    days = (Day(number) for number in range(first.number, last.number + 1))
    return {day: counts.get(day, 0) for day in days}


def _today(compared: Comparison) -> int:
    return Day.named(f"{compared.made_at:%Y-%m-%d}").number


def _younger(compared: Comparison) -> list[tuple[int, float]]:
    newest_first = sorted(_by_day(compared).items(), reverse=True)
    rows = sum(count for _, count in newest_first)
    sums = accumulate(count for _, count in newest_first)
    today = _today(compared)
    return [
        (today - day.number, round(share(so_far, rows), 4))
        for (day, _), so_far in zip(newest_first, sums, strict=True)
    ]


def _reached(points: Sequence[tuple[int, float]], part: float) -> int:
    return next((age for age, so_far in points if so_far >= part), 0)


def _gaps(gaps: Sequence[Day]) -> str:
    match gaps:
        case []:
            return "No day without interactions."
        case [day]:
            return f"One day without interactions: {day}."
        case _:
            return f"{len(gaps)} days without interactions, {gaps[-1]} the last of them."


def _spread(number: int) -> str:
    if number > _SHOWN_DAYS:
        return f"The last {_SHOWN_DAYS} of {counted(number, 'day')} are shown."
    return f"{counted(number, 'day')} from the first to the last."
