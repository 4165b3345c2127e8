"""Segment's video specification (`Video Playback …`, `Video Content …`, `Video Ad …`) → points.

Two clocks: a Content event's position is of the content, a Playback event's includes the
advertisements seen so far, and no single message tells how much that was. Its `ad_enabled` does
not help: in the specification's own lifecycle it is false while `total_length` includes 32 seconds
of advertisements. So Playback events tell a state, not a position, with one exception: a seek,
which would otherwise cost up to two heartbeats of viewing each time. Its ends are taken when
the message names no advertisement. If there were some earlier, both ends stand too high by them,
and the fold credits what is plausible in the elapsed time and no more.

https://segment.com/docs/connections/spec/video/
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from pydantic import Field

from ingestion.domain.activity import PlaybackType
from ingestion.domain.dialects.reading import (
    Amount,
    DialectRules,
    Document,
    Flag,
    ForeignModel,
    Moment,
    Recommendation,
    Text,
    as_document,
    at_path,
    duration,
    epoch_ms,
)

_OTHER_CALLS: Final = frozenset({"alias", "group", "identify", "page", "screen"})


class _Call(ForeignModel):
    """What every `track` call carries, whatever it tracks."""

    message_id: Text = None
    user_id: Text = None
    anonymous_id: Text = None
    original_timestamp: Moment = None
    timestamp: Moment = None
    sent_at: Moment = None
    received_at: Moment = None

    def when(self) -> dict[str, object]:
        """Time of the event and of sending.

        With `received_at` Segment's servers have already corrected `timestamp` by their own
        clock; the way from there to us would falsify a second correction.
        """
        if self.received_at is not None and self.timestamp is not None:
            return {"occurred_at_ms": epoch_ms(self.timestamp)}
        occurred = self.original_timestamp or self.timestamp
        return {"occurred_at_ms": epoch_ms(occurred), "sent_at_ms": epoch_ms(self.sent_at)}


class _Session(ForeignModel):
    session_id: str


class _Content(_Session):
    """Properties of a Content event: the clock of the content."""

    asset_id: str
    position: Amount = None
    total_length: Amount = None
    livestream: Flag = None


type _OneOrMore = str | tuple[str | None, ...] | None


class _Playback(ForeignModel):
    """Properties of a Playback event: the clock with advertisements."""

    content_asset_id: _OneOrMore = None
    content_asset_ids: _OneOrMore = None
    asset_id: _OneOrMore = None
    asset_ids: _OneOrMore = None
    ad_asset_id: _OneOrMore = None
    ad_asset_ids: _OneOrMore = None
    ad_pod_id: _OneOrMore = None
    ad_pod_ids: _OneOrMore = None
    ad_enabled: Flag = None
    position: Amount = None
    seek_position: Amount = None
    sound: Amount = None

    def content(self) -> str | None:
        """The content that it is about; a list begins with what plays first."""
        told = (self.content_asset_id, self.content_asset_ids, self.asset_id, self.asset_ids)
        return next(filter(None, map(_first, told)), None)

    def names_advertisements(self) -> bool:
        """Whether the message itself shows that its clock has counted advertisements."""
        ads = (self.ad_asset_id, self.ad_asset_ids, self.ad_pod_id, self.ad_pod_ids)
        return bool(self.ad_enabled) or any(map(_first, ads))


class _AdContent(ForeignModel):
    asset_id: Text = None


class _Ad(ForeignModel):
    """Properties of an Ad event: `asset_id` is the advertisement's."""

    content: _AdContent = _AdContent()
    content_asset_id: Text = None


class _Shape(ForeignModel):
    event: str
    properties: dict[str, object] = Field(default_factory=dict)


def read_segment(document: Document, rules: DialectRules) -> dict[str, object] | None:
    """The fields of a point, or None when it is no moment of a playback.

    Raises:
        ValidationError: It is one, and something that it must carry is missing or malformed.
    """
    keys = _in_snake_case(document)
    if str(keys.get("type", "track")).lower() in _OTHER_CALLS:
        return None
    shape = _Shape.model_validate(keys)
    properties = _in_snake_case(shape.properties)
    told = _told(" ".join(shape.event.lower().split()), properties)
    if told is None:
        return None
    call = _Call.model_validate(keys)
    session_id = _Session.model_validate(properties).session_id
    return told | {
        "activity_id": call.message_id,
        "user_id": call.user_id,
        "guest_id": call.anonymous_id,
        "visit_id": _visit(document, rules) or call.anonymous_id or session_id,
        "playback_id": f"{session_id}:{told['item_id']}",
        "consent": _consent(document, properties),
        **call.when(),
        **Recommendation.model_validate(properties).fields(),
    }


