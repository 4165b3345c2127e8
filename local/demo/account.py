"""The account: what was sent, against what lies in the stores and at Personalize.

Every message that was sent must be found in the archive once for each time it was sent, and every
message in the archive must have exactly one fate that the stores or the message itself explain.
"""

import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingestion.domain.activity import ACTIVITY, Comment, Sentiment
from pydantic import ValidationError

from local.demo.fates import Evidence, Fate, Rules, fates_of
from local.demo.foreign import ForeignDay
from local.demo.foreign_account import TellingAccount, tellings_of
from local.demo.outgoing import Outgoing
from local.demo.stores import ArchivedMessage, Stores, digest
from local.personalize import TrackerCounters

type CommentRead = tuple[str, Fate]


@dataclass(frozen=True, slots=True)
class Check:
    """Two numbers that must be equal."""

    name: str
    expected: int
    found: int

    @property
    def holds(self) -> bool:
        """Whether they are."""
        return self.expected == self.found


@dataclass(frozen=True, slots=True)
class KindAccount:
    """What became of one kind of imperfection.

    Attributes:
        expected: The reason for which all of it must be rejected.
        found: How many messages were rejected, by reason and detail.
    """

    name: str
    sent: int
    expected: str
    found: Mapping[tuple[str, str], int]

    @property
    def rejected_as_expected(self) -> int:
        """How many were rejected for the expected reason."""
        return sum(n for (reason, _), n in self.found.items() if reason == self.expected)


