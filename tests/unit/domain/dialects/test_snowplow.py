"""Snowplow media events: three forms of one thing, state in entities, no content id."""

import base64
import json
from typing import Any

import pytest
from ingestion.domain.dialects.detection import NotPlayback
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.parsing import ReceivedActivity

from tests.support.builders import NOW_MS
from tests.support.dialects import point, rejected, understood

type Json = dict[str, Any]

SNOWPLOW = "iglu:com.snowplowanalytics.snowplow"
CONTEXTS = "contexts_com_snowplowanalytics_snowplow_"


def entity(name: str, data: object) -> Json:
    vendor = "" if name in {"media_player", "client_session", "link_click"} else ".media"
    return {"schema": f"{SNOWPLOW}{vendor}/{name}/jsonschema/1-0-0", "data": data}


ITEM = {"schema": "iglu:com.example/media_item/jsonschema/1-0-0", "data": {"id": "film-1"}}


def entities(*more: Json, **player: Any) -> list[Json]:
    state = {"currentTime": 10.5, "paused": False, "ended": False, "duration": 100} | player
    session = entity("session", {"mediaSessionId": "play-1", "contentWatched": 99})
    return [entity("media_player", state), session, ITEM, *more]


def event(name: str = "ping", attached: object = None, **fields: Any) -> Json:
    return {
        **entity(f"{name}_event", fields.pop("data", {})),
        "entities": entities() if attached is None else attached,
        "event_id": "e-1",
        "domain_userid": "device-1",
        "domain_sessionid": "visit-1",
        "dvce_created_tstamp": str(NOW_MS - 10_000),
    } | fields


def coded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def wrapped(name: str, data: object) -> Json:
    return {"schema": f"{SNOWPLOW}/{name}/jsonschema/1-0-0", "data": data}


def posted(**fields: Any) -> Json:
    """An event as a tracker posts it, in the short names of its protocol."""
    return {
        "e": "ue",
        "p": "web",
        "ue_pr": json.dumps(wrapped("unstruct_event", entity("ping_event", {}))),
        "co": json.dumps(wrapped("contexts", entities())),
        "eid": "e-1",
        "duid": "device-1",
        "sid": "visit-1",
        "dtm": str(NOW_MS - 10_000),
    } | fields


def enriched(**fields: Any) -> Json:
    """An event as Snowplow's Analytics SDK writes it."""
    return {
        "event": "unstruct",
        "event_id": "e-1",
        "domain_userid": "device-1",
        "domain_sessionid": "visit-1",
        "collector_tstamp": "2026-11-24T05:59:51Z",
        "dvce_created_tstamp": "2026-11-24T05:59:50Z",
        "unstruct_event_com_snowplowanalytics_snowplow_media_ping_event_1": {},
        f"{CONTEXTS}media_player_2": [entities()[0]["data"]],
        f"{CONTEXTS}media_session_1": [{"mediaSessionId": "play-1"}],
        "contexts_com_example_media_item_1": [{"id": "film-1"}],
    } | fields


BASE64 = {
    "ue_pr": None,
    "co": None,
    "ue_px": coded(wrapped("unstruct_event", entity("ping_event", {}))),
    "cx": coded(wrapped("contexts", entities())),
}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(event(), id="self-describing"),
        pytest.param(
            {k: v for k, v in event().items() if k != "entities"} | {"context": entities()},
            id="self-describing with context",
        ),
        pytest.param(
            event(attached=wrapped("contexts", entities())), id="self-describing, entities wrapped"
        ),
        pytest.param(posted(), id="tracker protocol, JSON"),
        pytest.param(posted(**BASE64), id="tracker protocol, base64"),
        pytest.param(enriched(), id="enriched JSON"),
    ],
)
def test_three_forms_are_one_point(body: Json) -> None:
    """Position and state of the entities, ids of the envelope."""
    found = point(body)
    assert (found.type, found.position_s, found.duration_s) == ("heartbeat", 10.5, 100.0)
    assert (found.playing, found.playback_id, found.item_id) == (True, "play-1", "film-1")
    assert (found.activity_id, found.guest_id, found.visit_id) == ("e-1", "device-1", "visit-1")
    assert found.occurred_at_ms == NOW_MS - 10_000


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ready", "heartbeat"),
        ("play", "play"),
        ("pause", "pause"),
        ("end", "ended"),
        ("seek_end", "seek"),
        ("playback_rate_change", "rate_change"),
        ("volume_change", "heartbeat"),
        ("fullscreen_change", "heartbeat"),
        ("picture_in_picture_change", "visibility"),
        ("ping", "heartbeat"),
        ("percent_progress", "heartbeat"),
        ("buffer_start", "buffer_start"),
        ("buffer_end", "buffer_end"),
        ("quality_change", "heartbeat"),
        ("error", "error"),
    ],
)
def test_every_media_event_tells_a_position(name: str, kind: str) -> None:
    """`percent_progress` too is a position only: a jump to the end passes all its marks."""
    found = point(event(name))
    assert (found.type, found.position_s) == (kind, 10.5)


