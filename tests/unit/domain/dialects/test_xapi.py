"""The video profile of xAPI: cumulative segments, and a completion that is no end."""

import re
from typing import Any

import pytest
from ingestion.domain.dialects.detection import NotPlayback
from ingestion.domain.dialects.reading import LAST_SEGMENT, DialectRules
from ingestion.domain.dialects.xapi import played_spans
from ingestion.domain.parsing import ReceivedActivity
from pydantic_core import PydanticCustomError

from tests.support.builders import NOW_MS
from tests.support.dialects import point, rejected, understood

type Json = dict[str, Any]

PROFILE = "https://w3id.org/xapi/video"
ADL = "http://adlnet.gov/expapi/verbs"
VIDEO = {"type": f"{PROFILE}/activity-type/video"}


def extensions(told: Json) -> Json:
    return {f"{PROFILE}/extensions/{name}": value for name, value in told.items()}


def statement(verb: str = "played", *, context: Json | None = None, **told: Any) -> Json:
    """A statement; `told` are the extensions of its result."""
    family = f"{PROFILE}/verbs" if verb in {"played", "paused", "seeked"} else ADL
    around = {"session-id": "session-1", "length": 40} if context is None else context
    return {
        "id": "statement-1",
        "actor": {"account": {"homePage": "https://lms.example", "name": "4711"}},
        "verb": {"id": f"{family}/{verb}"},
        "object": {"id": "https://video.example/films/film-1", "definition": VIDEO},
        "result": {"extensions": extensions({k.replace("_", "-"): v for k, v in told.items()})},
        "context": {"registration": "registration-1", "extensions": extensions(around)},
        "timestamp": "2026-11-24T05:59:50.000Z",
    }


@pytest.mark.parametrize(
    ("verb", "kind", "playing"),
    [
        ("initialized", "heartbeat", None),
        ("played", "play", True),
        ("paused", "pause", False),
        ("interacted", "heartbeat", None),
        ("terminated", "exit", False),
    ],
)
def test_a_statement_is_a_moment(verb: str, kind: str, *, playing: bool | None) -> None:
    """Who, what and where, out of its many places."""
    found = point(statement(verb, time=10.5))
    assert (found.type, found.playing, found.position_s) == (kind, playing, 10.5)
    assert (found.user_id, found.visit_id, found.item_id) == ("4711", "registration-1", "film-1")
    assert (found.playback_id, found.duration_s) == ("session-1", 40.0)
    assert (found.activity_id, found.occurred_at_ms) == ("statement-1", NOW_MS - 10_000)


def test_a_seek_tells_both_its_ends() -> None:
    """Where it left and where it landed."""
    found = point(statement("seeked", time_from=12.0, time_to=14.5))
    assert (found.type, found.seek_from_s, found.position_s) == ("seek", 12.0, 14.5)


@pytest.mark.parametrize(
    ("time", "kind", "playing"),
    [(39.2, "ended", False), (40.02, "ended", False), (20, "milestone", None)],
)
def test_completed_is_the_end_only_at_the_end(
    time: float, kind: str, *, playing: bool | None
) -> None:
    """It says that all parts were watched once, which may happen in the middle."""
    found = point(statement("completed", time=time))
    assert (found.type, found.playing) == (kind, playing)


@pytest.mark.parametrize(("told", "found"), [({"time": 39.9}, {}), ({}, {"length": 40})])
def test_completed_somewhere_is_no_end(told: Json, found: Json) -> None:
    """Without position or length nobody can tell."""
    context = {"session-id": "session-1", **found}
    assert point(statement("completed", context=context, **told)).type == "milestone"


