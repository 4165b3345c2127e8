"""The ledger against what is to be found: what was acknowledged ended somewhere, once.

The rules of the ingestion have no part in it. What a message must come to is in the ledger, written
before anything came of it; what it came to is in the stores and at Personalize. Beside it stands
the account of the archive (docs/conservation.md), which knows the rules and no ledger.
"""

import hashlib
import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from local.demo.account import Check
from local.demo.conservation import Conservation
from local.demo.stores import ArchivedMessage, Row
from local.load.findings import Findings
from local.load.ledger import Entry
from local.load.parcel import Channel, Kind

type Earning = tuple[str, str, str]
"""User, item and event type."""


class Fate(StrEnum):
    """Where a message ended."""

    RECORDED = "recorded"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    NO_INTERACTION = "no interaction"
    FAILED = "failed"
    UNEXPLAINED = "UNEXPLAINED"


@dataclass(frozen=True, slots=True)
class KindAccount:
    """What became of one kind of messages.

    Attributes:
        acknowledged: How many the producers take for sent.
        received: How many lie in the archive; their fates add up to it.
    """

    kind: Kind
    acknowledged: int
    received: int
    fates: Counter[Fate]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The account of a load.

    Attributes:
        kinds: By kind, in order.
        interactions: Distinct interactions archived to be sent, by event type.
        taken_back: How many of them were taken back before Personalize would take them.
        checks: What must hold.
    """

    kinds: tuple[KindAccount, ...]
    interactions: Counter[str]
    taken_back: int
    checks: tuple[Check, ...]

    @property
    def adds_up(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


@dataclass(frozen=True, slots=True)
class Expected:
    """What acknowledged messages earn.

    Attributes:
        must: What has to be there.
        may: What can be there besides.
    """

    must: frozenset[Earning]
    may: frozenset[Earning]


def expected_of(entries: Sequence[Entry]) -> Expected:
    """Add up what a ledger says.

    The order of a foreign player's records decides what they earn (docs/watching.md), and a record
    that was refused at first has been overtaken. What such a viewing earns may be there, no more.
    """
    overtaken = {each.story for each in entries if each.kind is Kind.FOREIGN and each.attempts > 1}
    must: set[Earning] = set()
    may: set[Earning] = set()
    for each in entries:
        is_certain = each.is_acknowledged and each.story not in overtaken
        (must if is_certain else may).update(_earnings(each, each.earns))
        may.update(_earnings(each, each.may_earn))
    return Expected(frozenset(must), frozenset(may))


def _earnings(entry: Entry, event_types: Iterable[str]) -> Iterator[Earning]:
    return ((entry.user_id, entry.item_id, event_type) for event_type in event_types)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The findings and the ledger, arranged for looking up.

    Attributes:
        rejected: Reason, by the place of the message.
        told: Of each user the activities of which interactions came that Personalize holds.
        earned: How many distinct interactions were archived to be sent.
        latest_ms: When the latest message of each name was told: of records of one user or item.
        lacking: What had to be earned and Personalize does not hold.
        reasons: For what each kind of poison has to be rejected, by its name.
    """

    findings: Findings
    rejected: Mapping[tuple[str, str], str]
    told: Mapping[str, frozenset[str]]
    earned: Counter[Earning]
    latest_ms: Mapping[str, int]
    lacking: frozenset[Earning]
    reasons: Mapping[str, str]

    @classmethod
    def of(
        cls, findings: Findings, entries: Sequence[Entry], reasons: Mapping[str, str]
    ) -> "Evidence":
        """Arrange it."""
        rows = {row["event_id"]: row for row in findings.stores.interactions if row["to_send"]}
        earned = Counter(map(_earning, rows.values()))
        held = {_earning(row) for row in rows.values() if row["event_id"] in findings.held}
        latest_ms: dict[str, int] = {}
        for each in entries:
            latest_ms[each.name] = max(latest_ms.get(each.name, 0), each.told_at_ms)
        return cls(
            findings=findings,
            rejected={
                (row["origin"], row["id"]): row["reason"]
                for row in findings.stores.rejections.values()
            },
            told=_told(findings),
            earned=earned,
            latest_ms=latest_ms,
            lacking=expected_of(entries).must - held,
            reasons=reasons,
        )


