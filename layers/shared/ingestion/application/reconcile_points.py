"""The account of the points of foreign players, in which only their playbacks know what is owed."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from ingestion.application.claiming import Claim, ReconcileRules, is_of_the_stream, name_of
from ingestion.application.refolding import LEAD_IN_HOURS, Owed, Refolding, is_lost
from ingestion.application.traces import Evidence, Traces, messages_of
from ingestion.domain.conservation import Digest, End, rejection_key
from ingestion.domain.hour import Hour
from ingestion.domain.message import Message


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
        self._among: set[Digest] = set()
        self.lost: list[str] = []

    def hear(self, claim: Claim, points: Digest, end: End) -> None:
        """Remember where a point ended, as long as its playback owes nothing."""
        self._among.add(points)
        self._ends[claim.rejection] = end

    def ends(self, hour: Hour) -> Counter[End]:
        """How many ended where, once all points of the hour were heard."""
        if self._among:
            for owed, end in self._missing(hour):
                self._charge(owed, end)
        return Counter(self._ends.values())

    def _charge(self, owed: Owed, end: End) -> None:
        """Let a point stand for what its playback misses; a loss outweighs what is unproven."""
        key = rejection_key(owed.message.origin, owed.message.id)
        if self._ends[key] is not End.UNEXPLAINED:
            self._ends[key] = end
            self.lost.extend([name_of(owed.message)] if end is End.UNEXPLAINED else [])

    def _missing(self, hour: Hour) -> Iterator[tuple[Owed, End]]:
        """What playbacks reached in the hour and has no row, unless it was earned before."""
        refolding = Refolding(self._rules, frozenset(self._among))
        for before in range(LEAD_IN_HOURS, 0, -1):
            list(self._fold(refolding, hour.plus(-before)))
        owed = list(self._fold(refolding, hour))
        played = set(chain.from_iterable(left.played for left in self._traces.looked_up()))
        missing = [each for each in owed if each.row not in played]
        states = self._evidence.states.load([each.state_key for each in missing])
        for each in missing:
            lost = is_lost(
                each,
                refolding.seen(each),
                states.get(each.state_key),
                is_remembered=self._is_remembered(each.message),
            )
            if lost is not False:
                yield each, End.UNEXPLAINED if lost else End.UNPROVEN

    def _fold(self, refolding: Refolding, hour: Hour) -> Iterator[Owed]:
        said = filter(is_of_the_stream, messages_of(self._evidence.archive, hour))
        return refolding.fold(said, self._was_taken)

    def _was_taken(self, message: Message) -> bool:
        return self._traces.set_aside(message) is None and not self._traces.is_young(message)

    def _is_remembered(self, message: Message) -> bool:
        """Whether the state of its playback cannot have expired; see `folding`."""
        window = self._rules.window
        kept_ms = (window.max_lateness_s + window.max_skew_s) * 1000
        return message.arrived_at_ms + kept_ms > self._now_ms
