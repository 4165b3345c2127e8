"""A build and the one that it is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from nightly.domain.build_record import BuildRecord, Outcome
from nightly.domain.days import time_of
from nightly.domain.minimums import NO_LOSS
from nightly.domain.statistics import Bin, BuildStatistics


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the page is made of.

    Attributes:
        record: The build.
        earlier: Those made before it, oldest first.
        accepted: The last of them that was accepted; None when none was.
    """

    record: BuildRecord
    earlier: tuple[BuildRecord, ...]
    accepted: BuildRecord | None

    @classmethod
    def of(cls, record: BuildRecord, others: Sequence[BuildRecord]) -> Self:
        """Of a build and others, in any order; later ones and itself are left out."""
        earlier = tuple(
            sorted(
                (other for other in others if _order(other) < _order(record)),
                key=_order,
            )
        )
        accepted = [other for other in earlier if other.outcome is Outcome.ACCEPTED]
        return cls(record, earlier, accepted[-1] if accepted else None)

    @property
    def made_at(self) -> datetime:
        """When the build was made."""
        return time_of(self.record.made_at)

    @property
    def now(self) -> BuildStatistics:
        """The figures of the build."""
        return self.record.statistics

    @property
    def before(self) -> BuildStatistics | None:
        """Those of the last accepted build."""
        return None if self.accepted is None else self.accepted.statistics

    @property
    def key(self) -> str | None:
        """The name of the last accepted build."""
        return None if self.accepted is None else self.accepted.build


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Parts of the sum, by name."""
    whole = sum(counts.values())
    return {name: count / whole for name, count in counts.items()} if whole else {}


def lost(of: BuildStatistics) -> float:
    """Share of the newest rows that nothing is trained on of: copies and raises are no loss."""
    rows = sum(of.archived.values())
    gone = sum(count for name, count in of.archived.items() if name not in NO_LOSS)
    return gone / rows if rows else 0.0


def bin_shares(bins: Sequence[Bin]) -> list[float]:
    """Parts of the sum, in order."""
    whole = sum(each.count for each in bins)
    return [each.count / whole if whole else 0.0 for each in bins]


def _order(record: BuildRecord) -> tuple[datetime, str]:
    return time_of(record.made_at), record.build