def test_the_statistics_of_the_session_are_not_believed() -> None:
    """`contentWatched` counts what was skipped, so it is not even read."""
    assert point(event()).played is None


def test_a_seek_end_says_where_it_landed_and_not_where_it_left() -> None:
    """As the HTML5 plugin sends it."""
    found = point(event("seek_end"))
    assert (found.position_s, found.seek_from_s) == (10.5, None)


def test_a_seek_start_says_where_it_left() -> None:
    """Where trackers send one; the landing is not known yet."""
    found = point(event("seek_start"))
    assert (found.type, found.position_s, found.seek_from_s) == ("seek", None, 10.5)


@pytest.mark.parametrize(
    ("player", "expected"),
    [
        ({"paused": True}, {"playing": False}),
        ({"ended": True}, {"playing": False}),
        ({"playbackRate": 2}, {"rate": 2.0}),
        ({"playbackRate": 0}, {"rate": None}),
        ({"muted": True}, {"muted": True}),
        ({"muted": False, "volume": 0}, {"muted": True}),
        ({"volume": 10}, {"muted": None}),
        ({"pictureInPicture": True}, {"picture_in_picture": True}),
        ({"duration": None}, {"duration_s": None}),
        ({"duration": 0}, {"duration_s": None}),
        ({"livestream": True}, {"duration_s": None}),
    ],
)
def test_the_player_tells_its_state(player: Json, expected: Json) -> None:
    """A ping of a paused player, above all, is no viewing."""
    found = point(event(attached=entities(**player))).model_dump()
    assert {name: found[name] for name in expected} == expected


def test_a_change_says_what_it_changed_to() -> None:
    """The entity may still show what was before."""
    assert point(event("playback_rate_change", data={"newRate": 1.5})).rate == 1.5
    small = point(event("picture_in_picture_change", data={"pictureInPicture": True}))
    assert small.picture_in_picture is True


def ad(name: str, kind: str | None = "linear", **player: Any) -> Json:
    break_ = entity("ad_break", {"breakId": "b", "startTime": 10, "breakType": kind})
    return event(name, attached=entities(break_, **player))


@pytest.mark.parametrize("kind", ["linear", None])
@pytest.mark.parametrize(
    ("name", "told", "in_ad"),
    [
        ("ad_break_start", "ad_start", True),
        ("ad_start", "ad_start", True),
        ("ad_quartile", "heartbeat", True),
        ("ad_click", "heartbeat", True),
        ("ad_pause", "heartbeat", True),
        ("ad_resume", "heartbeat", True),
        ("ad_complete", "ad_end", False),
        ("ad_skip", "ad_end", False),
        ("ad_break_end", "ad_end", False),
    ],
)
def test_an_advertisement_takes_over(
    name: str, told: str, *, in_ad: bool, kind: str | None
) -> None:
    """Players differ in whose position they report meanwhile, so none is taken."""
    found = point(ad(name, kind, paused=True))
    assert (found.type, found.in_ad) == (told, in_ad)
    assert (found.position_s, found.playing) == (None, None)


@pytest.mark.parametrize("kind", ["nonlinear", "companion"])
def test_an_advertisement_beside_the_content_stops_nothing(kind: str) -> None:
    """It runs while the content plays on."""
    found = point(ad("ad_start", kind))
    assert (found.type, found.in_ad, found.position_s) == ("heartbeat", None, 10.5)
    assert found.playing is True


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("com.example/media_item:id", "film-1"),
        ("com.example/mediaItem:film.ids.1", "film-3"),
        ("label", "film-4"),
    ],
)
def test_the_item_stands_where_the_setting_says(path: str, item: str) -> None:
    """Snowplow has no content id, and a label is a title unless somebody says otherwise."""
    own = {
        "schema": "iglu:com.example/mediaItem/jsonschema/1-0-0",
        "data": {"film": {"ids": ["film-2", "film-3"]}},
    }
    attached = entities(label="film-4")
    if path.startswith("com.example/mediaItem"):
        attached[2] = own
    assert point(event(attached=attached), DialectRules(snowplow_item_path=path)).item_id == item


