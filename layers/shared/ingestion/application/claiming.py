"""What an archived message claims to have left in the archive, by the rules as they are now."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from copy import replace
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from pydantic_core import from_json, to_json

from ingestion.application.deriving import Derived, guarded, unpack_all
from ingestion.application.playback_rules import PlaybackRules
from ingestion.application.record_feedback import FeedbackRules, derive_feedback
from ingestion.application.record_playback import derive_playback
from ingestion.application.refolding import point_key
from ingestion.domain.comment import is_comment
from ingestion.domain.conservation import (
    Digest,
    End,
    activity_key,
    digest,
    rejection_key,
    row_key,
)
from ingestion.domain.dialects.detection import NotPlayback
from ingestion.domain.feedback import Verdict
from ingestion.domain.interaction_row import InteractionRow
from ingestion.domain.message import Message
from ingestion.domain.metadata_record import MetadataRecord, MetadataRules, derive_metadata
from ingestion.domain.parsing import is_point
from ingestion.domain.playback import EventType
from ingestion.domain.rejection import Rejection

# Of the stream; queues are named by whoever made them.
_SHARD: Final = "shardId-"
_REDACTED: Final = b'"redacted_bytes"'


@dataclass(frozen=True, slots=True)
class ReconcileRules:
    """Today's rules, by which the archive is judged.

    Attributes:
        reads_comments: Whether somebody tells what people felt when they wrote a comment.
        metadata: Of users and items; their columns do not matter here.
        metadata_queue: Name of the queue whose messages tell of users and items; empty for none.
        recorder: Name of the function whose failed batches explain a missing row.
        settled_after_s: Age from which a message must have ended.
    """

    playback: PlaybackRules
    feedback: FeedbackRules
    reads_comments: bool
    metadata: MetadataRules
    metadata_queue: str
    recorder: str
    settled_after_s: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What must be found in the archive, and what it then means.

    Attributes:
        message: What claims it.
        end: Where it ended if the archive holds what is claimed: RECORDED with every row of
            `rows`, REJECTED with its rejection; the others claim nothing.
        rows: Keys of the rows that it must have.
        sure_rows: Those of them that no setting decides.
        activity: Key of the rows that it may have.
        is_optional: Whether its absence proves nothing.
        is_redacted: Whether nothing of the message was kept but its length.
        telling: Who told what: the same for every copy of an activity.
        verdict: What it says of an item, if a later word can overtake it.
        record: What it tells of a user or item, if it does: then a table has it, and no row.
        points: Which points it is folded with, if it is one: then rows are not its own affair.
    """

    message: Message
    end: End
    rows: tuple[Digest, ...] = ()
    sure_rows: frozenset[Digest] = frozenset()
    activity: Digest | None = None
    is_optional: bool = False
    is_redacted: bool = False
    telling: Digest | None = None
    verdict: Verdict | None = None
    record: MetadataRecord | None = None
    points: Digest | None = None

    @property
    def name(self) -> str:
        """Where the message stood; says nothing of what it says."""
        return name_of(self.message)

    def without_body(self) -> "Claim":
        """The claim as it may wait in memory, with many others."""
        record = None if self.record is None else replace(self.record, properties="")
        return replace(self, message=replace(self.message, body=b"", common=b""), record=record)

    @property
    def rejection(self) -> Digest:
        """Key of the rejection that it may have."""
        return rejection_key(self.message.origin, self.message.id)


def name_of(message: Message) -> str:
    """Where a message stood; says nothing of what it says."""
    return f"{message.origin}/{message.id}"


def message_of(row: Mapping[str, Any]) -> Message:
    """The message of which a row of activities/ or rejections/ was made."""
    encoded = row.get("body_base64")
    return Message(
        id=row["id"],
        origin=row["origin"],
        body=row["body"].encode() if encoded is None else base64.b64decode(encoded),
        arrived_at_ms=row["arrived_at_ms"],
        common=row.get("common", "").encode(),
    )


def claims_of(message: Message, rules: ReconcileRules) -> Iterator[Claim]:
    """What the messages in a record claim: one claim each, in order."""
    if message.origin == rules.metadata_queue:
        yield _claim_of_metadata(message, rules.metadata)
    elif is_of_the_stream(message):
        for each in unpack_all([message]):
            yield _claim_of_stream(each, rules)
    else:
        yield _claim_of_feedback(message, rules)


def is_of_the_stream(message: Message) -> bool:
    """Whether it came by the stream, and not by a queue."""
    return message.origin.startswith(_SHARD)