@dataclass(frozen=True, slots=True)
class Account:
    """What became of a day.

    Attributes:
        fates: Messages by fate; they add up to `received`.
        interactions: Distinct interactions in the archive that were sent, by event type.
        kinds: The imperfections, in order.
        tellings: What foreign players told, by the way in which they did.
        comments: How many comments were read as what and ended where.
        checks: What must hold for the account to add up.
    """

    sent: int
    received: int
    fates: Mapping[Fate, int]
    interactions: Mapping[str, int]
    kinds: tuple[KindAccount, ...]
    tellings: tuple[TellingAccount, ...]
    comments: Mapping[CommentRead, int]
    counters: TrackerCounters
    checks: tuple[Check, ...]

    @property
    def adds_up(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


@dataclass(frozen=True, slots=True)
class Findings:
    """What is to be found once everything has been dealt with.

    Attributes:
        stores: What lies in the stores.
        counters: What the emulator counted at the event tracker.
        rules: The rules that the functions followed.
        sentiments: What Amazon Comprehend says of the comments, by their text.
    """

    stores: Stores
    counters: TrackerCounters
    rules: Rules
    sentiments: Mapping[str, Sentiment]


def account_for(
    sent: Sequence[Outgoing],
    foreign: ForeignDay,
    findings: Findings,
    *,
    reasons: Mapping[str, str],
) -> Account:
    """Draw up the account of a day.

    Args:
        sent: Every message, as often as it was sent.
        foreign: What foreign players sent of it.
        findings: What was found afterwards.
        reasons: The rejection reason that each kind of imperfection must have.
    """
    stores, counters = findings.stores, findings.counters
    sentiments, rules = findings.sentiments, findings.rules
    evidence = Evidence.in_stores(stores, sentiments, rules)
    told = list(fates_of(stores.activities, evidence))
    fates = Counter(fate for _, fate in told)
    tellings = tellings_of(foreign, stores, rules)
    kinds = _kinds(sent, stores, evidence, reasons)
    events = {row["event_id"]: row["event_type"] for row in stores.interactions if row["to_send"]}
    return Account(
        sent=len(sent),
        received=len(stores.activities),
        fates={fate: fates[fate] for fate in Fate},
        interactions=Counter(events.values()),
        kinds=kinds,
        tellings=tellings,
        comments=Counter(_comments_in(told, sentiments)),
        counters=counters,
        checks=(
            *_message_checks(sent, stores, fates),
            *_rejection_checks(stores, fates, kinds),
            *_foreign_checks(tellings),
            *_personalize_checks(stores, counters, len(events)),
        ),
    )


def _message_checks(
    sent: Sequence[Outgoing], stores: Stores, fates: Counter[Fate]
) -> Iterator[Check]:
    """Check that each message arrived, and ended somewhere, once."""
    archived, found = len(stores.activities), _found(sent, stores)
    yield Check("messages sent, received and archived", len(sent), found)
    yield Check("messages archived that nobody sent", 0, archived - found)
    yield Check("messages without an explanation", 0, fates[Fate.UNEXPLAINED])
    yield Check("fates, one a message", archived, fates.total())


def _rejection_checks(
    stores: Stores, fates: Counter[Fate], kinds: Sequence[KindAccount]
) -> Iterator[Check]:
    """Check that the broken messages were rejected, and no others."""
    yield Check("rejections", len(stores.rejections), fates[Fate.REJECTED])
    yield Check("broken messages, rejected for their reason", *_as_expected(kinds))
    yield Check("sound messages rejected", 0, fates[Fate.REJECTED] - sum(k.sent for k in kinds))


def _personalize_checks(
    stores: Stores, counters: TrackerCounters, archived: int
) -> Iterator[Check]:
    """Check that Personalize has what the archive has, and had nothing to complain of."""
    yield Check("interactions archived, with Personalize", archived, _at_personalize(counters))
    yield Check("calls refused or failed, events that look suspicious", 0, _troubles(counters))
    yield Check("messages given up", 0, stores.given_up)


def _foreign_checks(tellings: Iterable[TellingAccount]) -> Iterator[Check]:
    """Check that foreign players earned what their native twins would have, and no more."""
    expected, found = Counter[object](), Counter[object]()
    for telling in tellings:
        expected += telling.expected
        found += telling.found
    name = "interactions of foreign players"
    yield Check(
        f"{name} that their native twins earn", expected.total(), (expected & found).total()
    )
    yield Check(f"{name} that no twin earns", 0, (found - expected).total())


def _comments_in(
    fates: Iterable[tuple[ArchivedMessage, Fate]], sentiments: Mapping[str, Sentiment]
) -> Iterator[CommentRead]:
    """Yield what was read in each comment, and what became of it."""
    for message, fate in fates:
        if b'"comment"' not in message.body or fate is Fate.TOLD_AGAIN:
            continue
        try:
            activity = ACTIVITY.validate_json(message.body)
        except ValidationError:
            continue
        if isinstance(activity, Comment) and activity.text in sentiments:
            yield sentiments[activity.text].label, fate


def _found(sent: Sequence[Outgoing], stores: Stores) -> int:
    """How many of the messages sent are archived, each as often as it was sent at most."""
    archived = Counter(map(operator.attrgetter("digest"), stores.activities))
    return (Counter(digest(each.body) for each in sent) & archived).total()


def _kinds(
    sent: Sequence[Outgoing], stores: Stores, evidence: Evidence, reasons: Mapping[str, str]
) -> tuple[KindAccount, ...]:
    kinds = {digest(each.body): each.kind for each in sent if each.kind in reasons}
    counts = Counter(each.kind for each in sent)
    found: dict[str, Counter[tuple[str, str]]] = {kind: Counter() for kind in reasons}
    for message in stores.activities:
        row = evidence.rejected.get(message.place)
        kind = kinds.get(message.digest)
        if kind is not None and row is not None:
            found[kind][row["reason"], row["detail"]] += 1
    return tuple(KindAccount(kind, counts[kind], reasons[kind], found[kind]) for kind in reasons)


def _as_expected(kinds: Iterable[KindAccount]) -> tuple[int, int]:
    pairs = [(kind.sent, kind.rejected_as_expected) for kind in kinds]
    return sum(sent for sent, _ in pairs), sum(rejected for _, rejected in pairs)


def _at_personalize(counters: TrackerCounters) -> int:
    return counters.recorded + counters.exact_duplicates


def _troubles(counters: TrackerCounters) -> int:
    groups = (counters.refused, counters.failed, counters.suspicious)
    return sum(sum(group.values()) for group in groups)
