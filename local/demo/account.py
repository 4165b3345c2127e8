"""The account: what was sent, against what lies in the stores and at Personalize.

Every message that was sent must be found in the archive once for each time it was sent, and every
message in the archive must have exactly one fate that the stores or the message itself explain.
"""

import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ingestion.domain.activity import ACTIVITY, Comment, PlaybackActivity, PlaybackType
from ingestion.domain.feedback import FeedbackThresholds, Opinion, judge
from ingestion.domain.parsing import AnyFeedback, viewer_of
from ingestion.domain.playback import Thresholds, crossed
from ingestion.settings import RecordFeedbackSettings, RecordPlaybackSettings
from pydantic import ValidationError

from local.demo.outgoing import Outgoing
from local.demo.stores import ArchivedMessage, Row, Stores, digest
from local.personalize import TrackerCounters

type Telling = tuple[str, str]


class Fate(StrEnum):
    """Where a message ended. Each has exactly one; the names are for people."""

    INTERACTION = "became interactions"
    HEARTBEAT = "heartbeats that crossed no threshold"
    QUIET = "other player activities that crossed none"
    PRIVATE = "kept out: no consent, or Global Privacy Control"
    VERDICT = "dislikes and likes taken back: kept as verdicts"
    NEUTRAL = "feedback that says neither yes nor no"
    OVERTAKEN = "overtaken by a later word on the same film"
    TOLD_AGAIN = "told before: the client sent it twice"
    REJECTED = "rejected, with reason and original bytes"
    UNEXPLAINED = "UNEXPLAINED"


@dataclass(frozen=True, slots=True)
class Rules:
    """The thresholds that the deployed functions have, read from their environment."""

    playback: Thresholds
    feedback: FeedbackThresholds

    @classmethod
    def of_functions(cls, playback: Mapping[str, str], feedback: Mapping[str, str]) -> Self:
        """Read the variables of both recorders."""
        return cls(
            RecordPlaybackSettings.model_validate(playback).thresholds,
            RecordFeedbackSettings.model_validate(feedback).thresholds,
        )


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
        checks: What must hold for the account to add up.
    """

    sent: int
    received: int
    fates: Mapping[Fate, int]
    interactions: Mapping[str, int]
    kinds: tuple[KindAccount, ...]
    counters: TrackerCounters
    checks: tuple[Check, ...]

    @property
    def adds_up(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The stores, arranged for looking up."""

    rejected: Mapping[tuple[str, str], Row]
    interacted: frozenset[Telling]
    verdicts: Mapping[tuple[str, str], str]
    rules: Rules

    @classmethod
    def in_stores(cls, stores: Stores, rules: Rules) -> Self:
        return cls(
            rejected={(row["origin"], row["id"]): row for row in stores.rejections.values()},
            interacted=frozenset(_telling(row) for row in stores.interactions if row["to_send"]),
            verdicts=stores.verdicts,
            rules=rules,
        )


def account_for(
    sent: Sequence[Outgoing],
    stores: Stores,
    counters: TrackerCounters,
    *,
    rules: Rules,
    reasons: Mapping[str, str],
) -> Account:
    """Draw up the account of a day.

    Args:
        sent: Every message, as often as it was sent.
        stores: What lies in the stores.
        counters: What the emulator counted at the event tracker.
        rules: The thresholds in force.
        reasons: The rejection reason that each kind of imperfection must have.
    """
    evidence = _Evidence.in_stores(stores, rules)
    fates = Counter(fate for _, fate in fates_of(stores.activities, evidence))
    kinds = _kinds(sent, stores, evidence, reasons)
    events = {row["event_id"]: row["event_type"] for row in stores.interactions if row["to_send"]}
    return Account(
        sent=len(sent),
        received=len(stores.activities),
        fates={fate: fates[fate] for fate in Fate},
        interactions=Counter(events.values()),
        kinds=kinds,
        counters=counters,
        checks=(
            *_message_checks(sent, stores, fates),
            *_rejection_checks(stores, fates, kinds),
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


def fates_of(
    messages: Iterable[ArchivedMessage], evidence: _Evidence
) -> Iterable[tuple[ArchivedMessage, Fate]]:
    """Yield each message with its fate."""
    told: set[Telling] = set()
    for message in messages:
        if message.place in evidence.rejected:
            yield message, Fate.REJECTED
            continue
        try:
            activity = ACTIVITY.validate_json(message.body)
        except ValidationError:
            yield message, Fate.UNEXPLAINED
            continue
        telling = (viewer_of(activity) or "", activity.activity_id)
        yield message, Fate.TOLD_AGAIN if telling in told else _fate(activity, telling, evidence)
        told.add(telling)


def _fate(
    activity: PlaybackActivity | AnyFeedback | Comment, telling: Telling, evidence: _Evidence
) -> Fate:
    """The fate of an activity that was not told before."""
    has_interaction = telling in evidence.interacted
    if activity.is_private:
        return Fate.UNEXPLAINED if has_interaction else Fate.PRIVATE
    if has_interaction:
        return Fate.INTERACTION
    match activity:
        case PlaybackActivity():
            return _fate_of_playback(activity, evidence.rules.playback)
        case Comment():
            return _fate_of_comment(activity, telling, evidence)
        case _:
            return _fate_of_feedback(activity, telling, evidence)


def _fate_of_comment(activity: Comment, telling: Telling, evidence: _Evidence) -> Fate:
    """Give the fate of a comment that earned nothing; nobody here knows what was felt in it."""
    viewer, activity_id = telling
    is_kept = evidence.verdicts.get((viewer, activity.item_id)) == activity_id
    return Fate.VERDICT if is_kept else Fate.NEUTRAL


def _fate_of_playback(activity: PlaybackActivity, thresholds: Thresholds) -> Fate:
    if crossed(activity, thresholds):
        return Fate.UNEXPLAINED
    return Fate.HEARTBEAT if activity.type is PlaybackType.HEARTBEAT else Fate.QUIET


def _fate_of_feedback(activity: AnyFeedback, telling: Telling, evidence: _Evidence) -> Fate:
    judgement = judge(activity, evidence.rules.feedback)
    if judgement is None:
        return Fate.NEUTRAL
    viewer, activity_id = telling
    standing = evidence.verdicts.get((viewer, activity.item_id))
    if standing is not None and standing != activity_id:
        return Fate.OVERTAKEN
    is_kept = standing == activity_id and judgement.opinion is not Opinion.LIKED
    return Fate.VERDICT if is_kept else Fate.UNEXPLAINED


def _telling(row: Row) -> Telling:
    viewer = f"user:{row['user_id']}" if row["user_id"] else f"guest:{row['guest_id']}"
    return viewer, row["activity_id"]


def _found(sent: Sequence[Outgoing], stores: Stores) -> int:
    """How many of the messages sent are archived, each as often as it was sent at most."""
    archived = Counter(map(operator.attrgetter("digest"), stores.activities))
    return (Counter(digest(each.body) for each in sent) & archived).total()


def _kinds(
    sent: Sequence[Outgoing], stores: Stores, evidence: _Evidence, reasons: Mapping[str, str]
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