_PLAYBACK: Final[Mapping[str, tuple[PlaybackType, bool | None]]] = {
    # Asked for, but an advertisement may come first: the content has not begun.
    "video playback started": (PlaybackType.HEARTBEAT, None),
    "video playback paused": (PlaybackType.PAUSE, False),
    "video playback interrupted": (PlaybackType.PAUSE, False),
    "video playback resumed": (PlaybackType.PLAY, True),
    "video playback buffer started": (PlaybackType.BUFFER_START, None),
    "video playback buffer completed": (PlaybackType.BUFFER_END, None),
    "video playback seek started": (PlaybackType.SEEK, None),
    "video playback seek completed": (PlaybackType.SEEK, None),
    "video playback completed": (PlaybackType.ENDED, False),
    "video playback exited": (PlaybackType.EXIT, False),
}
_CONTENT: Final[Mapping[str, tuple[PlaybackType, bool | None]]] = {
    "video content started": (PlaybackType.PLAY, True),
    "video content playing": (PlaybackType.HEARTBEAT, True),
    # Completed is a pod, which a mid-roll ends in the middle of the film: only a position.
    "video content completed": (PlaybackType.HEARTBEAT, None),
}
_ADS: Final[Mapping[str, tuple[PlaybackType, bool]]] = {
    "video ad started": (PlaybackType.AD_START, True),
    "video ad playing": (PlaybackType.HEARTBEAT, True),
    "video ad completed": (PlaybackType.AD_END, False),
}


def _told(event: str, properties: Document) -> dict[str, object] | None:
    """What an event says of the moment; None when it is not about a content we could name."""
    if (content := _CONTENT.get(event)) is not None:
        return _content_moment(content, _Content.model_validate(properties))
    if (playback := _PLAYBACK.get(event)) is not None:
        return _playback_moment(event, playback, _Playback.model_validate(properties))
    if (ad := _ADS.get(event)) is not None:
        return _ad_moment(ad, _Ad.model_validate(properties))
    return None


def _content_moment(told: tuple[PlaybackType, bool | None], content: _Content) -> dict[str, object]:
    kind, playing = told
    return {
        "type": kind,
        "item_id": content.asset_id,
        "position_s": content.position,
        "duration_s": duration(content.total_length, is_live=content.livestream),
        "playing": playing,
        "in_ad": False if playing else None,
    }


def _playback_moment(
    event: str, told: tuple[PlaybackType, bool | None], playback: _Playback
) -> dict[str, object] | None:
    item_id = playback.content()
    if item_id is None:
        return None
    kind, playing = told
    return {
        "type": kind,
        "item_id": item_id,
        "playing": playing,
        "muted": None if playback.sound is None else playback.sound == 0,
        **_seek_ends(event, playback),
    }


def _seek_ends(event: str, playback: _Playback) -> dict[str, object]:
    if playback.names_advertisements():
        return {}
    if event.endswith("seek started"):
        return {"position_s": playback.seek_position, "seek_from_s": playback.position}
    return {"position_s": playback.position} if event.endswith("seek completed") else {}


def _ad_moment(told: tuple[PlaybackType, bool], ad: _Ad) -> dict[str, object] | None:
    kind, in_ad = told
    item_id = ad.content.asset_id or ad.content_asset_id
    return None if item_id is None else {"type": kind, "item_id": item_id, "in_ad": in_ad}


def _first(ids: _OneOrMore) -> str | None:
    """The first of one or more ids; None when there is none."""
    return next(filter(None, ids), None) if isinstance(ids, tuple) else ids or None


def _visit(document: Document, rules: DialectRules) -> str | None:
    found = at_path(document, rules.segment_visit_field)
    is_id = isinstance(found, str | int) and not isinstance(found, bool)
    return str(found) if is_id and found != "" else None


def _consent(document: Document, properties: Document) -> object:
    """Consent in our own shape, or a refusal of everything in Segment's.

    Which of a site's categories stands for recommendations nobody can tell but the site; a viewer
    who refused all of them has refused ours.
    """
    if (own := properties.get("consent")) is not None:
        return own
    told = as_document(at_path(document, "context.consent"))
    if told.keys() & {"state", "gpc"}:
        return {name: told[name] for name in ("state", "gpc") if name in told}
    categories = as_document(told.get("categoryPreferences"))
    refused: Literal["denied"] = "denied"
    is_refused = bool(categories) and not any(categories.values())
    return {"state": refused} if is_refused else None


def _in_snake_case(document: Document) -> dict[str, object]:
    """The document with its keys as the specification writes them, whatever their case.

    `assetId`, `AssetID` and `asset_id` are one key; the one that is written as specified wins.
    """
    fold: Callable[[str], str] = lambda key: key.replace("_", "").replace("-", "").lower()  # noqa: E731
    folded = {fold(key): value for key, value in document.items()}
    return {_SPECIFIED.get(key, key): value for key, value in folded.items()} | dict(document)


def _specified(*models: type[ForeignModel]) -> dict[str, str]:
    names = {name for model in models for name in model.model_fields}
    return {name.replace("_", ""): name for name in names}


_SPECIFIED: Final = _specified(_Call, _Content, _Playback, _Ad, _Shape, Recommendation)
