"""What PutEvents refuses and takes, rule by rule."""

import json
from typing import Any

import pytest

from local.personalize import Progress
from local.personalize.errors import Refusal
from tests.unit.local.personalize.world import (
    EVENT_VALUE,
    INTERACTION_FIELDS,
    START,
    World,
    an_event,
    refusal,
)

RICH_FIELDS = [
    *INTERACTION_FIELDS,
    {"name": "WATCH_SECONDS", "type": ["float", "null"]},
    {"name": "DEVICE", "type": ["string", "null"], "categorical": True},
    {"name": "IS_KID", "type": ["boolean", "null"]},
    {"name": "EPISODE", "type": ["int", "null"]},
    {"name": "IMPRESSION", "type": ["string", "null"]},
]


def with_properties(properties: object) -> dict[str, Any]:
    """Builds an event with properties, written as JSON unless they are text already."""
    text = properties if isinstance(properties, str) else json.dumps(properties)
    return an_event(properties=text)


def refuse(world: World, *events: dict[str, Any], **parameters: Any) -> str | None:
    """Puts events into a group with many columns and gives the reason of the refusal."""
    group, tracking_id = world.live_group(RICH_FIELDS)
    error = refusal(world.put, tracking_id, *events, **parameters)
    assert error.code == "InvalidInputException"
    assert error.http_status == 400
    assert world.emulator.interactions(group) == []
    assert world.emulator.counters(tracking_id).refused == {error.reason: 1}
    return error.reason


@pytest.mark.parametrize("member", ["userId", "sessionId"])
def test_an_id_of_257_characters_is_refused(world: World, member: str) -> None:
    """256 characters pass, one more does not."""
    _, tracking_id = world.live_group()
    world.put(tracking_id, **{member: "x" * 256})

    assert refuse(world, **{member: "x" * 257}) == Refusal.MODEL_CONSTRAINT


@pytest.mark.parametrize("member", ["eventId", "itemId", "eventType"])
def test_an_event_member_of_257_characters_is_refused(world: World, member: str) -> None:
    """256 characters pass, one more does not."""
    _, tracking_id = world.live_group()
    world.put(tracking_id, an_event(**{member: "x" * 256}))

    assert refuse(world, an_event(**{member: "x" * 257})) == Refusal.MODEL_CONSTRAINT