def test_a_recommendation_stands_beside_the_item() -> None:
    """The site's own entity is the only place that it can use."""
    own = ITEM | {"data": {"id": 7, "recommendation_id": "rid-1", "impressions": ["7", "8"]}}
    found = point(event(attached=[*entities()[:2], own]))
    assert (found.item_id, found.recommendation_id) == ("7", "rid-1")
    assert found.impressions == ("7", "8")


def test_a_phone_has_a_session_of_its_own() -> None:
    """Mobile trackers have no cookies but the entity `client_session`."""
    phone = entity("client_session", {"userId": "phone-1", "sessionId": "app-1"})
    body = event(attached=entities(phone), domain_userid=None, domain_sessionid=None)
    assert (point(body).guest_id, point(body).visit_id) == ("phone-1", "app-1")


def test_without_any_session_the_playback_is_the_visit() -> None:
    """PutEvents needs one."""
    assert point(event(domain_sessionid="")).visit_id == "play-1"


@pytest.mark.parametrize(
    ("times", "corrected_ms"),
    [
        ({"dvce_created_tstamp": str(NOW_MS - 10_000)}, NOW_MS - 10_000),
        (
            {
                "dvce_created_tstamp": "2026-11-24T09:00:00Z",
                "dvce_sent_tstamp": "2026-11-24T09:00:05Z",
            },
            NOW_MS - 5000,
        ),
        (
            {"derived_tstamp": "2026-11-24T05:59:00Z", "dvce_sent_tstamp": "2026-11-24T09:00:00Z"},
            NOW_MS - 60_000,
        ),
        ({"true_tstamp": "2026-11-24 05:59:30.000"}, NOW_MS - 30_000),
    ],
)
def test_what_snowplow_has_corrected_is_not_corrected_again(times: Json, corrected_ms: int) -> None:
    """Else the way through its pipeline would count as a wrong clock."""
    result = understood(event(**times))
    assert isinstance(result, ReceivedActivity)
    assert result.occurred_at_ms == corrected_ms


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"e": "pv", "p": "web", "url": "https://video.example"}, id="page view"),
        pytest.param(
            posted(ue_pr=json.dumps(wrapped("unstruct_event", entity("link_click", {})))),
            id="another event",
        ),
        pytest.param(event("chapter"), id="a media event we do not know"),
        pytest.param({"event": "page_view", "collector_tstamp": "2026-11-24T05:59:51Z"}, id="SDK"),
    ],
)
def test_what_is_no_playback_is_passed_over(body: Json) -> None:
    """It is well-formed and tells of something else."""
    assert isinstance(understood(body), NotPlayback)


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (event(attached=[ITEM]), "schema", "missing: snowplow.media_player"),
        (event(attached=[*entities()[:1], ITEM]), "schema", "missing: snowplow.session"),
        (event(attached=entities(currentTime=None)), "schema", "float_type"),
        (event(attached=entities()[:2]), "schema", "item_path: snowplow"),
        (event(attached="none"), "schema", "missing: snowplow.media_player"),
        (posted(ue_pr="{"), "schema", "embedded_json: snowplow"),
        (posted(**BASE64 | {"cx": "%%%"}), "schema", "embedded_json: snowplow"),
        (posted(ue_pr=None), "schema", "model_type: snowplow"),
        (posted(**BASE64 | {"cx": 5}), "schema", "missing: snowplow.media_player"),
        (
            {"schema": f"{SNOWPLOW}/media_player_event/jsonschema/1-0-0", "data": {}},
            "schema",
            "media_version_1: snowplow",
        ),
        ({"schema": "iglu:nonsense"}, "schema", "string_pattern_mismatch: snowplow.schema"),
        ({"source": "snowplow", "schema": 7}, "schema", "string_pattern_mismatch"),
        (event(user_id="undefined"), "identity", "placeholder: snowplow.user_id"),
        (event(domain_userid=None), "identity", "neither user_id nor guest_id"),
    ],
)
def test_a_fault_is_named_by_rule_and_place(body: Json, reason: str, detail: str) -> None:
    """Never by what was sent."""
    found = rejected(body)
    assert (found[0], found[1][: len(detail)]) == (reason, detail)


def test_without_the_setting_no_item_is_guessed() -> None:
    """The bytes wait among the rejections until an operator says where items are."""
    assert rejected(event(), DialectRules()) == ("schema", "item_path_not_set: snowplow")


def test_entities_that_do_not_describe_themselves_are_passed_over() -> None:
    """They may be anything, so they spoil nothing."""
    attached = [None, 7, {"schema": 5}, *entities(), ITEM | {"data": {"id": "second"}}]
    assert point(event(attached=attached)).item_id == "film-1"
