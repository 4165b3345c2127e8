"""Segment's video specification: its two clocks, its loose ids, its pods."""

from typing import Any

import pytest
from ingestion.domain.dialects.detection import NotPlayback
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.parsing import ReceivedActivity

from tests.support.builders import NOW_MS
from tests.support.dialects import point, rejected, understood

type Json = dict[str, Any]

AT = "2026-11-24T05:59:50Z"


def call(event: str, **fields: Any) -> Json:
    """A track call; what is not a field of the call is a property."""
    of_call = {"userId", "anonymousId", "messageId", "timestamp", "context", "sentAt", "type"}
    of_call |= {"originalTimestamp", "receivedAt"}
    properties = {"session_id": "s-1", **{k: v for k, v in fields.items() if k not in of_call}}
    return {
        "type": "track",
        "event": event,
        "messageId": "m-1",
        "anonymousId": "guest-1",
        "timestamp": AT,
        "properties": properties,
    } | {name: value for name, value in fields.items() if name in of_call}


def content(event: str = "Playing", **fields: Any) -> Json:
    return call(f"Video Content {event}", **{"asset_id": "film-1", "position": 10} | fields)


def playback(event: str, **fields: Any) -> Json:
    return call(
        f"Video Playback {event}", **{"content_asset_id": "film-1", "position": 21} | fields
    )


def test_a_content_event_tells_where_the_content_stands() -> None:
    """It runs on the clock of the content, and content that plays is no advertisement."""
    found = point(content(position=10, total_length=360))
    assert (found.position_s, found.duration_s) == (10.0, 360.0)
    assert (found.playing, found.in_ad, found.rate) == (True, False, None)
    assert found.playback_id == "s-1:film-1"
    assert found.activity_id == "m-1"


@pytest.mark.parametrize(
    ("event", "kind", "playing"),
    [
        ("Started", "heartbeat", None),
        ("Paused", "pause", False),
        ("Interrupted", "pause", False),
        ("Resumed", "play", True),
        ("Buffer Started", "buffer_start", None),
        ("Buffer Completed", "buffer_end", None),
        ("Completed", "ended", False),
        ("Exited", "exit", False),
    ],
)
@pytest.mark.parametrize("ad_enabled", [None, False, True])
def test_a_playback_event_tells_a_state_and_no_position(
    event: str, kind: str, *, playing: bool | None, ad_enabled: bool | None
) -> None:
    """Its clock includes advertisements, and nothing in the message tells how much of them."""
    found = point(playback(event, total_length=392, ad_enabled=ad_enabled))
    assert (found.type, found.playing) == (kind, playing)
    assert (found.position_s, found.duration_s) == (None, None)


def test_a_seek_tells_both_its_ends() -> None:
    """Without them every seek would cost up to two heartbeats of viewing."""
    left = point(playback("Seek Started", position=12, seek_position=90))
    landed = point(playback("Seek Completed", position=90))
    assert (left.type, left.seek_from_s, left.position_s) == ("seek", 12.0, 90.0)
    assert (landed.type, landed.seek_from_s, landed.position_s) == ("seek", None, 90.0)


@pytest.mark.parametrize(
    "evidence",
    [
        {"ad_asset_id": "spot-1"},
        {"ad_asset_ids": ["spot-1"]},
        {"ad_pod_id": "pod-1"},
        {"ad_pod_ids": [None, "pod-1"]},
        {"ad_enabled": True},
    ],
)
def test_a_seek_among_advertisements_tells_no_position(evidence: Json) -> None:
    """Then its ends are on the other clock for sure."""
    found = point(playback("Seek Started", position=12, seek_position=90, **evidence))
    assert (found.type, found.seek_from_s, found.position_s) == ("seek", None, None)


def test_content_completed_is_a_point_in_the_middle_of_a_film() -> None:
    """It fires for each pod, so a mid-roll fires it; it neither ends nor completes anything."""
    found = point(content("Completed", position=31, total_length=360))
    assert (found.type, found.playing, found.position_s) == ("heartbeat", None, 31.0)