def test_ten_events_pass_and_eleven_do_not(world: World) -> None:
    """The list's maximum is enforced, and nothing of a refused list is taken."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, *(an_event(f"i{n}") for n in range(10)))

    assert len(world.emulator.interactions(group)) == 10
    assert refuse(world, *(an_event(f"i{n}") for n in range(11))) == Refusal.MODEL_CONSTRAINT


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (an_event(eventValue=float("nan")), Refusal.NOT_FINITE),
        (an_event(eventValue=float("inf")), Refusal.NOT_FINITE),
        (an_event(at=float("nan")), Refusal.NOT_FINITE),
        (an_event(eventValue=10**400), Refusal.NOT_FINITE),
        (an_event(eventValue="NaN"), Refusal.NOT_FINITE),
        (an_event(eventValue="-Infinity"), Refusal.NOT_FINITE),
        (an_event(eventValue="nan"), Refusal.WRONG_TYPE),
        (an_event("\ud83d"), Refusal.UNPAIRED_SURROGATE),
        (an_event("i\udc00"), Refusal.UNPAIRED_SURROGATE),
        (an_event(itemid="i2"), Refusal.UNKNOWN_MEMBER),
        (an_event(None), Refusal.MISSING_ITEM_ID),
        (an_event(recommendationId="RID-1"), Refusal.UNDECLARED_COLUMN),
        (
            an_event(metricAttribution={"eventAttributionSource": "home"}),
            Refusal.UNDECLARED_COLUMN,
        ),
    ],
)
def test_an_event_that_cannot_be_a_row_is_refused(
    world: World, event: dict[str, Any], reason: Refusal
) -> None:
    """Numbers that are none, half characters, and members that have no column are found."""
    assert refuse(world, event) == reason


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ("{", Refusal.PROPERTIES_NOT_JSON),
        ("[]", Refusal.PROPERTIES_NOT_JSON),
        ("null", Refusal.PROPERTIES_NOT_JSON),
        ("[" * 1_000, Refusal.PROPERTIES_NOT_JSON),
        ('{"watchSeconds": NaN}', Refusal.PROPERTIES_NOT_JSON),
        ('{"watchSeconds": Infinity}', Refusal.PROPERTIES_NOT_JSON),
        ({"userId": "u"}, Refusal.FORBIDDEN_PROPERTY),
        ({"sessionId": "s"}, Refusal.FORBIDDEN_PROPERTY),
        ({"eventType": "Watch"}, Refusal.FORBIDDEN_PROPERTY),
        ({"TimeStamp": 1}, Refusal.FORBIDDEN_PROPERTY),
        ({"recommendationId": "r"}, Refusal.FORBIDDEN_PROPERTY),
        ({"IMPRESSION": "i"}, Refusal.FORBIDDEN_PROPERTY),
        ({"watch_seconds": 1}, Refusal.UNKNOWN_PROPERTY),
        ({"WATCH_SECONDS": 1}, Refusal.UNKNOWN_PROPERTY),
        ({"mood": "good"}, Refusal.UNKNOWN_PROPERTY),
        ({"watchSeconds": "12"}, Refusal.WRONG_PROPERTY_TYPE),
        ({"watchSeconds": True}, Refusal.WRONG_PROPERTY_TYPE),
        ({"episode": 1.5}, Refusal.WRONG_PROPERTY_TYPE),
        ({"isKid": 1}, Refusal.WRONG_PROPERTY_TYPE),
        ({"device": ["tv"]}, Refusal.WRONG_PROPERTY_TYPE),
        ({"device": {"kind": "tv"}}, Refusal.WRONG_PROPERTY_TYPE),
        ({"device": "x" * 1_001}, Refusal.WRONG_PROPERTY_TYPE),
        ({"device": "\ud83d"}, Refusal.WRONG_PROPERTY_TYPE),
        ({"itemId": None}, Refusal.WRONG_PROPERTY_TYPE),
        ({"itemId": "x" * 257}, Refusal.MODEL_CONSTRAINT),
        ({"device": "x" * 1_024}, Refusal.MODEL_CONSTRAINT),
    ],
    ids=lambda value: str(value)[:30],
)
def test_properties_must_fit_the_schema(world: World, properties: object, reason: Refusal) -> None:
    """Properties are a flat JSON object of declared columns in camel case, of their types."""
    assert refuse(world, with_properties(properties)) == reason


def test_properties_become_columns(world: World) -> None:
    """Declared properties are kept under the names of their columns; null is nothing."""
    group, tracking_id = world.live_group(RICH_FIELDS)
    world.put(
        tracking_id,
        with_properties({"watchSeconds": 12.5, "device": "tv", "isKid": False, "episode": 30.0})
        | {"impression": ["i1", "i2"]},
        with_properties({"watchSeconds": None}) | {"itemId": "i2"},
    )

    first, second = world.emulator.interactions(group)
    assert dict(first.other) == {
        "WATCH_SECONDS": 12.5,
        "DEVICE": "tv",
        "IS_KID": False,
        "EPISODE": 30.0,
        "IMPRESSION": "i1|i2",
    }
    assert second.other == ()


def test_the_old_style_item_id_inside_of_properties_is_taken(world: World) -> None:
    """The developer guide's older examples put itemId and eventValue there."""
    group, tracking_id = world.live_group()
    old = with_properties({"itemId": "old", "eventValue": 2.5})
    world.put(tracking_id, {name: old[name] for name in ("eventType", "sentAt", "properties")})

    [found] = world.emulator.interactions(group)
    assert (found.item_id, found.event_value) == ("old", 2.5)


