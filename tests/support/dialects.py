"""One viewing, told in each dialect: what the three foreign trackers would send of it.

A viewing is a line of the playback vectors: `{"id", "duration", "events"}`, an event being
`[t_s, type, position_s]` or `[t_s, type, position_s, extra]`. Types: play, heartbeat, pause, seek
(`extra["from"]` is where it left), ad_start, ad_end, visibility, ended, exit. `extra` may hold
`rate`, `muted`, `visible`, `autoplay` and `id`; each dialect tells what it has a field for. None
has one for `visible` or `autoplay`, so V17 cannot be told in any of them.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from typing import Any, Final

from ingestion.domain.dialects.detection import NotPlayback, Understood, understand
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.parsing import is_point
from ingestion.domain.point import PointActivity
from ingestion.domain.rejection import Rejection

from tests.support.builders import NOW_MS, WINDOW, a_message

ITEM_PATH: Final = "com.example/media_item:id"
"""The setting with which `snowplow_messages` can be read."""

RULES: Final = DialectRules(snowplow_item_path=ITEM_PATH)


def understood(body: object, rules: DialectRules = RULES) -> Understood:
    """What is understood of a body."""
    return understand(a_message(body), WINDOW, rules)


def point(body: object, rules: DialectRules = RULES) -> PointActivity:
    """The point that a body is."""
    result = understood(body, rules)
    assert not isinstance(result, Rejection), result.detail
    assert not isinstance(result, NotPlayback)
    assert is_point(result)
    return result.activity


def rejected(body: object, rules: DialectRules = RULES) -> tuple[str, str]:
    """Reason and detail of the rejection that a body is."""
    result = understood(body, rules)
    assert isinstance(result, Rejection)
    return result.reason, result.detail


type Viewing = Mapping[str, Any]
type Json = dict[str, Any]

_MEDIA: Final = "iglu:com.snowplowanalytics.snowplow.media"
_PROFILE: Final = "https://w3id.org/xapi/video"
_ADL: Final = "http://adlnet.gov/expapi/verbs"
_AD: Final = "advertisement-1"


def segment_messages(viewing: Viewing, *, user: str = "user-1", item: str = "item-1") -> list[Json]:
    """What a careful implementation of Segment's video specification sends.

    It tells the position of the content beside each Playback event, by a Content Playing of the
    same moment; without these the viewing since the last heartbeat is lost at each pause. There is
    no rate, no visibility and no autoplay in this dialect.
    """
    return [
        _segment(viewing, at, number, name, properties) | {"userId": user}
        for at, event in enumerate(_events(viewing))
        for number, (name, properties) in enumerate(_segment_calls(viewing, event, item))
    ]


def snowplow_messages(
    viewing: Viewing, *, user: str = "user-1", item: str = "item-1"
) -> list[Json]:
    """What a tracker of Snowplow's posts with media tracking, as self-describing events.

    A seek is told by its end alone, as the HTML5 plugin does. The item stands at `ITEM_PATH`.
    """
    return [
        _snowplow(viewing, at, event, item) | {"user_id": user}
        for at, event in enumerate(_events(viewing))
    ]


def xapi_messages(viewing: Viewing, *, user: str = "user-1", item: str = "item-1") -> list[Json]:
    """What a player with xAPI's video profile sends, with played segments.

    Advertisements and visibility are unknown to it; an advertisement is a pause.
    """
    return [
        _xapi(viewing, at, event, item) | {"actor": _actor(user)}
        for at, event in enumerate(_events(viewing))
    ]


type _Event = tuple[float, str, float, Json]


def _events(viewing: Viewing) -> list[_Event]:
    """The events with what their predecessors said of rate and sound carried on."""
    told = [_event(*event) for event in viewing["events"]]
    lasting = accumulate(
        ({name: extra[name] for name in _LASTING & extra.keys()} for *_, extra in told),
        operator.or_,
    )
    return [
        (t_s, kind, position_s, state | extra)
        for (t_s, kind, position_s, extra), state in zip(told, lasting, strict=True)
    ]


_LASTING: Final = frozenset({"rate", "muted"})


def _event(t_s: float, kind: str, position_s: float, extra: Json | None = None) -> _Event:
    return float(t_s), kind, float(position_s), extra or {}


def _first(viewing: Viewing, at: int) -> int:
    """Where the event was told first: a copy is the very same message."""
    return viewing["events"].index(viewing["events"][at])


def _time_ms(viewing: Viewing, t_s: float) -> int:
    last_s = max(event[0] for event in viewing["events"])
    return NOW_MS - 2000 - round((last_s - t_s) * 1000)


def _iso(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _id(viewing: Viewing, at: int, number: int = 0) -> str:
    """The same for copies, and for nothing else."""
    return f"{viewing['id']}-{_first(viewing, at)}-{number}"


_SEGMENT_NAMES: Final = {
    "play": "Video Playback Resumed",
    "pause": "Video Playback Paused",
    "ended": "Video Playback Completed",
    "exit": "Video Playback Exited",
}


def _segment_calls(viewing: Viewing, event: _Event, item: str) -> Iterator[tuple[str, Json]]:
    _, kind, position_s, extra = event
    content = {"asset_id": item, "position": round(position_s), **_segment_length(viewing)}
    playback = {"content_asset_id": item, "position": round(position_s)}
    if kind == "seek":
        ends = {"position": round(extra["from"]), "seek_position": round(position_s)}
        yield "Video Playback Seek Started", playback | ends
        yield "Video Playback Seek Completed", playback
    elif kind in {"ad_start", "ad_end"}:
        name = "Video Ad Started" if kind == "ad_start" else "Video Ad Completed"
        yield name, {"asset_id": _AD, "position": 0, "content": {"asset_id": item}}
    elif kind == "play" and viewing["events"][0][0] == event[0]:
        yield "Video Playback Started", {"content_asset_ids": [item], "position": 0}
        yield "Video Content Started", content
    elif kind == "play":
        yield _SEGMENT_NAMES[kind], playback
        yield "Video Content Playing", content
    else:
        yield "Video Content Playing", content
        if kind in _SEGMENT_NAMES:
            yield _SEGMENT_NAMES[kind], playback


def _segment_length(viewing: Viewing) -> Json:
    return {"total_length": viewing["duration"], "livestream": viewing["duration"] is None}


def _segment(viewing: Viewing, at: int, number: int, name: str, properties: Json) -> Json:
    time_ms = _time_ms(viewing, viewing["events"][at][0])
    return {
        "type": "track",
        "event": name,
        "messageId": _id(viewing, at, number),
        "anonymousId": f"visit-{viewing['id']}",
        "timestamp": _iso(time_ms),
        "properties": {"session_id": f"session-{viewing['id']}"} | properties,
    }


_SNOWPLOW_NAMES: Final = {
    "play": "play_event",
    "pause": "pause_event",
    "heartbeat": "ping_event",
    "visibility": "ping_event",
    "seek": "seek_end_event",
    "ad_start": "ad_start_event",
    "ad_end": "ad_complete_event",
    "ended": "end_event",
    "exit": "pause_event",
}
_STANDING: Final = frozenset({"pause", "ended", "exit"})


def _snowplow(viewing: Viewing, at: int, event: _Event, item: str) -> Json:
    t_s, kind, position_s, extra = event
    player = {
        "currentTime": position_s,
        "duration": viewing["duration"],
        "livestream": viewing["duration"] is None,
        "paused": kind in _STANDING,
        "ended": kind == "ended",
        "playbackRate": extra.get("rate", 1),
        "muted": extra.get("muted", False),
    }
    session = {"mediaSessionId": f"session-{viewing['id']}"}
    return {
        "schema": f"{_MEDIA}/{_SNOWPLOW_NAMES[kind]}/jsonschema/1-0-0",
        "data": {},
        "entities": [
            _entity("com.snowplowanalytics.snowplow/media_player/jsonschema/2-0-0", player),
            _entity("com.snowplowanalytics.snowplow.media/session/jsonschema/1-0-0", session),
            _entity("com.example/media_item/jsonschema/1-0-0", {"id": item}),
        ],
        "event_id": _id(viewing, at),
        "domain_userid": f"device-{viewing['id']}",
        "domain_sessionid": f"visit-{viewing['id']}",
        "dvce_created_tstamp": _iso(_time_ms(viewing, t_s)),
    }


def _entity(schema: str, data: Json) -> Json:
    return {"schema": f"iglu:{schema}", "data": data}


_VERBS: Final = {
    "play": f"{_PROFILE}/verbs/played",
    "ad_end": f"{_PROFILE}/verbs/played",
    "pause": f"{_PROFILE}/verbs/paused",
    "ad_start": f"{_PROFILE}/verbs/paused",
    "seek": f"{_PROFILE}/verbs/seeked",
    "heartbeat": f"{_ADL}/interacted",
    "visibility": f"{_ADL}/interacted",
    "ended": f"{_ADL}/completed",
    "exit": f"{_ADL}/terminated",
}


def _xapi(viewing: Viewing, at: int, event: _Event, item: str) -> Json:
    t_s, kind, position_s, extra = event
    told = {
        "time": position_s,
        "played-segments": _segments(_events(viewing)[: _first(viewing, at) + 1]),
    }
    if kind == "seek":
        told = {"time-from": extra["from"], "time-to": position_s}
    context = {
        "session-id": f"session-{viewing['id']}",
        "length": viewing["duration"],
        "speed": f"{extra.get('rate', 1)}x",
    }
    return {
        "id": _id(viewing, at),
        "timestamp": _iso(_time_ms(viewing, t_s)),
        "verb": {"id": _VERBS[kind]},
        "object": {
            "objectType": "Activity",
            "id": f"https://video.example/films/{item}",
            "definition": {"type": f"{_PROFILE}/activity-type/video"},
        },
        "result": {"extensions": _extensions(told)},
        "context": {
            "registration": f"visit-{viewing['id']}",
            "contextActivities": {"category": [{"id": _PROFILE}]},
            "extensions": _extensions(context),
        },
    }


def _actor(user: str) -> Json:
    return {"account": {"homePage": "https://video.example", "name": user}}


def _extensions(told: Json) -> Json:
    return {f"{_PROFILE}/extensions/{name}": value for name, value in told.items()}


def _segments(events: Sequence[_Event]) -> str:
    """What a player has counted that looks at its position at every event.

    A leap that no seek explains ends a segment, as does standing still.
    """
    spans = [
        (before[2], event[3].get("from", event[2]))
        for before, event in pairwise(_without_copies(events))
        if before[1] not in _STANDING | {"ad_start"}
        and event[3].get("from", event[2]) - before[2] <= _reach(before, event)
    ]
    return "[,]".join(f"{start:.3f}[.]{end:.3f}" for start, end in spans if start < end)


def _without_copies(events: Sequence[_Event]) -> list[_Event]:
    return [event for at, event in enumerate(events) if events.index(event) == at]


def _reach(before: _Event, event: _Event) -> float:
    return (event[0] - before[0]) * before[3].get("rate", 1) + 1


DIALECTS: Final[Mapping[str, Callable[[Viewing], list[Json]]]] = {
    "segment": segment_messages,
    "snowplow": snowplow_messages,
    "xapi": xapi_messages,
}
"""The tellers by name of their dialect."""