@pytest.mark.parametrize(
    ("string", "length", "watched", "unique", "completion"),
    [
        ("0.000[.]12.000[,]14.000[.]21.000[,]18.000[.]30.000", 40, 31, 28, 0.7),
        ("0[.]12[,]14[.]", 40, 12, 12, 0.3),
        ("0[.]46.613", 46.613, 46.613, 46.613, 1.0),
        ("0[.]30[,]30[.]60[,]10[.]20", 60, 70, 60, 1.0),
    ],
)
def test_played_segments_add_up(
    string: str, length: float, watched: float, unique: float, completion: float
) -> None:
    """Their sum is what was watched, their union is what was seen."""
    spans = played_spans(string)
    covered, reached = 0.0, 0.0
    for start_s, end_s in sorted(spans):
        covered += max(0.0, end_s - max(start_s, reached))
        reached = max(reached, end_s)
    assert sum(end_s - start_s for start_s, end_s in spans) == pytest.approx(watched)
    assert covered == pytest.approx(unique)
    assert covered / length == pytest.approx(completion)


@pytest.mark.parametrize(
    ("string", "spans"),
    [
        ("", ()),
        ("14[.]", ()),
        ("0[.]5[,]7[.][,]8[.]9", ((0.0, 5.0), (8.0, 9.0))),
        ("30[.]12[,]5[.]5[,]1[.]2", ((1.0, 2.0),)),
        (" 0 [.] 5 [,] ", ((0.0, 5.0),)),
        ("10[.]20[,]0[.]5", ((10.0, 20.0), (0.0, 5.0))),
    ],
)
def test_segments_that_say_nothing_are_left_out(
    string: str, spans: tuple[tuple[float, float], ...]
) -> None:
    """Open ones, and those that end before they begin; the order of playing is kept."""
    assert played_spans(string) == spans


@pytest.mark.parametrize(
    "string", ["none", "0-12", "0[.]12;14[.]15", "-1[.]5", "0[.]nan", "1e3[.]2"]
)
def test_what_is_no_list_of_segments_is_a_fault(string: str) -> None:
    """To read it as nothing would say that nothing was played."""
    with pytest.raises(PydanticCustomError):
        played_spans(string)
    assert rejected(statement(played_segments=string)) == ("schema", "played_segments: xapi")


def test_played_segments_go_with_the_point() -> None:
    """Without them it is a point only."""
    assert point(statement("paused", time=12, played_segments="0[.]12")).played == ((0.0, 12.0),)
    assert point(statement("paused", time=12)).played is None


def test_a_time_behind_the_end_stands_at_the_end() -> None:
    """Players run over by some milliseconds; by more it is another fault, and left alone."""
    assert point(statement("paused", time=40.045)).position_s == 40.0
    assert point(statement("paused", time=55)).position_s == 55.0


@pytest.mark.parametrize(
    ("speed", "rate"), [("1.25x", 1.25), ("2X", 2.0), (1.5, 1.5), ("0x", None), ("x", None)]
)
def test_speed_is_a_factor(speed: object, rate: float | None) -> None:
    """Written as `1.25x`."""
    found = point(statement(context={"session-id": "session-1", "speed": speed}))
    assert found.rate == rate


@pytest.mark.parametrize(("volume", "muted"), [(0, True), (0.8, False)])
def test_no_volume_is_muted(volume: float, *, muted: bool) -> None:
    """It is a share from 0 to 1."""
    told = statement(context={"session-id": "session-1", "volume": volume})
    assert point(told).muted is muted


@pytest.mark.parametrize(
    ("actor", "viewer"),
    [
        ({"account": {"name": "4711"}}, "user:4711"),
        ({"account": {"name": 4711}}, "user:4711"),
        ({"mbox_sha1sum": "ebd31e95054c018b1072"}, "user:ebd31e95054c018b1072"),
    ],
)
def test_an_actor_is_a_user(actor: Json, viewer: str) -> None:
    """Somebody known, by the account or by the sum of the mailbox."""
    result = understood(statement() | {"actor": actor})
    assert isinstance(result, ReceivedActivity)
    assert result.viewer == viewer


def test_without_a_session_the_registration_has_to_do() -> None:
    """And the other way round; `initialized` is the session's own statement."""
    assert point(statement(context={})).playback_id == "registration-1:film-1"
    assert point(statement("initialized", context={})).playback_id == "statement-1"
    only_session = statement()
    del only_session["context"]["registration"]
    assert point(only_session).visit_id == "session-1"


