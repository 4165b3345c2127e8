"""Reconcile an hour of the archive: every message that arrived, against what it left behind.

Only the archive and the failed batches are asked, and only read. The rules are today's; where rows
show that others held when the hour was recorded, what a setting decides is unproven, so that a
changed threshold raises no alarm (docs/conservation.md).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ingestion.application.claiming import (
    Claim,
    ReconcileRules,
    Word,
    claims_of,
    is_of_the_stream,
    later_words,
    message_of,
)
from ingestion.domain.conservation import (
    Digest,
    End,
    FailedBatch,
    HourAccount,
    activity_key,
    rejection_key,
    row_key,
)
from ingestion.domain.feedback import Verdict
from ingestion.domain.hour import Hour, hours
from ingestion.domain.message import Message
from ingestion.ports import ArchiveReader, ArchiveSection, FailedBatches

_NAMED: Final = 100


def reconcile_archive(
    hour: Hour,
    *,
    rules: ReconcileRules,
    archive: ArchiveReader,
    failed_batches: FailedBatches,
    now_ms: int,
) -> HourAccount:
    """Account for every message of one hour of `activities/`.

    A batch lies in the hour in which its first message arrived, with all that follows it; rows and
    rejections lie in the hours of their own messages, which are looked up as they are needed.

    Args:
        hour: Which.
        rules: Today's.
        archive: What is accounted for.
        failed_batches: What explains that a message has not ended yet.
        now_ms: As of when, epoch milliseconds.

    Raises:
        DamagedError, TransientError, MisconfiguredError: See the ports; there is no account then.
    """
    judgement = _Judgement(rules, archive, tuple(failed_batches.batches()), now_ms)
    for message in _distinct(_messages(archive, hour), judgement):
        for claim in claims_of(message, rules):
            judgement.hear(claim)
    return judgement.account(hour)


def _messages(archive: ArchiveReader, hour: Hour) -> Iterator[Message]:
    return map(message_of, archive.rows(ArchiveSection.ACTIVITIES, hour))


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


@dataclass(slots=True)
class _Traces:
    """What the messages that arrived in one hour left behind, by digests."""

    rows: dict[Digest, Digest] = field(default_factory=dict)
    activities: set[Digest] = field(default_factory=set)
    rejections: set[Digest] = field(default_factory=set)
    duplicates: int = 0


def _traces(archive: ArchiveReader, hour: Hour) -> _Traces:
    traces = _Traces()
    told: set[tuple[Digest, Digest]] = set()
    for row in archive.rows(ArchiveSection.INTERACTIONS, hour):
        key = row_key(row["event_id"], row["version"], to_send=row["to_send"])
        activity = activity_key(row["activity_id"], row["arrived_at_ms"])
        traces.duplicates += (key, activity) in told
        told.add((key, activity))
        traces.rows[key] = activity
        traces.activities.add(activity)
    for row in archive.rows(ArchiveSection.REJECTIONS, hour):
        key = rejection_key(row["origin"], row["id"])
        traces.duplicates += key in traces.rejections
        traces.rejections.add(key)
    return traces


class _Judgement:
    """Hears one claim after another, and keeps only what it cannot decide at once."""

    def __init__(
        self,
        rules: ReconcileRules,
        archive: ArchiveReader,
        failed: Sequence[FailedBatch],
        now_ms: int,
    ) -> None:
        self._rules = rules
        self._archive = archive
        self._failed: defaultdict[str, list[FailedBatch]] = defaultdict(list)
        for batch in failed:
            if batch.function == rules.recorder:
                self._failed[batch.shard].append(batch)
        self._now_ms = now_ms
        self._traces: dict[Hour, _Traces] = {}
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
        traces = self._left_in(claim)
        if claim.activity in traces.activities and not claim.is_optional:
            self._known.add(claim.activity)
        end = self._end(claim, traces)
        if end is None:
            self._missing.append(claim.without_body())
        else:
            self._ends[end] += 1

    def account(self, hour: Hour) -> HourAccount:
        """The account, once all claims were heard."""
        has_other_rules = self._has_other_rules()
        overtaken = self._overtaken()
        unexplained: list[str] = []
        for claim in self._missing:
            end = overtaken.get(claim.name) or self._end_of_missing(
                claim, has_other_rules=has_other_rules
            )
            self._ends[end] += 1
            if end is End.UNEXPLAINED and len(unexplained) < _NAMED:
                unexplained.append(claim.name)
        self._left_by(hour)
        return HourAccount(
            hour,
            self._received,
            dict(self._ends),
            tuple(unexplained),
            self.duplicates + sum(traces.duplicates for traces in self._traces.values()),
            has_other_rules=has_other_rules,
        )

    def _left_in(self, claim: Claim) -> _Traces:
        return self._left_by(Hour.of(claim.message.arrived_at_ms))

    def _left_by(self, hour: Hour) -> _Traces:
        if hour not in self._traces:
            self._traces[hour] = _traces(self._archive, hour)
        return self._traces[hour]

    def _end(self, claim: Claim, traces: _Traces) -> End | None:
        """The end that the archive shows; None when something is missing."""
        if claim.rejection in traces.rejections:
            return End.REJECTED
        if self._has_failed(claim.message):
            return End.FAILED
        is_repeated = self._is_repeated(claim)
        if not self._is_found(claim, traces):
            return End.UNPROVEN if claim.is_optional else self._end_of_young(claim)
        return End.SUPERSEDED if is_repeated else _end_found(claim, traces)

    def _has_failed(self, message: Message) -> bool:
        batches = self._failed.get(message.origin, ())
        return any(batch.holds(message.delivery_id) for batch in batches)

    def _is_repeated(self, claim: Claim) -> bool:
        if claim.telling is None:
            return False
        is_repeated = claim.telling in self._tellings
        self._tellings.add(claim.telling)
        return is_repeated

    @staticmethod
    def _is_found(claim: Claim, traces: _Traces) -> bool:
        """Whether all that is claimed is there; what claims no row and no rejection is content."""
        if claim.is_optional:
            return claim.activity in traces.activities
        return claim.end is not End.REJECTED and all(row in traces.rows for row in claim.rows)

    def _end_of_young(self, claim: Claim) -> End | None:
        ended_by_ms = claim.message.arrived_at_ms + self._rules.settled_after_s * 1000
        return End.SETTLING if ended_by_ms > self._now_ms else None

    def _has_other_rules(self) -> bool:
        """Whether a message of this hour has a row that it would not get today."""
        return any(
            activity in self._known and row not in self._expected
            for traces in self._traces.values()
            for row, activity in traces.rows.items()
        )

    def _end_of_missing(self, claim: Claim, *, has_other_rules: bool) -> End:
        traces = self._left_in(claim)
        is_sure = any(row not in traces.rows for row in claim.sure_rows)
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
            said = (m for m in _messages(self._archive, hour) if not is_of_the_stream(m))
            yield from later_words(said, self._rules.feedback)

    def _hours_of_later_words(self, likes: Sequence[tuple[Claim, Verdict]]) -> Iterator[Hour]:
        """When a later word can have arrived: after the like was said, before it had to be sent."""
        if not likes:
            return iter(())
        skew_ms = self._rules.feedback.window.max_skew_s * 1000
        said_ms = min(verdict.occurred_at_ms for _, verdict in likes)
        arrived_ms = max(claim.message.arrived_at_ms for claim, _ in likes)
        ended_ms = min(arrived_ms + self._rules.settled_after_s * 1000, self._now_ms)
        return hours(said_ms - skew_ms, ended_ms + 1)


def _end_found(claim: Claim, traces: _Traces) -> End:
    """The end of a message that has what it claims: more, if older rules gave it a row."""
    return End.RECORDED if claim.activity in traces.activities else claim.end
