"""What else arrives on a real day: broken, foreign, repeated, late and misdirected messages."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import replace
from dataclasses import dataclass
from typing import Any, Final

from ingestion.domain.rejection import RejectionReason

from local.demo import chance
from local.demo.outgoing import Outgoing, Way, to_json

_SECOND_MS: Final = 1000
_HOUR_MS: Final = 3600 * _SECOND_MS
_COPIES: Final = 3
_LONGEST_ID: Final = 256
_RESENT, _DELAYED = 0.02, 0.03
_LONGEST_DELAY_MS: Final = 10 * 60 * _SECOND_MS

type Document = dict[str, Any]

# Words that are broken are not archived as they came, so the account could not find them.
_COMMENT: Final = b'"kind":"comment"'
REPEATED: Final = "sent twice by the client"


@dataclass(frozen=True, slots=True)
class Imperfection:
    """One way not to be an activity of this service.

    Attributes:
        name: What it is, for people.
        make: Makes it of a sound activity that nobody else sends.
        reason: What it must be rejected for.
        way: How it is sent.
    """

    name: str
    make: Callable[[Document], bytes]
    reason: RejectionReason
    way: Way = Way.STREAM


def imperfect(day: Sequence[Outgoing], foreign: Sequence[Outgoing] = ()) -> list[Outgoing]:
    """Give a day with all its imperfections, in the order of sending.

    Three messages in a hundred are held up for some minutes and so overtaken by later ones, two in
    a hundred are sent again, and of every `Imperfection` there are a few.

    Args:
        day: Sound messages.
        foreign: Records of foreign players. They keep their order, as what overtakes another in
            a later batch may earn something else (docs/watching.md); some are sent again.
    """
    sent = [*map(_held_up, day), *foreign]
    sent += [_sent_again(each) for each in sent if chance.share(each.name, "again") < _RESENT]
    sent += _broken(day)
    return sorted(sent, key=lambda each: each.at_ms)


def expected_reasons() -> Mapping[str, RejectionReason]:
    """Say what every kind of imperfection must be rejected for, by its name."""
    return {each.name: each.reason for each in IMPERFECTIONS}


def _held_up(message: Outgoing) -> Outgoing:
    if chance.share(message.name, "held up") >= _DELAYED:
        return message
    delay_ms = int(chance.share(message.name, "delay") * _LONGEST_DELAY_MS)
    return replace(message, at_ms=message.at_ms + delay_ms)


def _sent_again(message: Outgoing) -> Outgoing:
    later_ms = int(chance.between(2, 60, message.name, "later") * _SECOND_MS)
    return replace(message, at_ms=message.at_ms + later_ms, kind=REPEATED)


def _broken(day: Sequence[Outgoing]) -> Iterator[Outgoing]:
    """Yield a few of each imperfection, spread over the day."""
    for number, imperfection in enumerate(IMPERFECTIONS):
        way = _pattern_way(imperfection)
        pattern = [each for each in day if each.way is way and _COMMENT not in each.body]
        for copy in range(_COPIES):
            place = int(chance.share(number, copy, "place") * len(pattern))
            sound = pattern[place]
            body = imperfection.make(_as_another(json.loads(sound.body), f"{number}-{copy}"))
            yield replace(sound, way=imperfection.way, body=body, kind=imperfection.name)


def _pattern_way(imperfection: Imperfection) -> Way:
    """A misdirected message is made of what belongs to the other way."""
    if imperfection.name not in {_FEEDBACK_IN_STREAM, _PLAYBACK_IN_QUEUE}:
        return imperfection.way
    return Way.QUEUE if imperfection.way is Way.STREAM else Way.STREAM


def _as_another(activity: Document, suffix: str) -> Document:
    """Give an activity ids of its own, so that it can spoil nothing."""
    ids = {
        key: f"broken-{suffix}"
        for key in ("activity_id", "playback_id", "visit_id")
        if key in activity
    }
    return activity | ids


def _with(**changes: Any) -> Callable[[Document], bytes]:  # noqa: ANN401 -- any JSON
    return lambda activity: to_json(activity | changes)


def _truncated(activity: Document) -> bytes:
    return to_json(activity)[:-40]


def _not_a_number(activity: Document) -> bytes:
    return json.dumps(activity | {"position_s": float("nan")}).encode()


def _unpaired_surrogate(activity: Document) -> bytes:
    # Half of an emoji, as JavaScript sends it when it cuts a text by its length.
    return json.dumps(activity | {"item_id": "film-\ud83c"}).encode()


def _moved(by_ms: int) -> Callable[[Document], bytes]:
    def make(activity: Document) -> bytes:
        activity.pop("sent_at_ms", None)
        return to_json(activity | {"occurred_at_ms": activity["occurred_at_ms"] + by_ms})

    return make


def _zipped(activity: Document) -> bytes:
    return gzip.compress(to_json(activity), mtime=0)


def _too_good(activity: Document) -> bytes:
    claimed = {"unique_s": 7200.0, "watched_s": 7200.0, "watch_time_s": 7200.0}
    return to_json(activity | {"elapsed_ms": 1000, "totals": activity["totals"] | claimed})


def _oversized(activity: Document) -> bytes:
    return to_json(activity | {"ext": {"note": "x" * 40_000}})


def _segment(activity: Document) -> bytes:
    """Write what Segment's video specification sends of content, without saying which."""
    return to_json(
        {
            "type": "track",
            "event": "Video Content Playing",
            "messageId": activity["activity_id"],
            "userId": activity.get("user_id"),
            "anonymousId": activity["visit_id"],
            "timestamp": "2026-11-24T06:40:00.000Z",
            "properties": {
                "session_id": activity["playback_id"],
                "position": int(activity["position_s"]),
                "total_length": 3600,
            },
        }
    )


