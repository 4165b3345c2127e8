"""What foreign trackers send, for the sample events: one short viewing in each dialect."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from local.demo.imperfections import aggregated

type Json = dict[str, Any]

_SNOWPLOW: Final = "iglu:com.snowplowanalytics.snowplow"
_XAPI: Final = "https://w3id.org/xapi/video"


def dialect_records(started_at_ms: int, native: Json) -> list[bytes]:
    """Records in every dialect and of every kind of carrier.

    Args:
        started_at_ms: When the viewings began, epoch milliseconds.
        native: An activity of ours, which shares a list and an aggregate with others.
    """
    segment = _segment_batch(started_at_ms)
    return [
        _bytes(segment),
        _bytes(_snowplow_post(started_at_ms)),
        *(_bytes(statement) for statement in _xapi_statements(started_at_ms)),
        _bytes([native, {"kind": "nothing"}, segment["batch"][1]]),
        aggregated("user-1", [_bytes(native), _bytes([segment["batch"][2]]), b"not json"]),
        _bytes([]),
    ]


def _bytes(document: object) -> bytes:
    return json.dumps(document).encode()


def _iso(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _segment_batch(started_at_ms: int) -> Json:
    """A page view, a start, a heartbeat with text for numbers, and one without its video."""
    told: list[tuple[str, Json]] = [
        ("Video Content Started", {"asset_id": "film-1", "position": 0, "total_length": 100}),
        ("Video Content Playing", {"assetId": "film-1", "position": "10", "total_length": "100"}),
        ("Video Playback Paused", {"content_asset_id": "film-1", "position": 31}),
        ("Video Content Playing", {"position": 20}),
    ]
    calls = [
        {
            "type": "track",
            "event": event,
            "messageId": f"segment-{number}",
            "userId": "user-1",
            "anonymousId": "visit-1",
            "timestamp": _iso(started_at_ms + number * 10_000),
            "properties": {"session_id": "segment-session"} | properties,
        }
        for number, (event, properties) in enumerate(told)
    ]
    page = {"type": "page", "messageId": "page-1", "anonymousId": "visit-1"}
    return {"batch": [page, *calls], "sentAt": _iso(started_at_ms + 60_000)}


def _snowplow_post(started_at_ms: int) -> Json:
    """A play, a ping and a page view, as a tracker posts them."""
    posted = [
        {
            "e": "ue",
            "p": "web",
            "eid": f"snowplow-{number}",
            "uid": "user-2",
            "duid": "device-2",
            "sid": "visit-2",
            "dtm": str(started_at_ms + number * 10_000),
            "stm": str(started_at_ms + 60_000),
            "ue_pr": json.dumps(_described("unstruct_event", _media(f"{name}_event", {}))),
            "co": json.dumps(_described("contexts", _entities(number * 10.0))),
        }
        for number, name in enumerate(("play", "ping"))
    ]
    page = {"e": "pv", "p": "web", "eid": "page-2", "url": "https://video.example/"}
    return _described("payload_data", [*posted, page])


def _described(name: str, data: object) -> Json:
    return {"schema": f"{_SNOWPLOW}/{name}/jsonschema/1-0-0", "data": data}


def _media(name: str, data: object) -> Json:
    return {"schema": f"{_SNOWPLOW}.media/{name}/jsonschema/1-0-0", "data": data}


def _entities(position_s: float) -> list[Json]:
    player = {"currentTime": position_s, "duration": 100, "paused": False, "ended": False}
    item = {"schema": "iglu:com.example/media_item/jsonschema/1-0-0", "data": {"id": "film-2"}}
    session = _media("session", {"mediaSessionId": "snowplow-session"})
    return [_described("media_player", player), session, item]


def _xapi_statements(started_at_ms: int) -> list[Json]:
    """Played, paused with what was played, and a quiz that is no video."""
    video = {
        "id": "https://video.example/films/film-3",
        "definition": {"type": f"{_XAPI}/activity-type/video"},
    }
    paused = {"time": 60, "played-segments": "0.000[.]60.000"}
    return [
        _statement(started_at_ms, f"{_XAPI}/verbs/played", video, {"time": 0}),
        _statement(started_at_ms + 60_000, f"{_XAPI}/verbs/paused", video, paused),
        _statement(started_at_ms, "http://adlnet.gov/expapi/verbs/completed", {"id": "quiz-1"}, {}),
    ]


def _statement(time_ms: int, verb: str, about: Json, told: Json) -> Json:
    around = {"session-id": "xapi-session", "length": 100}
    return {
        "id": f"xapi-{verb.rpartition('/')[2]}",
        "actor": {"account": {"homePage": "https://video.example", "name": "user-3"}},
        "verb": {"id": verb},
        "object": about,
        "result": {"extensions": _extensions(told)},
        "context": {"registration": "visit-3", "extensions": _extensions(around)},
        "timestamp": _iso(time_ms),
    }


def _extensions(told: Json) -> Json:
    return {f"{_XAPI}/extensions/{name}": value for name, value in told.items()}
