"""Bytes → activity: a message becomes a `ReceivedActivity` or a `Rejection`, once, at the edge."""

from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, Protocol, TypeIs, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from ingestion.domain.activity import (
    ACTIVITY,
    SCHEMA_MAJOR,
    Comment,
    PlaybackActivity,
    Progress,
    RatingFeedback,
    Reaction,
    SentimentFeedback,
    Totals,
)
from ingestion.domain.message import Message
from ingestion.domain.point import PointActivity
from ingestion.domain.rejection import Rejection, RejectionReason

type AnyFeedback = Reaction | RatingFeedback | SentimentFeedback
type AnyActivity = PlaybackActivity | PointActivity | AnyFeedback | Comment

# An activity has some 600 bytes; one with 200 played ranges and 25 impressions has under 12 KB.
# The bound keeps a batch of 500 far from Lambda's 6 MB and a hostile message cheap.
MAX_MESSAGE_BYTES: Final = 32 * 1024

# A clock may be wrong by this much without the totals being a lie; floats and timers jitter.
_TOLERANCE_S: Final = 2.0
_MAX_RATE: Final = 16.0

_FOREIGN_BYTES: Final = {
    b"\xf3\x89\x9a\xc2": "kpl_aggregated",
    b"\x1f\x8b": "gzip",
    b"\xef\xbb\xbf": "utf8_byte_order_mark",
    b"\xff\xfe": "utf16",
    b"\xfe\xff": "utf16",
}


@dataclass(frozen=True, slots=True)
class ClockWindow:
    """How far from its arrival an activity may have happened, in seconds."""

    max_lateness_s: int
    max_skew_s: int


# Written out because the inferred variance is spoilt by the `__replace__` that a value has.
ActivityT_co = TypeVar("ActivityT_co", bound=AnyActivity, covariant=True)


class ReceivedActivity(NamedTuple, Generic[ActivityT_co]):  # noqa: UP046  -- needs the variance above
    """A valid activity and the message it came in.

    Attributes:
        viewer: Who it was, as one key: `user:<id>` or else `guest:<id>`.
        occurred_at_ms: When it happened by the source's clock, epoch milliseconds.
    """

    message: Message
    activity: ActivityT_co
    viewer: str
    occurred_at_ms: int


def is_playback(
    received: ReceivedActivity[AnyActivity],
) -> TypeIs[ReceivedActivity[PlaybackActivity]]:
    """Whether it tells of a playback."""
    return isinstance(received.activity, PlaybackActivity)


def is_feedback(
    received: ReceivedActivity[AnyActivity],
) -> TypeIs[ReceivedActivity[AnyFeedback]]:
    """Whether it tells what somebody thinks of an item."""
    return isinstance(received.activity, Reaction | RatingFeedback | SentimentFeedback)


def is_point(
    received: ReceivedActivity[AnyActivity],
) -> TypeIs[ReceivedActivity[PointActivity]]:
    """Whether it tells of one moment of a playback, in a dialect."""
    return isinstance(received.activity, PointActivity)


# The adapter around it costs 0.4 µs a message and adds nothing.
_VALIDATOR: Final = ACTIVITY.validator


def parse_activity(
    message: Message, window: ClockWindow
) -> ReceivedActivity[AnyActivity] | Rejection:
    """Decode, validate and date one message.

    Returns:
        The activity, or the rejection with the first rule that it breaks. Never raises.
    """
    if len(message.body) > MAX_MESSAGE_BYTES:
        return Rejection(message, RejectionReason.SIZE, f"over_{MAX_MESSAGE_BYTES}_bytes")
    try:
        activity: AnyActivity = _VALIDATOR.validate_json(message.body)
    except ValidationError as error:
        return refusal_of(message, error)
    return received_activity(message, activity, window)


def received_activity[ActivityT: AnyActivity](
    message: Message, activity: ActivityT, window: ClockWindow
) -> ReceivedActivity[ActivityT] | Rejection:
    """Date a well-formed activity and name its viewer, or say what is not true of it."""
    viewer = viewer_of(activity)
    if viewer is None:
        return Rejection(message, RejectionReason.IDENTITY, "neither user_id nor guest_id")
    occurred_at_ms = corrected_time_ms(activity, message)
    wrong_clock = _wrong_clock(message.arrived_at_ms - occurred_at_ms, window)
    if wrong_clock is not None:
        return Rejection(message, RejectionReason.CLOCK, wrong_clock)
    if isinstance(activity, PlaybackActivity):
        impossible = _impossible_totals(activity)
        if impossible is not None:
            return Rejection(message, RejectionReason.TOTALS, impossible)
    return ReceivedActivity(message, activity, viewer, occurred_at_ms)


def viewer_of(activity: AnyActivity) -> str | None:
    """Who it was, as one key: the user, or else the guest; None when it names nobody."""
    if activity.user_id is not None:
        return f"user:{activity.user_id}"
    return None if activity.guest_id is None else f"guest:{activity.guest_id}"


