"""The video profile 1.0 of xAPI → points.

`played-segments` is counted by the player itself and cumulative over a registration, so it goes
into `played` as it stands and the fold takes the difference. `completed` says that all parts have
been watched once, at whatever point that happens: it is the end only if it stands at the end.

An actor is always somebody known: `account.name`, or `mbox_sha1sum`, which is the same for one
mailbox on every device. Both are users, not guests. A plain `mbox` and an `openid` are no
identifiers here (ADR 0011), and two systems (`account.homePage`) with equal names are one user.

https://liveaspankaj.gitbooks.io/xapi-video-profile/content/
"""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AliasPath, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from ingestion.domain.activity import PlaybackType
from ingestion.domain.dialects.reading import (
    Amount,
    DialectRules,
    Document,
    ForeignModel,
    Moment,
    Text,
    as_document,
    as_list,
    at_path,
    duration,
    epoch_ms,
    rate,
)

_PROFILE: Final = "https://w3id.org/xapi/video"
_EXTENSION: Final = f"{_PROFILE}/extensions/"
_VIDEO: Final = f"{_PROFILE}/activity-type/video"

# A player may stand some milliseconds behind the end of what it plays.
_BEHIND_THE_END_S: Final = 1.0
_AT_THE_END_S: Final = 1.0

# An IRI is short; the operator's pattern is not run over more.
_MAX_IRI: Final = 2048


def _factor(value: object) -> object:
    """`"1.25x"` → 1.25; a plain number stays one."""
    return value.strip().lower().removesuffix("x") or None if isinstance(value, str) else value


type _Speed = Annotated[float | None, BeforeValidator(_factor)]


class _Statement(ForeignModel):
    """What we read of a statement, outside the extensions."""

    id: Text = None
    verb: str = Field(validation_alias=AliasPath("verb", "id"))
    object: Annotated[str, Field(max_length=_MAX_IRI)] = Field(
        validation_alias=AliasPath("object", "id")
    )
    account: Text = Field(None, validation_alias=AliasPath("actor", "account", "name"))
    mailbox: Text = Field(None, validation_alias=AliasPath("actor", "mbox_sha1sum"))
    registration: Text = Field(None, validation_alias=AliasPath("context", "registration"))
    timestamp: Moment = None


class _Extensions(ForeignModel):
    """The extensions of result and context, without the profile's prefix."""

    time: Amount = None
    time_from: Amount = Field(None, validation_alias="time-from")
    time_to: Amount = Field(None, validation_alias="time-to")
    played_segments: str | None = Field(None, validation_alias="played-segments")
    length: Amount = None
    speed: _Speed = None
    volume: Amount = None
    session_id: Text = Field(None, validation_alias="session-id")


def is_video(document: Document) -> bool:
    """Whether a statement is of the video profile: by its object, its verb or its category."""
    verb = at_path(document, "verb.id")
    categories = at_path(document, "context.contextActivities.category")
    listed = (categories, *as_list(categories))
    return (
        at_path(document, "object.definition.type") == _VIDEO
        or (isinstance(verb, str) and verb.startswith(f"{_PROFILE}/"))
        or any(as_document(each).get("id") == _PROFILE for each in listed)
    )


_VERBS: Final[Mapping[str, tuple[PlaybackType, bool | None]]] = {
    "initialized": (PlaybackType.HEARTBEAT, None),
    "played": (PlaybackType.PLAY, True),
    "paused": (PlaybackType.PAUSE, False),
    "seeked": (PlaybackType.SEEK, None),
    "interacted": (PlaybackType.HEARTBEAT, None),
    "completed": (PlaybackType.MILESTONE, None),
    "terminated": (PlaybackType.EXIT, False),
}


