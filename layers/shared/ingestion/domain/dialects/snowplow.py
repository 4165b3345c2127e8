"""Snowplow media tracking, version 2 (`com.snowplowanalytics.snowplow.media`) → points.

Three forms of the same thing: what a tracker posts (`e=ue`, `ue_pr` or `ue_px`, `co` or `cx`), a
self-describing event with its entities, and an enriched event as JSON (Analytics SDK). Most events
have no fields of their own; the state is in the entities `media_player` and `session`. Snowplow has
no content id: it stands in an entity of the site's own, and a setting says where.

https://docs.snowplow.io/docs/events/ootb-data/media-events/
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final

from pydantic import AliasChoices, Field
from pydantic_core import PydanticCustomError, from_json

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
    as_list,
    at_path,
    duration,
    epoch_ms,
    rate,
)

LABEL: Final = "label"

_MEDIA: Final = "com_snowplowanalytics_snowplow_media_"
_PLAYER: Final = "com_snowplowanalytics_snowplow_media_player"
_SESSION: Final = "com_snowplowanalytics_snowplow_media_session"
_AD_BREAK: Final = "com_snowplowanalytics_snowplow_media_ad_break"
_DEVICE: Final = "com_snowplowanalytics_snowplow_client_session"
_VERSION_1: Final = "com_snowplowanalytics_snowplow_media_player_event"

type _Entities = Mapping[str, Document]


class _Envelope(ForeignModel):
    """What stands around an event: in the protocol's short names, or in the enriched ones."""

    event_id: Text = Field(None, validation_alias=AliasChoices("event_id", "eid"))
    user_id: Text = Field(None, validation_alias=AliasChoices("user_id", "uid"))
    device_id: Text = Field(None, validation_alias=AliasChoices("domain_userid", "duid"))
    visit_id: Text = Field(None, validation_alias=AliasChoices("domain_sessionid", "sid"))
    true_time: Moment = Field(None, validation_alias=AliasChoices("true_tstamp", "ttm"))
    corrected: Moment = Field(None, validation_alias="derived_tstamp")
    created: Moment = Field(None, validation_alias=AliasChoices("dvce_created_tstamp", "dtm"))
    sent: Moment = Field(None, validation_alias=AliasChoices("dvce_sent_tstamp", "stm"))

    def when(self) -> dict[str, object]:
        """Time of the event and of sending; what Snowplow has corrected is not corrected again."""
        if (known := self.true_time or self.corrected) is not None:
            return {"occurred_at_ms": epoch_ms(known)}
        return {"occurred_at_ms": epoch_ms(self.created), "sent_at_ms": epoch_ms(self.sent)}


class _Player(ForeignModel):
    """The entity `media_player`."""

    current_time: float = Field(validation_alias="currentTime")
    paused: bool
    ended: bool = False
    duration: Amount = None
    livestream: Flag = None
    muted: Flag = None
    volume: Amount = None
    playback_rate: Amount = Field(None, validation_alias="playbackRate")
    picture_in_picture: Flag = Field(None, validation_alias="pictureInPicture")
    label: Text = None


class _Session(ForeignModel):
    """The entity `session`: one playback of one content."""

    media_session_id: str = Field(validation_alias="mediaSessionId")


class _Device(ForeignModel):
    """The entity `client_session`, which mobile trackers send in place of cookies."""

    user_id: Text = Field(None, validation_alias="userId")
    session_id: Text = Field(None, validation_alias="sessionId")


class _Entity(ForeignModel):
    """Something that describes itself."""

    schema_uri: str = Field(validation_alias="schema", pattern=r"^iglu:[^/]+/[^/]+/")
    data: object = None

    @property
    def name(self) -> str:
        """`iglu:com.acme/mediaItem/jsonschema/1-0-0` → `com_acme_media_item`."""
        vendor, name = self.schema_uri.removeprefix("iglu:").split("/")[:2]
        return _enriched_name(vendor, name)


class _Facts(ForeignModel):
    """The entities that a point is made of."""

    media_player: _Player
    session: _Session
    client_session: _Device = Field(default_factory=lambda: _Device.model_validate({}))


