"""The hours by which the archive is partitioned: those in which a source took messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

_SECONDS: Final = 3600
_PARTITION: Final = "dt=%Y-%m-%d/hh=%H"


@dataclass(frozen=True, slots=True, order=True)
class Hour:
    """An hour of UTC, by the moment when it begins.

    Attributes:
        starts_at_s: Epoch seconds, a multiple of 3,600.
    """

    starts_at_s: int

    @classmethod
    def of(cls, at_ms: int) -> Self:
        """The hour in which a moment lies; epoch milliseconds."""
        return cls(at_ms // 1000 // _SECONDS * _SECONDS)

    @classmethod
    def named(cls, partition: str) -> Self:
        """The hour of a partition, as `partition` names it."""
        begins = datetime.strptime(f"{partition}+0000", f"{_PARTITION}%z")
        return cls(int(begins.timestamp()))

    @property
    def partition(self) -> str:
        """As it stands in the keys of the archive: `dt=2026-11-24/hh=09`."""
        return datetime.fromtimestamp(self.starts_at_s, UTC).strftime(_PARTITION)

    def plus(self, hours: int) -> "Hour":
        """So many hours later, or earlier if negative."""
        return Hour(self.starts_at_s + hours * _SECONDS)

    def __contains__(self, at_ms: int) -> bool:
        """Whether a moment lies in it; epoch milliseconds."""
        return Hour.of(at_ms) == self


def hours(from_ms: int, to_ms: int) -> Iterator[Hour]:
    """Each hour that has a part in `from_ms` to `to_ms`, the end not included."""
    hour = Hour.of(from_ms)
    while hour.starts_at_s * 1000 < to_ms:
        yield hour
        hour = hour.plus(1)