def _told(findings: Findings) -> Mapping[str, frozenset[str]]:
    told: defaultdict[str, set[str]] = defaultdict(set)
    for row in findings.stores.interactions:
        if row["to_send"] and row["event_id"] in findings.held:
            told[row["user_id"]].add(row["activity_id"])
    return {user_id: frozenset(activities) for user_id, activities in told.items()}


def _earning(row: Row) -> Earning:
    return row["user_id"], row["item_id"], row["event_type"]


def reconcile(
    entries: Sequence[Entry], findings: Findings, reasons: Mapping[str, str]
) -> Reconciliation:
    """Draw up the account.

    Args:
        entries: The ledger.
        findings: What there is.
        reasons: For what each kind of poison has to be rejected, by its name.
    """
    evidence = Evidence.of(findings, entries, reasons)
    matched, unknown = _matched(entries, findings.stores.activities)
    fates: defaultdict[Kind, Counter[Fate]] = defaultdict(Counter)
    for entry, message in matched:
        fates[entry.kind][_fate(entry, message, evidence)] += 1
    acknowledged = Counter(each.kind for each in entries if each.is_acknowledged)
    expected = expected_of(entries)
    taken_back = _taken_back(expected, findings)
    kinds = tuple(
        KindAccount(kind, acknowledged[kind], fates[kind].total(), fates[kind]) for kind in Kind
    )
    return Reconciliation(
        kinds=kinds,
        interactions=Counter(event_type for _, _, event_type in evidence.earned.elements()),
        taken_back=len(taken_back),
        checks=(
            *_archive_checks(entries, matched, unknown, findings),
            *_fate_checks(kinds),
            *_earning_checks(expected, evidence.earned),
            *_personalize_checks(findings, taken_back),
            *_conservation_checks(findings.conservation, taken_back),
        ),
    )


type Matched = list[tuple[Entry, ArchivedMessage]]


def _matched(entries: Sequence[Entry], archived: Iterable[ArchivedMessage]) -> tuple[Matched, int]:
    """Find the entry of each archived message; say how many have none.

    A message of which no reply came may have arrived; it is looked for after those that were
    acknowledged.
    """
    by_digest: defaultdict[str, deque[Entry]] = defaultdict(deque)
    for each in sorted(entries, key=lambda each: not each.is_acknowledged):
        by_digest[each.digest].append(each)
    matched: Matched = []
    unknown = 0
    for message in archived:
        waiting = by_digest.get(hashlib.sha256(message.body).hexdigest())
        if waiting:
            matched.append((waiting.popleft(), message))
        else:
            unknown += 1
    return matched, unknown


def _fate(entry: Entry, message: ArchivedMessage, evidence: Evidence) -> Fate:
    """Say where a message ended, or that nothing explains it."""
    reason = evidence.rejected.get(message.place)
    if entry.kind is Kind.POISON:
        expected = evidence.reasons[entry.name]
        return Fate.REJECTED if reason == expected else Fate.UNEXPLAINED
    if reason is not None:
        return Fate.UNEXPLAINED
    if any(entry.name.encode() in body for body in evidence.findings.dead_letters):
        return Fate.FAILED
    return _fate_of_sound(entry, message, evidence)


def _fate_of_sound(entry: Entry, message: ArchivedMessage, evidence: Evidence) -> Fate:
    match entry.channel:
        case Channel.METADATA:
            return _fate_of_record(entry, message, evidence)
        case Channel.FEEDBACK:
            return _fate_of_opinion(entry, evidence)
        case Channel.STREAM:
            return _fate_of_playback(entry, message, evidence)


def _fate_of_playback(entry: Entry, message: ArchivedMessage, evidence: Evidence) -> Fate:
    """Look for the activities of interactions in the record, which may carry several."""
    told = evidence.told.get(entry.user_id, frozenset())
    if any(f'{activity_id}"'.encode() in message.body for activity_id in told):
        return Fate.RECORDED
    is_lost = any(earning in evidence.lacking for earning in _earnings(entry, entry.earns))
    return Fate.UNEXPLAINED if is_lost else Fate.NO_INTERACTION