def read_snowplow(document: Document, rules: DialectRules) -> dict[str, object] | None:
    """The fields of a point, or None when it is no moment of a playback.

    Raises:
        ValidationError: It is one, and something that it must carry is missing or malformed.
        PydanticCustomError: The same, by a rule of ours.
    """
    event, data, entities = _unwrapped(document)
    if event == _VERSION_1:
        error = "media_version_1"
        raise PydanticCustomError(error, "the media schemas of version 1 are not supported")
    kind = _KINDS.get(event.removeprefix(_MEDIA)) if event.startswith(_MEDIA) else None
    if kind is None:
        return None
    envelope = _Envelope.model_validate(document)
    facts = _facts(entities)
    item = _item(entities, rules.snowplow_item_path)
    return {
        "activity_id": envelope.event_id,
        "user_id": envelope.user_id,
        "guest_id": envelope.device_id or facts.client_session.user_id,
        "visit_id": envelope.visit_id
        or facts.client_session.session_id
        or facts.session.media_session_id,
        "item_id": item,
        "playback_id": facts.session.media_session_id,
        **envelope.when(),
        **_moment(event.removeprefix(_MEDIA), kind, facts.media_player, entities),
        **_details(facts.media_player, data),
        **_recommendation(entities, rules.snowplow_item_path),
    }


_KINDS: Final[Mapping[str, PlaybackType]] = {
    "ready_event": PlaybackType.HEARTBEAT,
    "play_event": PlaybackType.PLAY,
    "pause_event": PlaybackType.PAUSE,
    "end_event": PlaybackType.ENDED,
    "seek_start_event": PlaybackType.SEEK,
    "seek_end_event": PlaybackType.SEEK,
    "playback_rate_change_event": PlaybackType.RATE_CHANGE,
    "volume_change_event": PlaybackType.HEARTBEAT,
    "fullscreen_change_event": PlaybackType.HEARTBEAT,
    "picture_in_picture_change_event": PlaybackType.VISIBILITY,
    "ping_event": PlaybackType.HEARTBEAT,
    # Of positions, not of what was watched: a jump to the end passes all of them.
    "percent_progress_event": PlaybackType.HEARTBEAT,
    "buffer_start_event": PlaybackType.BUFFER_START,
    "buffer_end_event": PlaybackType.BUFFER_END,
    "quality_change_event": PlaybackType.HEARTBEAT,
    "error_event": PlaybackType.ERROR,
    "ad_break_start_event": PlaybackType.AD_START,
    "ad_break_end_event": PlaybackType.AD_END,
    "ad_start_event": PlaybackType.AD_START,
    "ad_quartile_event": PlaybackType.HEARTBEAT,
    "ad_complete_event": PlaybackType.AD_END,
    "ad_skip_event": PlaybackType.AD_END,
    "ad_click_event": PlaybackType.HEARTBEAT,
    "ad_pause_event": PlaybackType.HEARTBEAT,
    "ad_resume_event": PlaybackType.HEARTBEAT,
}
_BESIDE_THE_CONTENT: Final = frozenset({"nonlinear", "companion"})


def _moment(
    event: str, kind: PlaybackType, player: _Player, entities: _Entities
) -> dict[str, object]:
    if event.startswith("ad_"):
        return _ad_moment(kind, player, entities)
    playing: dict[str, object] = {"playing": not player.paused and not player.ended}
    if event == "seek_start_event":
        return playing | {"type": kind, "seek_from_s": player.current_time}
    return playing | {"type": kind, "position_s": player.current_time}


def _ad_moment(kind: PlaybackType, player: _Player, entities: _Entities) -> dict[str, object]:
    """An advertisement that takes over, or one beside the content, which goes on playing.

    Whose position and whose pause a player reports while one takes over differs, so neither is
    taken then.
    """
    break_type = entities.get(_AD_BREAK, {}).get("breakType")
    if break_type in _BESIDE_THE_CONTENT:
        return {
            "type": PlaybackType.HEARTBEAT,
            "position_s": player.current_time,
            "playing": not player.paused and not player.ended,
        }
    return {"type": kind, "in_ad": kind is not PlaybackType.AD_END}


def _details(player: _Player, data: Document) -> dict[str, object]:
    """Everything about the player but position and playing."""
    change = _Change.model_validate(data)
    pip = change.picture_in_picture
    return {
        "duration_s": duration(player.duration, is_live=player.livestream),
        "rate": rate(change.new_rate or player.playback_rate),
        "muted": True if player.volume == 0 else player.muted,
        "picture_in_picture": player.picture_in_picture if pip is None else pip,
    }


class _Change(ForeignModel):
    """What the events of a change say of it."""

    new_rate: Amount = Field(None, validation_alias="newRate")
    picture_in_picture: Flag = Field(None, validation_alias="pictureInPicture")


