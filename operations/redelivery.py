"""Deliver records until the function has taken them: at a rate, in rounds, halved on a crash."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from ingestion.domain.errors import TransientError
from ingestion.ports import Clock, Pace

from operations.envelopes import Record, record_id
from operations.ports import FrontDoor, FunctionFailedError

_WAITS_S: Final = (0.0, 1.0, 2.0, 4.0)
# From here on nobody believes that the next batch fares better: something is down.
_BATCHES_IN_A_ROW: Final = 3


@dataclass
class Redelivery:
    """How one run hands records over.

    Attributes:
        pace: Waited for before each record.
        faults: What went wrong, by kind; each counted once a call.
    """

    door: FrontDoor
    pace: Pace
    clock: Clock
    faults: Counter[str] = field(default_factory=Counter[str])
    _lost_batches: int = 0

    @property
    def has_given_up(self) -> bool:
        """Whether so many batches failed as a whole that nothing more is tried."""
        return self._lost_batches >= _BATCHES_IN_A_ROW

    def deliver(
        self, use_case: str, records: Sequence[Record], *, is_whole: bool = False
    ) -> Collection[str]:
        """Hand over one batch.

        Args:
            use_case: Whose function.
            records: In order.
            is_whole: Whether the batch may not be cut: its function names it by its borders.

        Returns:
            The ids of those that were not taken, in spite of several rounds.

        Raises:
            MisconfiguredError: Not with this permission or name.
        """
        left = list(records)
        for wait_s in _WAITS_S:
            if not left or self.has_given_up:
                break
            self.clock.sleep(wait_s)
            failed = self._once(use_case, left, is_whole=is_whole)
            left = [record for record in left if is_whole or record_id(record) in failed]
            left = left if failed else []
        self._lost_batches = self._lost_batches + 1 if len(left) == len(records) else 0
        return {record_id(record) for record in left}

    def _once(self, use_case: str, records: Sequence[Record], *, is_whole: bool) -> Collection[str]:
        for _ in records:
            self.pace.wait()
        try:
            return self.door.deliver(use_case, records)
        except TransientError:
            self.faults["TransientError"] += 1
        except FunctionFailedError as error:
            self.faults[str(error)] += 1
            if len(records) > 1 and not is_whole:
                return self._halves(use_case, records)
        return [record_id(record) for record in records]

    def _halves(self, use_case: str, records: Sequence[Record]) -> Collection[str]:
        """Cut at the middle, as an event source mapping does, to part guilty from innocent."""
        middle = len(records) // 2
        halves = (records[:middle], records[middle:])
        return {each for half in halves for each in self._once(use_case, half, is_whole=False)}
