"""What the players of others say of a playback: our tracker's activities, told in each dialect.

Each teller gets what the native tracker tells of one playback and gives what a careful
implementation of the dialect sends of the same: moments, without the totals.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import replace
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from local.demo.outgoing import to_json

type Json = dict[str, Any]
type Span = tuple[float, float]

_MS: Final = 1000
# A seek takes the player a moment.
_SEEK_MS: Final = 40


@dataclass(frozen=True, slots=True)
class Moment:
    """What there is to tell of one moment of a playback.

    Attributes:
        activity: The native tracker's activity of the same moment.
        left_s: Where the playhead stood before; other than the position only when it was moved.
        spans: What was played so far, in order of playing.
    """

    activity: Mapping[str, Any]
    left_s: float
    spans: tuple[Span, ...]

    @property
    def type(self) -> str:
        """What happened."""
        return str(self.activity["type"])

    @property
    def position_s(self) -> float:
        """Where the playhead stands."""
        return float(self.activity["position_s"])

    @property
    def duration_s(self) -> float | None:
        """Length of the content."""
        return self.activity["totals"]["duration_s"]

    @property
    def at_ms(self) -> int:
        """When, epoch milliseconds."""
        return int(self.activity["occurred_at_ms"])


type Teller = Callable[[Moment], Iterator[Json]]


def moments_of(activities: Sequence[Mapping[str, Any]]) -> list[Moment]:
    """Take the native activities of one playback apart into moments."""
    first = activities[0]
    moments = [Moment(first, first["position_s"], ())]
    for before, activity in pairwise(activities):
        start_s = float(before["position_s"])
        left_s = start_s + activity["totals"]["watched_s"] - before["totals"]["watched_s"]
        spans = _with_span(moments[-1].spans, (start_s, left_s))
        moments.append(Moment(activity, left_s, spans))
    return moments


def _with_span(spans: tuple[Span, ...], added: Span) -> tuple[Span, ...]:
    """Add what was played last; what goes on where the last span ended belongs to it."""
    if added[1] <= added[0]:
        return spans
    if spans and abs(spans[-1][1] - added[0]) < 1 / _MS:
        return (*spans[:-1], (spans[-1][0], added[1]))
    return (*spans, added)


def native(moment: Moment) -> Iterator[Json]:
    """Tell it as our own tracker does."""
    yield dict(moment.activity)


_RESUMED: Final = "Video Playback Resumed"
_SEGMENT_STATES: Final = {
    "pause": "Video Playback Paused",
    "ended": "Video Playback Completed",
    "exit": "Video Playback Exited",
}
_SEGMENT_ADS: Final = {"ad_start": "Video Ad Started", "ad_end": "Video Ad Completed"}


def segment(moment: Moment) -> Iterator[Json]:
    """Tell it by Segment's video specification, with a Content Playing beside each state event.

    Without that, the viewing since the last heartbeat would be lost at each pause, as a Playback
    event tells no position of the content (docs/dialects.md).
    """
    for number, (name, properties) in enumerate(_segment_events(moment)):
        later_ms = _SEEK_MS if name.endswith("Seek Completed") else 0
        yield _segment_call(moment, number, later_ms) | {
            "type": "track",
            "event": name,
            "properties": {"session_id": moment.activity["playback_id"], **properties},
        }


def _segment_events(moment: Moment) -> Iterator[tuple[str, Json]]:
    item_id, position = moment.activity["item_id"], round(moment.position_s)
    playback = {"content_asset_id": item_id, "position": position}
    content = {
        "asset_id": item_id,
        "position": position,
        "total_length": moment.duration_s,
        "livestream": moment.duration_s is None,
    }
    if moment.type in _SEGMENT_ADS:
        # The advertisement's own id and position; the content's id is what we look for.
        about = {"asset_id": "advertisement-1", "position": 0, "content": {"asset_id": item_id}}
        yield _SEGMENT_ADS[moment.type], about
    elif moment.type == "seek":
        ends = {"position": round(moment.left_s), "seek_position": position}
        yield "Video Playback Seek Started", playback | ends
        yield "Video Playback Seek Completed", playback
    elif moment.type == "play" and moment.activity["seq"] == 0:
        yield "Video Playback Started", playback
        yield "Video Content Started", content
    else:
        yield "Video Content Playing", content
        if moment.type in _SEGMENT_STATES:
            yield _SEGMENT_STATES[moment.type], playback
        elif moment.type == "play":
            yield _RESUMED, playback


def _segment_call(moment: Moment, number: int, later_ms: int = 0) -> Json:
    return {
        "messageId": f"{moment.activity['activity_id']}-{number}",
        "userId": moment.activity["user_id"],
        "anonymousId": moment.activity["visit_id"],
        "timestamp": iso(moment.at_ms + later_ms),
    }


def segment_without_playback(moment: Moment) -> Iterator[Json]:
    """Tell who somebody is and which page they opened, as Segment's library does by itself."""
    yield _segment_call(moment, 0) | {"type": "identify", "traits": {"plan": "family"}}
    yield _segment_call(moment, 1) | {"type": "page", "name": "Film"}


_SNOWPLOW: Final = "iglu:com.snowplowanalytics.snowplow"
SNOWPLOW_ITEM_PATH: Final = "com.example/media_item:id"
"""Where the item stands in what `snowplow` tells: the setting with which it can be read."""

_SNOWPLOW_EVENTS: Final = {
    "play": "play_event",
    "pause": "pause_event",
    "heartbeat": "ping_event",
    "rate_change": "playback_rate_change_event",
    "ad_start": "ad_start_event",
    "ad_end": "ad_complete_event",
    "ended": "end_event",
    "exit": "pause_event",
}
_STANDING: Final = frozenset({"pause", "ended", "exit"})