def _facts(entities: _Entities) -> _Facts:
    named = {"media_player": _PLAYER, "session": _SESSION, "client_session": _DEVICE}
    return _Facts.model_validate(
        {name: entities[key] for name, key in named.items() if key in entities}
    )


def _item(entities: _Entities, path: str) -> str:
    """The item id, from where the setting says.

    Raises:
        PydanticCustomError: The setting is empty, or nothing stands there.
    """
    if not path:
        error = "item_path_not_set"
        raise PydanticCustomError(error, "no setting says where Snowplow's items are")
    if path == LABEL:
        found = entities.get(_PLAYER, {}).get("label")
    else:
        entity, _, place = path.partition(":")
        found = at_path(entities.get(_configured_name(entity)), place)
    if not isinstance(found, str | int) or isinstance(found, bool):
        error = "item_path"
        raise PydanticCustomError(error, "no item id stands where the setting says")
    return str(found)


def _recommendation(entities: _Entities, path: str) -> dict[str, object]:
    """It stands in the site's own entity, beside the item."""
    is_label = path == LABEL
    own: Document = {} if is_label else entities.get(_configured_name(path.partition(":")[0]), {})
    return Recommendation.model_validate(own).fields()


def _configured_name(entity: str) -> str:
    vendor, _, name = entity.partition("/")
    return _enriched_name(vendor, name)


def _enriched_name(vendor: str, name: str) -> str:
    """As enriched events name a schema: dots and camel case become underscores, all lower case."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_")
    return f"{vendor.replace('.', '_')}_{snake}".lower()


def _unwrapped(document: Document) -> tuple[str, Document, _Entities]:
    """The event's name and data, and its entities by name, whichever form it came in."""
    if isinstance(document.get("e"), str):
        return _of_tracker(document)
    if "schema" in document:
        entity = _Entity.model_validate(document)
        told = next((document[key] for key in _ENTITY_KEYS if key in document), None)
        return entity.name, as_document(entity.data), _by_name(told)
    return _of_enriched(document)


_ENTITY_KEYS: Final = ("entities", "contexts", "context", "co")


def _of_tracker(document: Document) -> tuple[str, Document, _Entities]:
    if document["e"] != "ue":
        return "", {}, {}
    wrapper = _Entity.model_validate(_embedded(document, "ue_pr", "ue_px"))
    event = _Entity.model_validate(wrapper.data)
    contexts = as_document(_embedded(document, "co", "cx"))
    return event.name, as_document(event.data), _by_name(contexts.get("data"))


_VERSIONED: Final = re.compile(r"_\d+$")


def _of_enriched(document: Document) -> tuple[str, Document, _Entities]:
    """An enriched event: names of schemas are names of fields, with the model at their end."""
    event, data, entities = "", dict[str, object](), dict[str, Document]()
    for key, value in document.items():
        if key.startswith("unstruct_event_"):
            event = _VERSIONED.sub("", key.removeprefix("unstruct_event_"))
            data = dict(as_document(value))
        elif key.startswith("contexts_") and (attached := as_list(value)):
            name = _VERSIONED.sub("", key.removeprefix("contexts_"))
            entities[name] = as_document(attached[0])
    return event, data, entities


def _by_name(told: object) -> _Entities:
    """Entities by name, the first of each; what does not describe itself is passed over."""
    if isinstance(told, dict):
        told = as_document(told).get("data")  # pyright: ignore[reportUnknownArgumentType]
    found: dict[str, Document] = {}
    for each in map(as_document, as_list(told)):
        if _SELF_DESCRIBING.match(str(each.get("schema"))):
            entity = _Entity.model_validate(each)
            found.setdefault(entity.name, as_document(entity.data))
    return found


_SELF_DESCRIBING: Final = re.compile(r"iglu:[^/]+/[^/]+/")


def _embedded(document: Document, plain: str, encoded: str) -> object:
    """JSON in a field: as text, or as base64 with the alphabet of URLs and no padding.

    Raises:
        PydanticCustomError: It is not what it should be.
    """
    text = document.get(plain)
    try:
        if text is None and isinstance(coded := document.get(encoded), str):
            text = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4))
        return from_json(text) if isinstance(text, str | bytes) else text
    except (ValueError, binascii.Error):
        error = "embedded_json"
        raise PydanticCustomError(error, "no JSON where the tracker protocol has it") from None