def test_playback_completed_after_a_post_roll_names_no_content() -> None:
    """The specification's own example has a null id there; it is no fault, and no moment."""
    ended = playback("Completed", content_asset_id=None, ad_asset_id="spot-2")
    assert isinstance(understood(ended), NotPlayback)


@pytest.mark.parametrize(
    ("event", "kind", "in_ad"),
    [("Started", "ad_start", True), ("Playing", "heartbeat", True), ("Completed", "ad_end", False)],
)
def test_an_advertisement_is_a_state_of_its_content(event: str, kind: str, *, in_ad: bool) -> None:
    """Its own id and position are the advertisement's and must not become the content's."""
    ad = call(f"Video Ad {event}", asset_id="spot-1", position=5, content={"asset_id": "film-1"})
    found = point(ad)
    assert (found.type, found.in_ad, found.item_id) == (kind, in_ad, "film-1")
    assert (found.position_s, found.playing) == (None, None)


def test_an_advertisement_that_names_no_content_is_passed_over() -> None:
    """Nobody can tell whose state it is; content heartbeats stop meanwhile anyway."""
    assert isinstance(understood(call("Video Ad Started", asset_id="spot-1")), NotPlayback)


@pytest.mark.parametrize(
    ("ids", "item"),
    [
        ({"content_asset_id": "a"}, "a"),
        ({"content_asset_ids": ["a", "b"]}, "a"),
        ({"content_asset_id": ["a"]}, "a"),
        ({"content_asset_ids": "a"}, "a"),
        ({"content_asset_id": "", "asset_id": "a"}, "a"),
        ({"asset_ids": ["a"]}, "a"),
        ({"contentAssetIds": ["a"]}, "a"),
        ({"content_asset_id": 129370}, "129370"),
    ],
)
def test_ids_come_in_singular_and_plural(ids: Json, item: str) -> None:
    """The specification's table and its example differ, so both are read."""
    assert point(call("Video Playback Paused", **ids)).item_id == item


def test_keys_come_in_any_case() -> None:
    """Libraries rewrite keys; what is written as specified wins."""
    found = point(
        call(
            "video  content PLAYING",
            assetId="film-1",
            Position="7",
            TotalLength="100",
            asset_id="x",
        )
    )
    assert (found.item_id, found.position_s, found.duration_s) == ("x", 7.0, 100.0)


@pytest.mark.parametrize(("told", "position_s"), [("21", 21.0), (21.5, 21.5), ("", None)])
def test_positions_come_as_text_and_as_numbers(told: object, position_s: float | None) -> None:
    """Both are in the wild."""
    assert point(content(position=told)).position_s == position_s


@pytest.mark.parametrize(
    "length",
    [
        {},
        {"total_length": None},
        {"total_length": 0},
        {"total_length": "NaN"},
        {"total_length": 360, "livestream": True},
    ],
)
def test_an_unknown_length_is_no_duration(length: Json) -> None:
    """Missing, nothing, or what a live stream claims."""
    assert point(content(**length)).duration_s is None


@pytest.mark.parametrize(("sound", "muted"), [(0, True), (55, False), (None, None)])
def test_no_sound_is_muted(sound: int | None, *, muted: bool | None) -> None:
    """Volume 0 is as silent as a mute button."""
    assert point(playback("Paused", sound=sound)).muted is muted


def test_the_time_of_sending_corrects_the_clock() -> None:
    """A client's clock that is an hour fast cancels out."""
    result = understood(
        content(originalTimestamp="2026-11-24T06:59:00Z", sentAt="2026-11-24T06:59:10Z")
    )
    assert isinstance(result, ReceivedActivity)
    assert result.occurred_at_ms == NOW_MS - 10_000


def test_what_segment_has_corrected_is_not_corrected_again() -> None:
    """With receivedAt the timestamp is already by the clock of Segment's servers."""
    result = understood(
        content(
            originalTimestamp="2026-11-24T08:00:00Z",
            sentAt="2026-11-24T08:00:05Z",
            receivedAt="2026-11-24T05:59:56Z",
        )
    )
    assert isinstance(result, ReceivedActivity)
    assert (result.occurred_at_ms, result.activity.sent_at_ms) == (NOW_MS - 10_000, None)


