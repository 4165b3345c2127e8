"""What a build is made of, in figures: what gates judge, records keep and a report draws.

They are of everything that would be trained on, not of what is imported on top of it. Apart from
the ids of popular items nothing in them names anybody or anything.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, Self

from nightly.domain.days import Day
from nightly.domain.figure_words import COMPLETION_BINS, PER_ONE, WATCH_TIME_S
from nightly.domain.job import Answers, Rows
from nightly.domain.report import BuildReport
from nightly.domain.stored_values import read_as


@dataclass(frozen=True, slots=True)
class DayCount:
    """Interactions of one day.

    Attributes:
        day: Of their TIMESTAMP, UTC, `2026-11-24`.
    """

    day: str
    interactions: int


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar of a histogram.

    Attributes:
        low: The least value in it.
        high: The least value that is no longer in it (but 1.0 is in the last bin of completion);
            None if there is no such value.
        count: Of interactions, users or items.
    """

    low: float
    high: float | None
    count: int


@dataclass(frozen=True, slots=True)
class ItemCount:
    """An item and its interactions."""

    item_id: str
    interactions: int


@dataclass(frozen=True, slots=True)
class BuildStatistics:
    """The figures of a build.

    Attributes:
        rows: Interactions that are trained on.
        outcomes: All interactions that were looked at, by outcome; `ok` are the rows.
        event_types: Rows by event type.
        span_s: Times of the first and last row, epoch seconds; None without any.
        users: `users`, `interactions`, `with_two`, `with_ten`, `most`.
        items: `items`, `most`.
        archived: Archived rows by outcome, of the newest day of arrival or of the days of an
            increment.
        last_day: The newest day of arrival, `2026-11-24`; None if that is not known.
        daily: Interactions of each day that has any, in order.
        completion: EVENT_VALUE of Watch and Complete, in twenty equal bins.
        watch_time_s: Seconds watched of Watch and Complete.
        per_user: Users by their number of interactions.
        per_item: Items by their number of interactions.
        nulls: Share of rows without a value, by optional column of the schema.
        popular_items: The fifty with most interactions, from the top.
    """

    rows: int
    outcomes: Mapping[str, int]
    event_types: Mapping[str, int]
    span_s: tuple[int, int] | None
    users: Mapping[str, int]
    items: Mapping[str, int]
    archived: Mapping[str, int] = field(default_factory=dict[str, int])
    last_day: str | None = None
    daily: tuple[DayCount, ...] = ()
    completion: tuple[Bin, ...] = ()
    watch_time_s: tuple[Bin, ...] = ()
    per_user: tuple[Bin, ...] = ()
    per_item: tuple[Bin, ...] = ()
    nulls: Mapping[str, float] = field(default_factory=dict[str, float])
    popular_items: tuple[ItemCount, ...] = ()

    @classmethod
    def of(
        cls,
        report: BuildReport,
        answers: Answers,
        *,
        archived: Mapping[str, int],
        last_day: Day | None,
    ) -> Self:
        """From a report and the rows of `distributions`, `popular_items` and `nulls`.

        Raises:
            ConservationError: The days have not as many interactions as the build has rows.
        """
        drawn = answers["distributions"]
        days = _counts(drawn, "day")
        report.require_rows(sum(days.values()), "interactions by day")
        return cls(
            rows=report.rows,
            outcomes=report.outcomes,
            event_types=report.event_types,
            span_s=report.span_s,
            users=report.users,
            items=report.items,
            archived=dict(sorted(archived.items())),
            last_day=None if last_day is None else str(last_day),
            daily=tuple(DayCount(str(Day(day)), days[day]) for day in sorted(days)),
            completion=_completion(_counts(drawn, "completion")),
            watch_time_s=_bins(WATCH_TIME_S, _counts(drawn, "watch_time_s")),
            per_user=_bins(PER_ONE, _counts(drawn, "per_user")),
            per_item=_bins(PER_ONE, _counts(drawn, "per_item")),
            nulls=_shares(answers["nulls"][0]),
            popular_items=_popular(answers["popular_items"]),
        )

    def on(self, day: Day) -> int:
        """Interactions of a day."""
        return next((each.interactions for each in self.daily if each.day == str(day)), 0)

    @property
    def gaps(self) -> tuple[tuple[str, int], ...]:
        """The day before each run of days without any interaction, and how many they are."""
        days = [Day.named(each.day) for each in self.daily]
        return tuple(
            (str(one), other.number - one.number - 1)
            for one, other in pairwise(days)
            if other.number - one.number > 1
        )

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: object) -> Self:
        """Read it back.

        Raises:
            UnusableError: It is none.
        """
        return read_as(cls, content)


def _counts(rows: Rows, figure: str) -> dict[int, int]:
    return {int(row["bin"]): int(row["counted"]) for row in rows if row["figure"] == figure}


def _completion(counts: Mapping[int, int]) -> tuple[Bin, ...]:
    edges = [number / COMPLETION_BINS for number in range(COMPLETION_BINS + 1)]
    return tuple(
        Bin(low, high, counts.get(number, 0)) for number, (low, high) in enumerate(pairwise(edges))
    )


def _bins(lows: tuple[int, ...], counts: Mapping[int, int]) -> tuple[Bin, ...]:
    """The statement names a bin by its lower end."""
    highs = (*lows[1:], None)
    return tuple(Bin(low, high, counts.get(low, 0)) for low, high in zip(lows, highs, strict=True))


def _shares(row: Mapping[str, Any]) -> dict[str, float]:
    rows = int(row["counted"])
    named = {name.upper(): int(value) for name, value in row.items() if name != "counted"}
    return {name: value / rows if rows else 0.0 for name, value in named.items()}


def _popular(rows: Rows) -> tuple[ItemCount, ...]:
    counts = [ItemCount(row["item_id"], int(row["interactions"])) for row in rows]
    return tuple(sorted(counts, key=lambda count: (-count.interactions, count.item_id)))
