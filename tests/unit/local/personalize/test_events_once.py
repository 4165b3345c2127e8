"""What is trained on once, what never, and whose it is."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.personalize import EmulatedError
from tests.unit.local.personalize.world import START, World, an_event

DAY = 86_400


def items_of(world: World, group: str) -> list[tuple[str | None, str]]:
    """Lists (user, item) of what a training would see."""
    return [(each.user_id, each.item_id) for each in world.emulator.interactions(group)]


def test_a_known_event_id_is_accepted_and_ignored(world: World) -> None:
    """The id decides alone: another item, user or session does not make it new."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, an_event("i1", eventId="e"))
    world.put(tracking_id, an_event("i2", eventId="e"), userId="u2", sessionId="s2")

    assert items_of(world, group) == [("u1", "i1")]
    counters = world.emulator.counters(tracking_id)
    assert (counters.received, counters.recorded, counters.repeated) == (2, 1, 1)


def test_an_event_id_repeated_within_one_call_counts_once(world: World) -> None:
    """A call is no boundary for ids."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, *(an_event(f"i{n}", eventId="e") for n in range(3)))

    assert items_of(world, group) == [("u1", "i0")]


def test_event_ids_are_known_within_one_dataset(world: World) -> None:
    """Two dataset groups know nothing of each other."""
    groups = [world.live_group() for _ in range(2)]
    for _, tracking_id in groups:
        world.put(tracking_id, an_event(eventId="e"))

    assert [len(items_of(world, group)) for group, _ in groups] == [1, 1]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=30))
def test_redelivery_never_changes_what_is_trained_on(stream: list[tuple[str, int]]) -> None:
    """However a stream is repeated, every event id is trained on once."""
    world = World()
    group, tracking_id = world.live_group()
    for item, number in stream:
        world.put(tracking_id, an_event(item, at=START + number, eventId=f"{item}{number}"))

    assert len(items_of(world, group)) == len(set(stream))
    counters = world.emulator.counters(tracking_id)
    assert counters.recorded + counters.repeated == counters.received == len(stream)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ({}, {}, 1),
        ({"eventId": "1"}, {"eventId": "2"}, 1),
        ({}, {"at": START + 1}, 2),
        ({}, {"at": START + 0.4}, 1),
        ({}, {"eventType": "Like"}, 2),
        ({}, {"eventValue": 1.0}, 2),
    ],
)
def test_exact_duplicates_count_once(
    world: World, first: dict[str, Any], second: dict[str, Any], kept: int
) -> None:
    """Same user, item, second and properties: one of them is trained on, whatever the ids."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, an_event(**first), an_event(**second))

    assert len(items_of(world, group)) == kept
    assert world.emulator.counters(tracking_id).exact_duplicates == 2 - kept


@pytest.mark.parametrize(
    ("parameters", "event", "reason"),
    [
        ({"sessionId": "null"}, {}, "placeholder_sessionId"),
        ({"sessionId": " Undefined "}, {}, "placeholder_sessionId"),
        ({"sessionId": "[object Object]"}, {}, "placeholder_sessionId"),
        ({"userId": "NaN"}, {}, "placeholder_userId"),
        ({"userId": "None"}, {}, "placeholder_userId"),
        ({}, {"item_id": "nil"}, "placeholder_itemId"),
        ({}, {"at": 0}, "implausible_sentAt"),
        ({}, {"at": START * 1_000}, "implausible_sentAt"),
        ({}, {"at": START + DAY + 1}, "implausible_sentAt"),
    ],
)
def test_suspicious_events_are_accepted_and_lost(
    world: World, parameters: dict[str, Any], event: dict[str, Any], reason: str
) -> None:
    """The answer is a success, as on AWS; only the counters tell."""
    group, tracking_id = world.live_group()
    assert world.put(tracking_id, an_event(**event), **parameters) == {}

    assert items_of(world, group) == []
    counters = world.emulator.counters(tracking_id)
    assert (counters.received, counters.recorded) == (1, 0)
    assert counters.suspicious == {reason: 1}