def test_the_visit_is_the_browser_or_what_the_operator_says() -> None:
    """Without both the playback's session has to do: PutEvents needs one."""
    rules = DialectRules(segment_visit_field="context.visitId")
    told = content(context={"visitId": 77})
    assert point(content()).visit_id == "guest-1"
    assert point(told, rules).visit_id == "77"
    assert point(content(), rules).visit_id == "guest-1"
    assert point(content(context={"visitId": True}), rules).visit_id == "guest-1"
    assert point(content(anonymousId=None, userId="u-1")).visit_id == "s-1"


def test_an_empty_user_is_nobody() -> None:
    """Then the guest counts."""
    result = understood(content(userId=""))
    assert isinstance(result, ReceivedActivity)
    assert result.viewer == "guest:guest-1"


@pytest.mark.parametrize(
    ("told", "is_private"),
    [
        ({"context": {"consent": {"categoryPreferences": {"a": False, "b": False}}}}, True),
        ({"context": {"consent": {"categoryPreferences": {"a": False, "b": True}}}}, False),
        ({"context": {"consent": {"categoryPreferences": {}}}}, False),
        ({"context": {"consent": {"state": "denied"}}}, True),
        ({"context": {"consent": {"state": "granted", "gpc": True, "at": 1}}}, True),
        ({"consent": {"state": "denied"}}, True),
        ({}, False),
    ],
)
def test_consent_is_carried_over(told: Json, *, is_private: bool) -> None:
    """In our shape, or as a refusal of all categories."""
    assert point(content(**told)).is_private is is_private


def test_a_recommendation_is_carried_over() -> None:
    """It is what ties a viewing to the answer that showed the item."""
    found = point(content(recommendation_id="rid-1", impressions=["a", "b"], event_source="home"))
    assert (found.recommendation_id, found.event_source) == ("rid-1", "home")
    assert found.impressions == ("a", "b")


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (content(asset_id=None), "schema", "string_type: segment.asset_id"),
        (call("Video Content Playing"), "schema", "missing: segment.asset_id"),
        (content(session_id=None), "schema", "string_type: segment.session_id"),
        (content(position="soon"), "schema", "float_parsing: segment.position"),
        (content(position=-1), "schema", "greater_than_equal: segment.position_s"),
        (content(asset_id="film 1"), "schema", "string_pattern_mismatch: segment.item_id"),
        (content(session_id="s" * 125), "schema", "string_too_long: segment.playback_id"),
        (content(timestamp=None), "schema", "missing: segment.occurred_at_ms"),
        (content(timestamp="tea"), "schema", "datetime_from_date_parsing: segment.timestamp"),
        (content(userId="a@example.com"), "identity", "string_pattern_mismatch: segment.user_id"),
        (content(userId="null"), "identity", "placeholder: segment.user_id"),
        (content(anonymousId=None), "identity", "neither user_id nor guest_id"),
        (content(timestamp="2026-11-20T05:59:50Z"), "clock", "too_late"),
        (content(consent={"state": "perhaps"}), "schema", "enum: segment.consent.state"),
        ({"source": "segment"}, "schema", "missing: segment.event"),
    ],
)
def test_a_fault_is_named_by_rule_and_place(body: Json, reason: str, detail: str) -> None:
    """Never by what was sent."""
    assert rejected(body) == (reason, detail)


@pytest.mark.parametrize("kind", ["identify", "page", "screen", "group", "alias", "Page"])
def test_other_calls_are_passed_over(kind: str) -> None:
    """They are well-formed and tell of no playback."""
    assert isinstance(understood({"type": kind, "userId": "u-1", "traits": {}}), NotPlayback)


@pytest.mark.parametrize("event", ["Order Completed", "Video Quality Updated", "Video Shared"])
def test_other_events_are_passed_over(event: str) -> None:
    """Among them the quality event, which has neither session nor position."""
    assert isinstance(understood(call(event)), NotPlayback)


def test_a_message_without_an_id_is_known_by_its_bytes() -> None:
    """So a copy of it is still a copy."""
    first = point(content(messageId=None)).activity_id
    assert first == point(content(messageId=None)).activity_id
    assert first != point(content(messageId=None, position=11)).activity_id
