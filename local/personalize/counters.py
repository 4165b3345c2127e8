"""What happened at one event tracker, for tests and the demo to read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local.personalize.interactions import Receipt


@dataclass(frozen=True, slots=True)
class TrackerCounters:
    """A snapshot of one tracker's counts.

    Attributes:
        calls: PutEvents calls that named this tracker, refused and failed ones included.
        received: Events in the calls that were accepted.
        recorded: Events that training can see (anonymous ones once they are linked).
        repeated: Events whose id was known; accepted, never trained on.
        exact_duplicates: Events equal to one before in time and every property.
        suspicious: Events accepted with HTTP 200 that AWS is reported to drop in silence, by
            reason; never trained on here either. A healthy producer has none.
        refused: Refused calls, by reason.
        failed: Calls answered with an injected fault, by error code.
    """

    calls: int
    received: int
    recorded: int
    repeated: int
    exact_duplicates: int
    suspicious: Mapping[str, int]
    refused: Mapping[str, int]
    failed: Mapping[str, int]


@dataclass(slots=True)
class Tally:
    """The counts of one tracker as they grow."""

    calls: int = 0
    received: int = 0
    receipts: Counter[Receipt] = field(default_factory=Counter[Receipt])
    suspicious: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    failed: Counter[str] = field(default_factory=Counter[str])

    def accept(self, receipts: Iterable[Receipt], suspicious: Iterable[str]) -> None:
        """Counts the events of an accepted call."""
        self.receipts.update(receipts)
        self.suspicious.update(suspicious)
        self.received = self.receipts.total() + self.suspicious.total()

    def snapshot(self) -> TrackerCounters:
        """Copies the counts."""
        return TrackerCounters(
            calls=self.calls,
            received=self.received,
            recorded=self.receipts[Receipt.RECORDED],
            repeated=self.receipts[Receipt.REPEATED],
            exact_duplicates=self.receipts[Receipt.EXACT_DUPLICATE],
            suspicious=dict(self.suspicious),
            refused=dict(self.refused),
            failed=dict(self.failed),
        )