def _fate_of_opinion(entry: Entry, evidence: Evidence) -> Fate:
    if entry.name in evidence.told.get(entry.user_id, frozenset()):
        return Fate.RECORDED
    viewer = f"user:{entry.user_id}", entry.item_id
    standing = evidence.findings.stores.verdicts.get(viewer)
    if not entry.is_opinion or standing == entry.name:
        return Fate.UNEXPLAINED if entry.earns else Fate.NO_INTERACTION
    is_overtaken = evidence.latest_ms.get(standing or "", 0) > entry.told_at_ms
    return Fate.SUPERSEDED if is_overtaken else Fate.UNEXPLAINED


def _fate_of_record(entry: Entry, message: ArchivedMessage, evidence: Evidence) -> Fate:
    """Of a user or item the latest record is what Personalize has."""
    if entry.told_at_ms < evidence.latest_ms[entry.name]:
        return Fate.SUPERSEDED
    columns = evidence.findings.records.get(entry.name, {})
    told = json.loads(message.body)
    is_held = columns.get("REGION", columns.get("PRICE")) == told.get("region", told.get("price"))
    return Fate.RECORDED if columns and is_held else Fate.UNEXPLAINED


def _archive_checks(
    entries: Sequence[Entry], matched: Matched, unknown: int, findings: Findings
) -> Iterator[Check]:
    acknowledged = sum(each.is_acknowledged for each in entries)
    arrived = sum(entry.is_acknowledged for entry, _ in matched)
    places = Counter(message.place for message in findings.stores.activities)
    yield Check("messages acknowledged and archived", acknowledged, arrived)
    yield Check("messages archived that nobody sent", 0, unknown)
    yield Check("messages archived twice", 0, places.total() - len(places))
    yield Check("batches of the stream put aside", 0, findings.failed_batches)


def _fate_checks(kinds: Iterable[KindAccount]) -> Iterator[Check]:
    unexplained = sum(each.fates[Fate.UNEXPLAINED] for each in kinds)
    yield Check("messages without an explanation", 0, unexplained)


def _earning_checks(expected: Expected, earned: Counter[Earning]) -> Iterator[Check]:
    found = earned.keys()
    known = expected.must | expected.may
    yield Check("interactions earned", len(expected.must), len(expected.must & found))
    yield Check("interactions that nothing earns", 0, len(found - known))
    yield Check("interactions with two event ids", 0, earned.total() - len(earned))


def _taken_back(expected: Expected, findings: Findings) -> frozenset[str]:
    """Find the event ids of likes that were taken back before they could be sent.

    An interaction is archived before it is sent. If Personalize would not take it then, it is
    decided again at the next delivery, and a later word may have come in between.
    """
    return frozenset(
        row["event_id"]
        for row in findings.stores.interactions
        if row["to_send"]
        and row["event_id"] not in findings.held
        and _earning(row) in expected.may - expected.must
    )


def _personalize_checks(findings: Findings, taken_back: frozenset[str]) -> Iterator[Check]:
    counters = findings.counters
    archived = {row["event_id"] for row in findings.stores.interactions if row["to_send"]}
    at_personalize = counters.recorded + counters.exact_duplicates
    refused = sum(counters.refused.values()) + sum(counters.suspicious.values())
    stand = len(archived - taken_back)
    yield Check("interactions archived that stand, with Personalize", stand, at_personalize)
    yield Check("of them, what it would train on", counters.recorded, len(archived & findings.held))
    yield Check(
        "interactions Personalize has that are not archived", 0, len(findings.held - archived)
    )
    yield Check("calls refused, events that look suspicious", 0, refused)


def _conservation_checks(conservation: Conservation, taken_back: frozenset[str]) -> Iterator[Check]:
    """The account that knows the rules and no ledger must come to the same."""
    incomplete = sum(not account.holds for account in conservation.accounts)
    missing = frozenset(conservation.comparison.missing) - taken_back
    yield Check("hours that the archive alone does not explain", 0, incomplete)
    yield Check("interactions to send, by the archive alone, not with Personalize", 0, len(missing))
    yield Check("interactions that the archive alone knows nothing of", 0,
                conservation.comparison.surplus)  # fmt: skip