def read_xapi(document: Document, rules: DialectRules) -> dict[str, object] | None:
    """The fields of a point, or None when it is no moment of a playback.

    Raises:
        ValidationError: It is one, and something that it must carry is missing or malformed.
        PydanticCustomError: The same, by a rule of ours.
    """
    if not is_video(document):
        return None
    statement = _Statement.model_validate(document)
    told = _VERBS.get(statement.verb.rstrip("/").rpartition("/")[2])
    if told is None:
        return None
    extensions = _extensions(document)
    item_id = _item(statement.object, rules.xapi_item_pattern)
    return {
        "activity_id": statement.id,
        "user_id": statement.account or statement.mailbox,
        "visit_id": statement.registration or extensions.session_id,
        "item_id": item_id,
        "playback_id": _playback_id(statement, extensions, item_id),
        "occurred_at_ms": epoch_ms(statement.timestamp),
        **_moment(told, extensions),
    }


def played_spans(segments: str) -> tuple[tuple[float, float], ...]:
    """The spans of a `played-segments` string, in order of playing.

    A segment that is still open has no end yet, and one that ends before it begins (some players
    write these when the viewer seeks back) says nothing: both are left out.

    Raises:
        PydanticCustomError: It is no such string.
    """
    parts = [part.strip() for part in segments.split("[,]") if part.strip()]
    spans = [_span(part) for part in parts]
    return tuple((start_s, end_s) for start_s, end_s in spans if start_s < end_s)


_SEGMENT: Final = re.compile(r"(\d{1,10}(?:\.\d{1,20})?)\s*\[\.\]\s*(\d{1,10}(?:\.\d{1,20})?)?")


def _span(part: str) -> tuple[float, float]:
    match = _SEGMENT.fullmatch(part)
    if match is None:
        error = "played_segments"
        raise PydanticCustomError(error, "not a list of played segments")
    start_s = float(match[1])
    return start_s, start_s if match[2] is None else float(match[2])


def _moment(told: tuple[PlaybackType, bool | None], of: _Extensions) -> dict[str, object]:
    length_s = duration(of.length, is_live=None)
    kind, playing = _at_the_end(told, of.time, length_s)
    position_s = of.time_to if kind is PlaybackType.SEEK else of.time
    return {
        "type": kind,
        "playing": playing,
        "position_s": _within(position_s, length_s),
        "seek_from_s": _within(of.time_from, length_s) if kind is PlaybackType.SEEK else None,
        "duration_s": length_s,
        "rate": rate(of.speed),
        "muted": None if of.volume is None else of.volume == 0,
        "played": None if of.played_segments is None else played_spans(of.played_segments),
    }


def _at_the_end(
    told: tuple[PlaybackType, bool | None], time_s: float | None, length_s: float | None
) -> tuple[PlaybackType, bool | None]:
    is_end = (
        told[0] is PlaybackType.MILESTONE
        and None not in (time_s, length_s)
        and (time_s or 0.0) >= (length_s or 0.0) - _AT_THE_END_S
    )
    return (PlaybackType.ENDED, False) if is_end else told


def _within(time_s: float | None, length_s: float | None) -> float | None:
    """A time that stands a little behind the end stands at the end."""
    if time_s is None or length_s is None or time_s > length_s + _BEHIND_THE_END_S:
        return time_s
    return min(time_s, length_s)


def _playback_id(statement: _Statement, extensions: _Extensions, item_id: str) -> str | None:
    """The profile's session; its first statement is the session's id.

    The session is optional in the profile. Without it the registration has to do, which may hold
    several videos and several viewings of each.
    """
    if extensions.session_id is not None:
        return extensions.session_id
    if statement.verb.endswith("/initialized"):
        return statement.id
    return None if statement.registration is None else f"{statement.registration}:{item_id}"


def _item(iri: str, pattern: re.Pattern[str]) -> str:
    match = pattern.search(iri)
    if match is None or not match[1]:
        error = "item_pattern"
        raise PydanticCustomError(error, "the pattern finds no item id in the object's id")
    return match[1]


def _extensions(document: Document) -> _Extensions:
    merged = {
        name.removeprefix(_EXTENSION): value
        for place in ("context.extensions", "result.extensions")
        for name, value in as_document(at_path(document, place)).items()
    }
    return _Extensions.model_validate(merged)