def derived_feedback(message: Message, rules: FeedbackRules) -> Derived | Rejection:
    """What a message of the feedback queue earns, its words given back as a placeholder."""
    return guarded(partial(derive_feedback, rules=rules), _with_placeholder(message))


def _with_placeholder(message: Message) -> Message:
    """A redacted comment as it can be parsed again; its words are gone for good."""
    if _REDACTED not in message.body:
        return message
    document: object = from_json(message.body)
    if not isinstance(document, dict):
        return message
    fields = cast("dict[str, object]", document)
    if not isinstance(fields.get("text"), dict):
        return message
    return replace(message, body=to_json({**fields, "text": "redacted"}))


def _claim_of_stream(unpacked: Message | Rejection, rules: ReconcileRules) -> Claim:
    if isinstance(unpacked, Rejection):
        return _rejected(unpacked.message)
    derived = guarded(partial(derive_playback, rules=rules.playback), unpacked)
    match derived:
        case Derived():
            return _claim(derived, unpacked, rules)
        case NotPlayback():
            return Claim(unpacked, End.NO_INTERACTION)
        case _:
            return _rejected(unpacked)


def _claim_of_feedback(message: Message, rules: ReconcileRules) -> Claim:
    derived = derived_feedback(message, rules.feedback)
    if isinstance(derived, Rejection):
        return _rejected(message)
    return _claim(derived, message, rules)


def _claim_of_metadata(message: Message, rules: MetadataRules) -> Claim:
    record = guarded(partial(derive_metadata, rules=rules), message)
    match record:
        case Rejection():
            return Claim(message, End.REJECTED)
        case None:
            return Claim(message, End.NO_INTERACTION)
        case _:
            return Claim(message, End.RECORDED, record=record)


def _rejected(message: Message) -> Claim:
    """A claim to a rejection.

    What is redacted as a whole was no JSON that we can read, so it was rejected, or else something
    that it carried: the recorder cuts lists more leniently than we can read them.
    """
    is_whole = message.body.startswith(b"{" + _REDACTED)
    return Claim(message, End.REJECTED, is_redacted=is_whole)


def _claim(derived: Derived, message: Message, rules: ReconcileRules) -> Claim:
    received = derived.received
    activity = received.activity
    telling = digest("telling", received.viewer, activity.kind, activity.activity_id)
    leaves_nothing = Claim(message, End.NO_INTERACTION, telling=telling)
    if activity.is_private:
        return leaves_nothing
    key = activity_key(activity.activity_id, message.arrived_at_ms)
    if is_point(received):
        points = point_key(received.activity)
        return Claim(message, End.NO_INTERACTION, activity=key, telling=telling, points=points)
    if is_comment(received) and rules.reads_comments:
        return Claim(message, End.RECORDED, activity=key, is_optional=True, telling=telling)
    if not derived.rows:
        return replace(leaves_nothing, activity=key)
    return Claim(
        message,
        End.RECORDED,
        rows=tuple(map(key_of, derived.rows)),
        sure_rows=frozenset(map(key_of, filter(_is_sure, derived.rows))),
        activity=key,
        telling=telling,
        verdict=derived.verdict,
    )


def key_of(row: InteractionRow) -> Digest:
    """Key of a row that is about to be, or should have been, stored."""
    interaction = row.interaction
    return row_key(interaction.event_id, interaction.version, to_send=row.to_send)


def _is_sure(row: InteractionRow) -> bool:
    """Whether no setting can have kept this row from being made."""
    is_reaction = getattr(row.received.activity, "type", None) == "like"
    return row.interaction.event_type is EventType.CLICK or is_reaction


type Word = tuple[tuple[str, str], tuple[int, str], End]
"""Something said of an item: its subject, its order, and what it makes of an earlier word."""


def later_words(messages: Iterable[Message], rules: ReconcileRules) -> Iterator[Word]:
    """What messages of the feedback queue say of items.

    Of a comment that was read nobody knows any more whether it was a verdict.
    """
    for message in messages:
        derived = derived_feedback(message, rules.feedback)
        if not isinstance(derived, Derived):
            continue
        received, activity = derived.received, derived.received.activity
        order = (received.occurred_at_ms, activity.activity_id)
        if derived.verdict is not None:
            yield derived.verdict.subject, order, End.SUPERSEDED
        elif rules.reads_comments and is_comment(received) and not activity.is_private:
            yield (received.viewer, activity.item_id), order, End.UNPROVEN
