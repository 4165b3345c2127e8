"""Days of arrival (UTC), by which the archive and the clean layer are partitioned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Self

from nightly.domain.errors import UnusableError

_EPOCH: Final = date(1970, 1, 1).toordinal()


def time_of(text: str) -> datetime:
    """The time of an ISO text; one without zone is UTC."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A day, by its number since 1970-01-01: SQL of every engine can reckon with it."""

    number: int

    @classmethod
    def named(cls, text: str) -> Self:
        """The day of a text as `2026-11-24`.

        Raises:
            UnusableError: It is not a day.
        """
        try:
            moment = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            error = f"not a day: {text}"
            raise UnusableError(error) from None
        return cls(moment.date().toordinal() - _EPOCH)

    def __str__(self) -> str:
        return date.fromordinal(self.number + _EPOCH).isoformat()

    def plus(self, days: int) -> "Day":
        """So many days later, or earlier if negative."""
        return Day(self.number + days)

    @property
    def partition(self) -> str:
        """As it stands in keys: `dt=2026-11-24`."""
        return f"dt={self}"


@dataclass(frozen=True, slots=True)
class Days:
    """Days in a row, both ends included."""

    first: Day
    last: Day

    def __iter__(self) -> Iterator[Day]:
        return (Day(number) for number in range(self.first.number, self.last.number + 1))

    def widened(self, *, before: int = 0, after: int = 0) -> "Days":
        """So many days more at either end."""
        return Days(self.first.plus(-before), self.last.plus(after))


EVER: Final = Days(Day(0), Day(36_524))
