"""The figures of a day and of a build, which must add up."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from nightly.domain.days import Day
from nightly.domain.errors import ConservationError
from nightly.domain.job import Answers, Rows

OK: Final = "ok"
LATE: Final = "late"


@dataclass(frozen=True, slots=True)
class DayReport:
    """How the rows of one day of arrival ended.

    Attributes:
        outcomes: How many rows by outcome; `ok` are the interactions of the day.
        unsent: How many of these were archived without being sent.
    """

    day: Day
    outcomes: Mapping[str, int]
    unsent: int = 0

    @classmethod
    def of(cls, day: Day, counts: Rows, archived: Rows, clean_counts: Rows = ()) -> Self:
        """From the rows of `day_counts`, `archived` and `clean_counts`.

        Raises:
            ConservationError: They are not of as many rows.
        """
        outcomes = {
            row["outcome"]: int(row["counted"]) for row in counts if row["day"] == day.number
        }
        rows = sum(int(row["counted"]) for row in archived if row["day"] == day.number)
        _require(rows, sum(outcomes.values()), f"rows of {day}")
        unsent = sum(int(row["unsent"]) for row in clean_counts if row["day"] == day.number)
        return cls(day, dict(sorted(outcomes.items())), unsent)

    @property
    def rows(self) -> int:
        """All rows that were archived."""
        return sum(self.outcomes.values())

    @property
    def interactions(self) -> int:
        """Rows of the clean layer."""
        return self.outcomes.get(OK, 0)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made of the clean layer.

    Attributes:
        outcomes: How many interactions by outcome; `ok` are the rows of the file.
        event_types: Rows of the file by event type.
        span_s: Times of the first and last row of the file, epoch seconds; None without any.
        users: As `user_statistics` names them.
        items: As `item_statistics` names them.
    """

    outcomes: Mapping[str, int]
    event_types: Mapping[str, int]
    span_s: tuple[int, int] | None
    users: Mapping[str, int]
    items: Mapping[str, int]

    @classmethod
    def of(cls, counts: Rows, users: Rows, items: Rows) -> Self:
        """From the rows of `build_counts`, `user_statistics` and `item_statistics`.

        Raises:
            ConservationError: The users have not as many interactions as the file has rows.
        """
        outcomes: Counter[str] = Counter()
        for row in counts:
            outcomes[row["outcome"]] += int(row["counted"])
        good = [row for row in counts if row["outcome"] == OK]
        firsts, lasts = [row["first_ts"] for row in good], [row["last_ts"] for row in good]
        report = cls(
            dict(sorted(outcomes.items())),
            {row["event_type"]: int(row["counted"]) for row in _by_type(good)},
            (int(min(firsts)), int(max(lasts))) if good else None,
            _whole(users),
            _whole(items),
        )
        _require(report.rows, report.users["interactions"], "rows of the file by user")
        return report

    @classmethod
    def of_answers(cls, answers: Answers) -> Self:
        """From all that a build was asked; raises as `of`."""
        return cls.of(
            answers["build_counts"], answers["user_statistics"], answers["item_statistics"]
        )

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return self.outcomes.get(OK, 0)

    @property
    def considered(self) -> int:
        """Interactions of the clean layer that the build looked at."""
        return sum(self.outcomes.values())

    def require_considered(self, interactions: int) -> None:
        """Raise ConservationError unless the build looked at so many interactions."""
        _require(interactions, self.considered, "interactions")

    def require_rows(self, rows: int, what: str) -> None:
        """Raise ConservationError unless another figure has as many rows."""
        _require(self.rows, rows, what)

    def require_written(self, rows: int) -> None:
        """Raise ConservationError unless so many rows were read back from the file."""
        _require(self.rows, rows, "rows read back")

    def as_dict(self) -> dict[str, Any]:
        """As the report carries it."""
        return {
            "considered": self.considered,
            "rows": self.rows,
            "outcomes": dict(self.outcomes),
            "event_types": dict(self.event_types),
            "first_ts": None if self.span_s is None else self.span_s[0],
            "last_ts": None if self.span_s is None else self.span_s[1],
            "users": dict(self.users),
            "items": dict(self.items),
        }


def _by_type(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: row["event_type"])


def _whole(rows: Rows) -> Mapping[str, int]:
    return {name: int(value) for name, value in rows[0].items()}


def _require(expected: int, found: int, what: str) -> None:
    if expected != found:
        error = f"{what}: expected {expected}, found {found}"
        raise ConservationError(error)