def test_a_plausible_event_beside_a_suspicious_one_is_kept(world: World) -> None:
    """Events of one call are judged one by one."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, an_event("i1"), an_event("i2", at=5), an_event("i3", at=START + DAY))

    assert [item for _, item in items_of(world, group)] == ["i1", "i3"]


def test_anonymous_events_belong_to_the_user_a_later_one_names(world: World) -> None:
    """Signing in claims what the session did before."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, an_event("before", at=START), userId=None)
    assert items_of(world, group) == []

    world.put(tracking_id, an_event("signed-in", at=START + 10), userId="u1")

    assert items_of(world, group) == [("u1", "before"), ("u1", "signed-in")]


def test_what_arrives_late_is_linked_by_its_time(world: World) -> None:
    """What counts is when something happened, not when it arrived."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, an_event("signed-in", at=START + 10), userId="u1")
    world.put(tracking_id, an_event("before", at=START), userId=None)
    world.put(tracking_id, an_event("signed-out", at=START + 20), userId=None)

    assert items_of(world, group) == [("u1", "signed-in"), ("u1", "before")]


def test_a_session_of_two_users_gives_each_what_came_before_them(world: World) -> None:
    """An anonymous event goes to the next user of its session."""
    group, tracking_id = world.live_group()
    story = [("i0", None), ("i1", "u1"), ("i2", None), ("i3", "u2")]
    for number, (item, user) in enumerate(story):
        world.put(tracking_id, an_event(item, at=START + number), userId=user)

    expected = [("u1", "i0"), ("u1", "i1"), ("u2", "i2"), ("u2", "i3")]
    assert items_of(world, group) == expected


def test_anonymous_events_of_another_session_stay_anonymous(world: World) -> None:
    """Nothing but the session connects them."""
    group, tracking_id = world.live_group()
    world.put(tracking_id, an_event("i1"), userId=None, sessionId="other")
    world.put(tracking_id, an_event("i2", at=START + 1), userId="u1")

    assert items_of(world, group) == [("u1", "i2")]


def test_many_threads_record_an_id_once(world: World) -> None:
    """Calls that arrive together do not race for an id or lose an event."""
    group, tracking_id = world.live_group()

    def put(number: int) -> None:
        same = an_event("same", at=START + number, eventId="e")
        world.put(tracking_id, same, an_event(f"i{number}"), userId=f"u{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(64)))

    found = [item for _, item in items_of(world, group)]
    assert found.count("same") == 1
    assert len(found) == 65
    assert world.emulator.counters(tracking_id).repeated == 63


def test_counters_add_up(world: World) -> None:
    """Every call and every event of an accepted call is counted once."""
    _, tracking_id = world.live_group()
    world.put(tracking_id, an_event("i1", eventId="e"), an_event("i1"), an_event("i2", at=0))
    world.put(tracking_id, an_event("i9", eventId="e"))
    world.emulator.faults.fail_next(1, "ServiceUnavailable")
    for call in ({}, {"userId": "u" * 257}):
        with pytest.raises(EmulatedError):
            world.put(tracking_id, **call)

    found = world.emulator.counters(tracking_id)
    assert found.calls == 4
    assert (found.received, found.recorded, found.repeated, found.exact_duplicates) == (4, 1, 1, 1)
    assert found.suspicious == {"implausible_sentAt": 1}
    assert found.refused == {"model_constraint": 1}
    assert found.failed == {"ServiceUnavailable": 1}


def test_counters_of_all_trackers_go_by_name(world: World) -> None:
    """The demo shows them side by side."""
    world.live_group()
    group = world.group()
    world.dataset(group)
    made = world.control("CreateEventTracker", name="mine", datasetGroupArn=group)
    world.put(made["trackingId"])

    found = world.emulator.all_counters()
    assert len(found) == 2
    assert found["mine"].recorded == 1


def test_reset_forgets_everything(world: World) -> None:
    """Resources, events, counters and faults: a test after it starts from nothing."""
    _, tracking_id = world.live_group()
    world.put(tracking_id)
    world.emulator.faults.throttle()
    world.emulator.reset()

    assert world.control("ListDatasetGroups") == {"datasetGroups": []}
    assert world.emulator.all_counters() == {}
    assert world.emulator.counters(tracking_id).calls == 0
    _, again = world.live_group()
    assert world.put(again) == {}
