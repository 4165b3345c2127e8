"""Reconcile an hour of the archive: every message that arrived, against what it left behind.

Everything is only read. Tables are asked for what the archive cannot tell (ADR 0044). The rules are
today's; where rows show that others held when the hour was recorded, what a setting decides is
unproven, so that a changed threshold raises no alarm (docs/conservation.md).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ingestion.application.claiming import (
    Claim,
    ReconcileRules,
    Word,
    claims_of,
    is_of_the_stream,
    later_words,
)
from ingestion.application.reconcile_points import PointsAccount
from ingestion.application.reconcile_queues import dead_among, end_of_record, standing_of
from ingestion.application.traces import Evidence, Traces, messages_of
from ingestion.domain.conservation import (
    Digest,
    End,
    HourAccount,
    rejection_key,
)
from ingestion.domain.feedback import Verdict
from ingestion.domain.hour import Hour, hours
from ingestion.domain.message import Message
from ingestion.domain.metadata_record import Subject

_NAMED: Final = 100

# Where points end that went to their playbacks.
_TAKEN: Final = frozenset({End.RECORDED, End.NO_INTERACTION, End.SUPERSEDED})


def reconcile_archive(
    hour: Hour,
    *,
    rules: ReconcileRules,
    evidence: Evidence,
    now_ms: int,
) -> HourAccount:
    """Account for every message of one hour of `activities/`.

    A batch lies in the hour in which its first message arrived, with all that follows it; rows and
    rejections lie in the hours of their own messages, which are looked up as they are needed.

    Args:
        hour: Which.
        rules: Today's.
        evidence: What is accounted for, and what explains it.
        now_ms: As of when, epoch milliseconds.

    Raises:
        DamagedError, TransientError, MisconfiguredError: See the ports; there is no account then.
    """
    judgement = _Judgement(rules, evidence, now_ms)
    for message in _distinct(messages_of(evidence.archive, hour), judgement):
        for claim in claims_of(message, rules):
            judgement.hear(claim)
    return judgement.account(hour)


def _distinct(messages: Iterable[Message], judgement: "_Judgement") -> Iterator[Message]:
    """Each message once: two objects of one name may both hold it (an archive conflict)."""
    known: set[Digest] = set()
    for message in messages:
        key = rejection_key(message.origin, message.id)
        if key in known:
            judgement.duplicates += 1
        else:
            known.add(key)
            yield message


class _Judgement:
    """Hears one claim after another, and keeps only what it cannot decide at once."""

    def __init__(self, rules: ReconcileRules, evidence: Evidence, now_ms: int) -> None:
        self._rules = rules
        self._evidence = evidence
        self._archive = evidence.archive
        self._now_ms = now_ms
        self._traces = Traces(rules, evidence, now_ms)
        self._points = PointsAccount(rules, evidence, self._traces, now_ms)
        self._tellings: set[Digest] = set()
        self._expected: set[Digest] = set()
        self._known: set[Digest] = set()
        self._missing: list[Claim] = []
        self._ends: Counter[End] = Counter()
        self._received = 0
        self.duplicates = 0

    def hear(self, claim: Claim) -> None:
        """Find the end of a message, or keep it for later."""
        self._received += 1
        self._expected.update(claim.rows)
        is_judged_alone = not claim.is_optional and claim.points is None
        if is_judged_alone and claim.activity in self._traces.left_in(claim.message).activities:
            self._known.add(claim.activity)
        end = self._end(claim)
        if end is None:
            self._missing.append(claim.without_body())
        elif claim.points is not None and end in _TAKEN:
            self._points.hear(claim, claim.points, end)
        else:
            self._ends[end] += 1

    def account(self, hour: Hour) -> HourAccount:
        """The account, once all claims were heard."""
        has_other_rules = self._has_other_rules()
        self._set_aside_what_is_elsewhere()
        overtaken = self._overtaken()
        unexplained: list[str] = []
        for claim in self._missing:
            end = overtaken.get(claim.name) or self._end_of_missing(
                claim, has_other_rules=has_other_rules
            )
            self._ends[end] += 1
            if end is End.UNEXPLAINED:
                unexplained.append(claim.name)
        self._ends.update(self._points.ends(hour, has_other_rules=has_other_rules))
        unexplained += self._points.lost
        self._traces.left_by(hour)
        return HourAccount(
            hour,
            self._received,
            dict(self._ends),
            tuple(unexplained[:_NAMED]),
            self.duplicates + sum(left.duplicates for left in self._traces.looked_up()),
            has_other_rules=has_other_rules,
        )

    def _set_aside_what_is_elsewhere(self) -> None:
        """End what the archive does not show, and a table or a dead-letter queue does."""
        standing = standing_of(self._missing, self._evidence.metadata)
        told = [(each, _end_of_told(each, standing)) for each in self._missing]
        self._ends.update(end for _, end in told if end is not None)
        missing = [each for each, end in told if end is None]
        dead = dead_among(missing, self._evidence.dead_letters)
        self._missing = [each for each in missing if each.message.id not in dead]
        self._ends.update(End.FAILED for each in missing if each.message.id in dead)

    def _end(self, claim: Claim) -> End | None:
        """The end that the archive shows; None when something is missing."""
        set_aside = self._traces.set_aside(claim.message)
        if set_aside is not None:
            return set_aside
        is_repeated = self._is_repeated(claim)
        if not self._is_found(claim):
            return self._end_of_young(claim)
        return End.SUPERSEDED if is_repeated else self._end_found(claim)

    def _end_found(self, claim: Claim) -> End:
        """The end of what has what it claims: more, if older rules gave it a row."""
        activities = self._traces.left_in(claim.message).activities
        return End.RECORDED if claim.activity in activities else claim.end

    def _is_repeated(self, claim: Claim) -> bool:
        if claim.telling is None:
            return False
        is_repeated = claim.telling in self._tellings
        self._tellings.add(claim.telling)
        return is_repeated

    def _is_found(self, claim: Claim) -> bool:
        """Whether all that is claimed is there; a point that left nothing may be on its way."""
        if claim.record is not None:
            return False  # it leaves no row
        has_time = claim.points is not None and self._traces.is_young(claim.message)
        left = self._traces.left_in(claim.message)
        if claim.is_optional or has_time:
            return claim.activity in left.activities
        return claim.end is not End.REJECTED and all(row in left.rows for row in claim.rows)

    def _end_of_young(self, claim: Claim) -> End | None:
        return End.SETTLING if self._traces.is_young(claim.message) else None

    def _has_other_rules(self) -> bool:
        """Whether a message of this hour has a row that it would not get today."""
        return any(
            activity in self._known and row not in self._expected
            for left in self._traces.looked_up()
            for row, activity in left.rows.items()
        )

    def _end_of_missing(self, claim: Claim, *, has_other_rules: bool) -> End:
        left = self._traces.left_in(claim.message)
        if claim.is_redacted:
            return End.UNPROVEN if claim.rejection in left.carriers else End.UNEXPLAINED
        if claim.is_optional:
            return End.UNPROVEN
        is_sure = claim.record is not None or any(row not in left.rows for row in claim.sure_rows)
        return End.UNPROVEN if has_other_rules and not is_sure else End.UNEXPLAINED

    def _overtaken(self) -> dict[str, End]:
        """The missing likes that a later word on the same item explains, by their names."""
        likes: defaultdict[tuple[str, str], list[tuple[Claim, Verdict]]] = defaultdict(list)
        for claim in self._missing:
            if claim.verdict is not None:
                likes[claim.verdict.subject].append((claim, claim.verdict))
        found: dict[str, End] = {}
        for subject, order, end in self._later_words(likes.values()):
            for like, verdict in likes.get(subject, ()):
                if verdict.order < order and found.get(like.name) is not End.SUPERSEDED:
                    found[like.name] = end
        return found

    def _later_words(self, likes: Iterable[Sequence[tuple[Claim, Verdict]]]) -> Iterator[Word]:
        """What was said of items while these likes can have been overtaken."""
        for hour in self._hours_of_later_words([each for group in likes for each in group]):
            said = (m for m in messages_of(self._archive, hour) if not is_of_the_stream(m))
            yield from later_words(said, self._rules)

    def _hours_of_later_words(self, likes: Sequence[tuple[Claim, Verdict]]) -> Iterator[Hour]:
        """When a later word can have arrived: after the like was said, before it had to be sent."""
        if not likes:
            return iter(())
        skew_ms = self._rules.feedback.window.max_skew_s * 1000
        said_ms = min(verdict.occurred_at_ms for _, verdict in likes)
        arrived_ms = max(claim.message.arrived_at_ms for claim, _ in likes)
        ended_ms = min(arrived_ms + self._rules.settled_after_s * 1000, self._now_ms)
        return hours(said_ms - skew_ms, ended_ms + 1)


def _end_of_told(claim: Claim, standing: Mapping[Subject, int]) -> End | None:
    return None if claim.record is None else end_of_record(claim.record, standing)