_KPL_MAGIC: Final = b"\xf3\x89\x9a\xc2"


def aggregated(key: str, data: Sequence[bytes]) -> bytes:
    """Write records as the Kinesis Producer Library does when it aggregates.

    A magic number, a protobuf message (1: partition keys; 3: records of 1: index of the key and
    3: data) and its MD5 (awslabs/amazon-kinesis-producer, aggregation-format.md).
    """
    keys = _field(1, key.encode())
    records = b"".join(_field(3, b"\x08\x00" + _field(3, each)) for each in data)
    content = keys + records
    checksum = hashlib.md5(content, usedforsecurity=False).digest()
    return _KPL_MAGIC + content + checksum


def _field(number: int, content: bytes) -> bytes:
    """Write a length-delimited protobuf field."""
    length, size = bytearray(), len(content)
    while size > 0x7F:  # noqa: PLR2004 -- seven bits a byte
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | 2]) + bytes(length) + content


def _kpl(activity: Document) -> bytes:
    return aggregated(activity["visit_id"], [to_json(activity), to_json(activity)])[:-1]


_FEEDBACK_IN_STREAM: Final = "feedback, put in the stream"
_PLAYBACK_IN_QUEUE: Final = "a playback, sent to the queue"
_REASON: Final = RejectionReason
IMPERFECTIONS: Final[tuple[Imperfection, ...]] = (
    Imperfection("cut off, so not JSON", _truncated, _REASON.JSON),
    Imperfection("half an emoji", _unpaired_surrogate, _REASON.JSON),
    Imperfection("position NaN", _not_a_number, _REASON.SCHEMA),
    Imperfection("a field nobody knows", _with(mood="sunny"), _REASON.SCHEMA),
    Imperfection("a Segment event of no video", _segment, _REASON.SCHEMA),
    Imperfection(_FEEDBACK_IN_STREAM, to_json, _REASON.SCHEMA),
    Imperfection(_PLAYBACK_IN_QUEUE, to_json, _REASON.SCHEMA, Way.QUEUE),
    Imperfection("schema version 2.0", _with(schema_version="2.0"), _REASON.SCHEMA_VERSION),
    Imperfection("gzip", _zipped, _REASON.ENCODING),
    Imperfection("a cut off KPL aggregate", _kpl, _REASON.ENCODING),
    Imperfection("a user id of 257", _with(user_id="u" * (_LONGEST_ID + 1)), _REASON.IDENTITY),
    Imperfection('the user "undefined"', _with(user_id="undefined"), _REASON.IDENTITY),
    Imperfection("three days late", _moved(-72 * _HOUR_MS), _REASON.CLOCK),
    Imperfection("two days in the future", _moved(48 * _HOUR_MS), _REASON.CLOCK),
    Imperfection("two hours watched in a second", _too_good, _REASON.TOTALS),
    Imperfection("40 KB of extras", _oversized, _REASON.SIZE),
)