def snowplow(moment: Moment) -> Iterator[Json]:
    """Tell it as Snowplow's tracker posts it: an event in the protocol, with its entities."""
    if moment.type != "seek":
        yield _snowplow_event(moment, _SNOWPLOW_EVENTS[moment.type], moment.position_s)
        return
    yield _snowplow_event(moment, "seek_start_event", moment.left_s)
    landed = replace(
        moment, activity={**moment.activity, "occurred_at_ms": moment.at_ms + _SEEK_MS}
    )
    yield _snowplow_event(landed, "seek_end_event", moment.position_s)


def _snowplow_event(moment: Moment, name: str, position_s: float) -> Json:
    rate = moment.activity["rate"]
    event = _described(f"{_SNOWPLOW}.media/{name}", "1-0-0", _change(name, rate))
    player = {
        "currentTime": position_s,
        "duration": moment.duration_s,
        "livestream": moment.duration_s is None,
        "paused": moment.type in _STANDING,
        "ended": moment.type == "ended",
        "playbackRate": rate,
    }
    session = {"mediaSessionId": moment.activity["playback_id"]}
    entities = [
        _described(f"{_SNOWPLOW}/media_player", "2-0-0", player),
        _described(f"{_SNOWPLOW}.media/session", "1-0-0", session),
        _described("iglu:com.example/media_item", "1-0-0", {"id": moment.activity["item_id"]}),
    ]
    return {
        **_tracker(moment, name),
        "e": "ue",
        "ue_pr": _text(_described(f"{_SNOWPLOW}/unstruct_event", "1-0-0", event)),
        "co": _text(_described(f"{_SNOWPLOW}/contexts", "1-0-1", entities)),
    }


def _change(name: str, rate: float) -> Json:
    is_change = name == "playback_rate_change_event"
    return {"previousRate": 1.0, "newRate": rate} if is_change else {}


def _tracker(moment: Moment, name: str) -> Json:
    """Give the fields around an event: everything in the protocol is text."""
    return {
        "p": "web",
        "tv": "js-4.6.5",
        "eid": f"{moment.activity['activity_id']}-{name}",
        "dtm": str(moment.at_ms),
        "uid": moment.activity["user_id"],
        "sid": moment.activity["visit_id"],
    }


def snowplow_without_playback(moment: Moment) -> Iterator[Json]:
    """Tell of a page view, which the tracker sends by itself."""
    yield {**_tracker(moment, "pv"), "e": "pv", "url": "https://video.example/films"}


def _described(schema: str, version: str, data: object) -> Json:
    return {"schema": f"{schema}/jsonschema/{version}", "data": data}


def _text(document: object) -> str:
    return to_json(document).decode()


_XAPI: Final = "https://w3id.org/xapi/video"
_ADL: Final = "http://adlnet.gov/expapi/verbs"
_VERBS: Final = {
    # The profile knows no advertisements: to it the content pauses.
    "play": f"{_XAPI}/verbs/played",
    "ad_end": f"{_XAPI}/verbs/played",
    "pause": f"{_XAPI}/verbs/paused",
    "ad_start": f"{_XAPI}/verbs/paused",
    "seek": f"{_XAPI}/verbs/seeked",
    "heartbeat": f"{_ADL}/interacted",
    "rate_change": f"{_ADL}/interacted",
    "ended": f"{_ADL}/completed",
    "exit": f"{_ADL}/terminated",
}


def xapi(moment: Moment) -> Iterator[Json]:
    """Tell it as a statement of xAPI's video profile, with the segments played so far."""
    told: Json = {"time": moment.position_s}
    if moment.type == "seek":
        told = {"time-from": moment.left_s, "time-to": moment.position_s}
    told["played-segments"] = "[,]".join(f"{start:.3f}[.]{end:.3f}" for start, end in moment.spans)
    context = {
        "session-id": moment.activity["playback_id"],
        "length": moment.duration_s,
        "speed": f"{moment.activity['rate']}x",
    }
    yield _statement(moment, _VERBS[moment.type]) | {
        "object": {
            "id": f"https://video.example/films/{moment.activity['item_id']}",
            "definition": {"type": f"{_XAPI}/activity-type/video"},
        },
        "result": {"extensions": _extensions(told)},
        "context": {
            "registration": moment.activity["visit_id"],
            "contextActivities": {"category": [{"id": _XAPI}]},
            "extensions": _extensions(context),
        },
    }


def xapi_without_playback(moment: Moment) -> Iterator[Json]:
    """Tell that somebody answered a question, which is no viewing."""
    yield _statement(moment, f"{_ADL}/answered") | {
        "object": {
            "id": "https://video.example/quizzes/1",
            "definition": {"type": f"{_ADL.removesuffix('verbs')}activities/question"},
        },
    }


def _statement(moment: Moment, verb: str) -> Json:
    account = {"homePage": "https://video.example", "name": moment.activity["user_id"]}
    return {
        "id": moment.activity["activity_id"],
        "actor": {"account": account},
        "verb": {"id": verb},
        "timestamp": iso(moment.at_ms),
    }


def _extensions(told: Json) -> Json:
    return {f"{_XAPI}/extensions/{name}": value for name, value in told.items()}


def iso(time_ms: int) -> str:
    """Write epoch milliseconds as ISO 8601, UTC."""
    moment = datetime.fromtimestamp(time_ms / _MS, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
