"""The account of the points of foreign players, in which only their playbacks know what is owed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from ingestion.application.claiming import Claim, ReconcileRules, name_of
from ingestion.application.kept_points import KeptPoints
from ingestion.application.reading_back import ReadingBack, taken_points
from ingestion.application.refolding import LEAD_IN_HOURS, Owed, is_lost, kept_ms, owed_by
from ingestion.application.traces import Evidence, Traces
from ingestion.domain.conservation import Digest, End, rejection_key
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message
from ingestion.domain.playback import EventType


class PointsAccount:
    """Hears the points that went to their playbacks, and then what those owe.

    Attributes:
        lost: Names of the points whose interaction is missing.
    """

    def __init__(
        self, rules: ReconcileRules, evidence: Evidence, traces: Traces, now_ms: int
    ) -> None:
        self._rules = rules.playback
        self._evidence = evidence
        self._traces = traces
        self._now_ms = now_ms
        self._ends: dict[Digest, End] = {}
        self._within = KeptPoints()
        self.lost: list[str] = []

    def hear(self, claim: Claim, points: Digest, end: End) -> None:
        """Remember where a point ended, as long as its playback owes nothing."""
        self._within.add(points, claim.message)
        self._ends[claim.rejection] = end

    def ends(self, hour: Hour, *, has_other_rules: bool) -> Counter[End]:
        """How many ended where, once all points of the hour were heard.

        Args:
            hour: Which.
            has_other_rules: Whether rows show that it was recorded by other rules than today's.
        """
        for owed, end in self._missing(hour, has_other_rules=has_other_rules):
            self._charge(owed, end)
        return Counter(self._ends.values())

    def _charge(self, owed: Owed, end: End) -> None:
        """Let a point stand for what its playback misses; a loss outweighs what is unproven."""
        key = rejection_key(owed.message.origin, owed.message.id)
        if self._ends[key] is not End.UNEXPLAINED:
            self._ends[key] = end
            self.lost.extend([name_of(owed.message)] if end is End.UNEXPLAINED else [])

    def _missing(self, hour: Hour, *, has_other_rules: bool) -> Iterator[tuple[Owed, End]]:
        """What playbacks reached in the hour and has no row, unless it was earned before."""
        before = self._before(hour)
        missing = self._without_row(before)
        yield from self._by_their_states([each for each in missing if self._is_remembered(each)])
        forgotten = [each for each in missing if not self._is_remembered(each)]
        reading = ReadingBack(self._rules, self._evidence.archive, self._was_taken)
        for owed, is_proved in reading.lost(forgotten, hour, before, self._within):
            is_sure = owed.event_type is EventType.CLICK or not has_other_rules
            yield owed, End.UNEXPLAINED if is_proved and is_sure else End.UNPROVEN

    def _before(self, hour: Hour) -> KeptPoints:
        """The points of the same playbacks in the hours before; nothing is read for none."""
        kept = KeptPoints()
        among = frozenset(self._within.each)
        hours = [hour.plus(-before) for before in range(LEAD_IN_HOURS, 0, -1)] if among else []
        archive = self._evidence.archive
        for points, message in taken_points(archive, hours, self._rules, among, self._was_taken):
            kept.add(points, message)
        return kept

    def _without_row(self, before: KeptPoints) -> Sequence[Owed]:
        played = set(chain.from_iterable(left.played for left in self._traces.looked_up()))
        return [
            each
            for points in self._within.each
            for each in owed_by(before.of(points), self._within.of(points), self._rules)
            if each.row not in played
        ]

    def _by_their_states(self, missing: Sequence[Owed]) -> Iterator[tuple[Owed, End]]:
        """What the table of playback states says of it, which must still have them."""
        states = self._evidence.states.load([each.state_key for each in missing])
        for each in missing:
            lost = is_lost(each, states.get(each.state_key))
            if lost is not False:
                yield each, End.UNEXPLAINED if lost else End.UNPROVEN

    def _was_taken(self, message: Message) -> bool:
        return self._traces.set_aside(message) is None and not self._traces.is_young(message)

    def _is_remembered(self, owed: Owed) -> bool:
        """Whether the state of its playback cannot have expired."""
        return owed.message.arrived_at_ms + kept_ms(self._rules.window) > self._now_ms