class Dated(Protocol):
    """What a client dates by its own clock, in epoch milliseconds."""

    @property
    def occurred_at_ms(self) -> int:
        """When it happened."""
        ...

    @property
    def sent_at_ms(self) -> int | None:
        """When it was sent, at this attempt."""
        ...


def corrected_time_ms(activity: Dated, message: Message) -> int:
    """When it happened by the source's clock, epoch milliseconds.

    With `sent_at_ms` the client's clock cancels out: arrival - (sent - occurred). Without it the
    client's clock has to be believed.
    """
    if activity.sent_at_ms is None:
        return activity.occurred_at_ms
    return message.arrived_at_ms - (activity.sent_at_ms - activity.occurred_at_ms)


def _wrong_clock(age_ms: int, window: ClockWindow) -> str | None:
    """Why nothing can have happened so long before it arrived; None when it can."""
    if age_ms > window.max_lateness_s * 1000:
        return "too_late"
    return "in_the_future" if age_ms < -window.max_skew_s * 1000 else None


def _impossible_totals(activity: PlaybackActivity) -> str | None:
    """What first cannot be true of a playback: the guard against tampering and broken trackers."""
    now = activity.totals
    return (
        _out_of_bounds(now, activity.elapsed_ms / 1000 + _TOLERANCE_S)
        or _impossible_ranges(now)
        or _impossible_course(activity.before, now)
    )


def _out_of_bounds(now: Totals, elapsed_s: float) -> str | None:
    if now.watch_time_s > elapsed_s:
        return "watch_time_exceeds_elapsed"
    if now.watched_s > elapsed_s * _MAX_RATE:
        return "watched_exceeds_elapsed"
    if now.unique_s > now.watched_s + _TOLERANCE_S:
        return "unique_exceeds_watched"
    if now.duration_s is not None and now.unique_s > now.duration_s + _TOLERANCE_S:
        return "unique_exceeds_duration"
    return None


def _impossible_ranges(now: Totals) -> str | None:
    last_s, played_s = -1.0, 0.0
    for start_s, end_s in now.played:
        if not last_s < start_s < end_s:
            return "played_not_ascending"
        last_s, played_s = end_s, played_s + (end_s - start_s)
    if played_s > now.unique_s + _TOLERANCE_S:
        return "played_exceeds_unique"
    if last_s > now.furthest_s + _TOLERANCE_S:
        return "played_exceeds_furthest"
    return None


def _impossible_course(before: Progress, now: Totals) -> str | None:
    if before.unique_s > now.unique_s or before.watch_time_s > now.watch_time_s:
        return "before_exceeds_now"
    if before.start is not None and before.start is not now.start:
        return "start_changed"
    return "watched_before_start" if now.start is None and now.watched_s > 0 else None


def refusal_of(message: Message, error: ValidationError) -> Rejection:
    """The rejection that says best what is wrong with a body that is no activity."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return _not_json(message)
    if _has_other_major(message.body):
        return Rejection(message, RejectionReason.SCHEMA_VERSION, "unknown_major")
    return broken_rule(message, first)


def broken_rule(message: Message, error: ErrorDetails) -> Rejection:
    """The rejection of a document that breaks a rule of a model: its rule and place."""
    return Rejection(message, _reason_of(error), _place_of(error))


def _not_json(message: Message) -> Rejection:
    for mark, detail in _FOREIGN_BYTES.items():
        if message.body.startswith(mark):
            return Rejection(message, RejectionReason.ENCODING, detail)
    try:
        message.body.decode()
    except UnicodeDecodeError:
        return Rejection(message, RejectionReason.ENCODING, "not_utf8")
    return Rejection(message, RejectionReason.JSON, "json_invalid" if message.body else "empty")


def _has_other_major(body: bytes) -> bool:
    """Whether a JSON body claims a version of the contract that is not ours."""
    document: object = from_json(body)
    if not isinstance(document, dict):
        return False
    version: object = document.get("schema_version")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return isinstance(version, str) and version.split(".")[0] != SCHEMA_MAJOR


_IDENTITY_FIELDS: Final = frozenset({"user_id", "guest_id", "visit_id"})


def _reason_of(error: ErrorDetails) -> RejectionReason:
    fields = set(error["loc"])
    if "schema_version" in fields:
        return RejectionReason.SCHEMA_VERSION
    return RejectionReason.IDENTITY if fields & _IDENTITY_FIELDS else RejectionReason.SCHEMA


def _place_of(error: ErrorDetails) -> str:
    """Rule and place, e.g. `missing: playback.totals.unique_s`; a foreign key is not repeated."""
    path = error["loc"][:-1] if error["type"] == "extra_forbidden" else error["loc"]
    if "context" in path:  # whose keys are the sender's own
        path = path[: path.index("context") + 1]
    return f"{error['type']}: {'.'.join(str(part) for part in path)}".removesuffix(": ")
