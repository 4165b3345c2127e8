"""Ports that remember for the time of one replay, or do nothing at all."""

from collections.abc import Collection, Sequence
from copy import replace
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Self

from ingestion.domain.archive import ActivityBatch
from ingestion.domain.feedback import Verdict
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.message import Message
from ingestion.domain.put_events import PutEventsCall
from ingestion.domain.rejection import Rejection
from ingestion.domain.target import NEVER_SENT
from ingestion.ports import InteractionArchive


class Nowhere:
    """A tracker that takes everything and sends nothing."""

    mark: str = NEVER_SENT
    longest_call_s: float = 0.0

    def current(self) -> Self:
        """The same for every batch."""
        return self

    def record(self, call: PutEventsCall) -> None:
        """Take a call."""


class NoActivities:
    """An archive of activities for what is in the archive already."""

    def store(self, batch: ActivityBatch) -> bool:  # noqa: ARG002  -- the port has it
        """Take a batch."""
        return True


class NoInteractions:
    """An archive of interactions that keeps none."""

    def store(self, rows: Sequence[InteractionRow], tracker: str) -> None:
        """Take rows."""


class NoRejections:
    """A store of rejections that keeps none."""

    def store(self, rejections: Sequence[Rejection]) -> None:
        """Take rejections."""


@dataclass
class CollectedInteractions:
    """Rows that are sent nowhere, until somebody stores them all at once."""

    rows: list[InteractionRow] = field(default_factory=list)

    def store(self, rows: Sequence[InteractionRow], tracker: str) -> None:  # noqa: ARG002
        """Take rows."""
        self.rows.extend(rows)

    def move_to(self, archive: InteractionArchive) -> None:
        """Store what was collected, and collect anew; errors as of the archive."""
        if self.rows:
            archive.store(self.rows, NEVER_SENT)
        self.rows = []


@dataclass
class RememberedVerdicts:
    """Verdicts as they stood at each moment of the replay; the tables are not touched."""

    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)

    def decide(self, verdict: Verdict) -> bool:
        """Keep the verdict unless a later one stands."""
        known = self.verdicts.get(verdict.subject)
        if known is not None and known.order > verdict.order:
            return False
        self.verdicts[verdict.subject] = verdict
        return True


@dataclass
class RememberedSettling:
    """The settling queue on the archive's clock."""

    _held: list[tuple[int, int, Message]] = field(default_factory=list)
    _number: int = 0

    def hold(self, messages: Sequence[Message], *, delay_s: int) -> Collection[str]:
        """Hold all, each until its delay after its arrival is over."""
        for message in messages:
            due_ms = message.arrived_at_ms + delay_s * 1000
            settled = replace(message, carrier_id=message.id, has_settled=True)
            self._number += 1
            heappush(self._held, (due_ms, self._number, settled))
        return ()

    def due(self, now_ms: int | None) -> list[Message]:
        """What has settled by then, or all that is held."""
        settled: list[Message] = []
        while self._held and (now_ms is None or self._held[0][0] <= now_ms):
            settled.append(heappop(self._held)[2])
        return settled