@pytest.mark.parametrize(
    ("iri", "item"),
    [
        ("https://video.example/films/film-1", "film-1"),
        ("https://video.example/films/film-1/", "film-1"),
        ("https://video.example/films/film-1?lang=en#t=10", "film-1"),
        ("https://video.example//film-1", "film-1"),
        ("urn:uuid:6f9619ff-8b86", "urn:uuid:6f9619ff-8b86"),
        ("film-1", "film-1"),
    ],
)
def test_an_item_is_the_last_segment_of_its_address(iri: str, item: str) -> None:
    """Unless the operator has another pattern."""
    assert point(statement() | {"object": {"id": iri, "definition": VIDEO}}).item_id == item


def test_an_item_is_found_by_the_operators_pattern() -> None:
    """Its first group."""
    rules = DialectRules(xapi_item_pattern=re.compile(r"/films/([^/]+)/"))
    told = statement() | {"object": {"id": "https://v.example/films/f-9/en", "definition": VIDEO}}
    assert point(told, rules).item_id == "f-9"


@pytest.mark.parametrize("iri", ["https://video.example/", "https://video.example"])
def test_a_host_is_no_item(iri: str) -> None:
    """Else all videos without a path would be one."""
    told = statement() | {"object": {"id": iri, "definition": VIDEO}}
    assert rejected(told) == ("schema", "item_pattern: xapi")


@pytest.mark.parametrize("iri", ["a" * 2048, "a/" * 1024, "/" * 2048, "a?" * 1024, "://" * 600])
def test_the_default_pattern_is_linear(iri: str) -> None:
    """A hostile address costs some thousand steps, not some million."""
    match = re.search(LAST_SEGMENT, iri)
    assert match is None or match[1]


def test_an_empty_group_is_no_item() -> None:
    """A pattern may match nothing."""
    rules = DialectRules(xapi_item_pattern=re.compile(r"x?()"))
    assert rejected(statement(), rules) == ("schema", "item_pattern: xapi")


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"actor": {"mbox": "mailto:a@example.com"}}, "identity", "neither user_id nor guest_id"),
        (
            {"actor": {"account": {"name": "a@b.c"}}},
            "identity",
            "string_pattern_mismatch: xapi.user_id",
        ),
        ({"context": {}}, "identity", "missing: xapi.visit_id"),
        ({"timestamp": None}, "schema", "missing: xapi.occurred_at_ms"),
        (
            {"object": {"id": "a" * 2049, "definition": VIDEO}},
            "schema",
            "string_too_long: xapi.object.id",
        ),
        ({"verb": {"id": 5}, "object": {"definition": VIDEO}}, "schema", "missing: xapi.object.id"),
    ],
)
def test_a_fault_is_named_by_rule_and_place(change: Json, reason: str, detail: str) -> None:
    """Never by what was sent."""
    assert rejected(statement() | change) == (reason, detail)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(statement("answered"), id="another verb"),
        pytest.param(
            {"actor": {}, "verb": {"id": f"{ADL}/completed"}, "object": {"id": "quiz-1"}},
            id="another object",
        ),
        pytest.param({"actor": 1, "verb": 2, "object": 3}, id="nothing at all"),
        pytest.param({"source": "xapi"}, id="only its word"),
    ],
)
def test_statements_of_something_else_are_passed_over(body: Json) -> None:
    """A quiz can be completed too."""
    assert isinstance(understood(body), NotPlayback)


@pytest.mark.parametrize("category", [{"id": PROFILE}, [{"id": "other"}, {"id": PROFILE}]])
def test_a_statement_may_show_its_profile_by_its_category(category: object) -> None:
    """Some players leave out the type of the object."""
    told = statement("interacted", time=3) | {"object": {"id": "https://v.example/film-1"}}
    around = told["context"] | {"contextActivities": {"category": category}}
    assert point(told | {"context": around}).position_s == 3.0