def test_an_event_of_ten_kilobytes_passes_and_a_larger_one_does_not(world: World) -> None:
    """The quota counts the bytes of the event's JSON, not its characters."""
    impressions = ["é" * 200] * 25
    event = an_event(impression=impressions)
    size = len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode())
    assert size < 10_240 + 200
    group, tracking_id = world.live_group(RICH_FIELDS)
    fitting = an_event(impression=impressions[:-1])
    rest = 10_240 - len(json.dumps(fitting, ensure_ascii=False, separators=(",", ":")).encode())
    exact = an_event("i1" + "i" * min(rest, 254), impression=impressions[:-1])
    world.put(tracking_id, exact)

    assert len(world.emulator.interactions(group)) == 1
    assert refuse(world, an_event("é" * 128, impression=impressions)) == Refusal.EVENT_TOO_LARGE


def test_a_column_that_cannot_be_null_must_be_filled(world: World) -> None:
    """A schema may demand more than the service model does."""
    strict = [*INTERACTION_FIELDS[:-1], {**EVENT_VALUE, "type": "float"}]
    _, tracking_id = world.live_group(strict)

    assert refusal(world.put, tracking_id).reason == Refusal.MISSING_COLUMN
    world.put(tracking_id, an_event(eventValue=0))


def test_the_event_type_is_ignored_where_the_schema_has_none(world: World) -> None:
    """PutEvents demands an eventType even where no column can take it."""
    group, tracking_id = world.live_group(INTERACTION_FIELDS[:3])
    world.put(tracking_id)

    [found] = world.emulator.interactions(group)
    assert found.event_type is None


def test_an_unknown_tracking_id_is_refused(world: World) -> None:
    """Nobody issued it, and its calls are counted apart."""
    error = refusal(world.put, "nobody-issued-this")

    assert (error.code, error.reason) == ("InvalidInputException", Refusal.UNKNOWN_TRACKING_ID)
    assert world.emulator.unknown_tracker_counters().refused == {"unknown_tracking_id": 1}


@pytest.mark.parametrize("parameters", [{}, {"trackingId": 5}, {"trackingId": ["t"]}])
def test_a_call_without_a_usable_tracking_id_is_refused(
    world: World, parameters: dict[str, Any]
) -> None:
    """Whatever stands in its place does not break the counting."""
    assert refusal(world.events, "PutEvents", **parameters).code == "InvalidInputException"
    assert world.emulator.unknown_tracker_counters().calls == 1


def test_a_tracker_still_being_created_takes_nothing() -> None:
    """A tracking id is of use from ACTIVE on."""
    world = World(progress=Progress(in_progress_s=60))
    group = world.group()
    world.clock.advance(60)
    world.dataset(group)
    world.clock.advance(60)
    tracking_id = world.tracker(group)

    assert refusal(world.put, tracking_id).reason == Refusal.TRACKER_NOT_ACTIVE
    world.clock.advance(60)
    assert world.put(tracking_id) == {}


def test_a_group_without_interactions_dataset_takes_nothing(world: World) -> None:
    """There is nowhere to record an event."""
    tracking_id = world.tracker(world.group())

    assert refusal(world.put, tracking_id).reason == Refusal.NO_INTERACTIONS_DATASET


def test_one_bad_event_refuses_its_whole_call(world: World) -> None:
    """The answer could not tell which events were taken, so none is."""
    reason = refuse(world, an_event("i1"), an_event("i2", eventId=""), an_event("i3"))

    assert reason == Refusal.MODEL_CONSTRAINT


def test_a_refusal_names_the_event_and_never_its_value(world: World) -> None:
    """Properties are as sensitive as ids."""
    _, tracking_id = world.live_group()
    secret = with_properties({"mood": "secret"})
    error = refusal(world.put, tracking_id, an_event(), secret)

    assert "'eventList.2.member.properties'" in error.message
    assert "secret" not in error.message
    assert "mood" not in error.message


def test_times_are_kept_in_whole_seconds(world: World) -> None:
    """TIMESTAMP is a long of epoch seconds."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, an_event(at=START + 0.9))

    assert [each.timestamp for each in world.emulator.interactions(group)] == [START]
