"""Injected faults of the event service."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from local.personalize import EmulatedError
from tests.unit.local.personalize.world import USER_FIELDS, World, an_event

STATUS = {
    "ThrottlingException": 400,
    "AccessDeniedException": 400,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
}


@pytest.mark.parametrize("code", STATUS)
def test_the_next_calls_fail_and_then_no_more(world: World, code: str) -> None:
    """A fault is used up by as many calls as were asked for, and nothing is recorded."""
    group, tracker = world.live_group()
    world.emulator.faults.fail_next(2, code)

    for _ in range(2):
        with pytest.raises(EmulatedError) as caught:
            world.put(tracker)
        assert (caught.value.code, caught.value.http_status) == (code, STATUS[code])
    world.put(tracker)

    assert len(world.emulator.interactions(group)) == 1
    counters = world.emulator.counters(tracker)
    assert (counters.calls, counters.failed, counters.refused) == (3, {code: 2}, {})


def test_a_fault_of_some_users_leaves_the_others_alone(world: World) -> None:
    """A throttle of u1 lasts until it is taken back; u2 never sees it."""
    _, tracker = world.live_group()
    world.emulator.faults.throttle(user_ids={"u1"})

    world.put(tracker, userId="u2")
    for _ in range(3):
        with pytest.raises(EmulatedError, match="ThrottlingException"):
            world.put(tracker, userId="u1")
    world.emulator.faults.clear()
    world.put(tracker, userId="u1")


def test_users_and_items_fail_too(world: World) -> None:
    """The whole event service is down, and what it refused to take is not there."""
    users = world.dataset(world.group(), USER_FIELDS, "Users")
    call = {"users": [{"userId": "u1", "properties": '{"age": 30}'}]}
    world.emulator.faults.fail_next(1, "ServiceUnavailable")

    with pytest.raises(EmulatedError, match="ServiceUnavailable"):
        world.events("PutUsers", datasetArn=users, **call)
    assert world.emulator.records(users) == []
    world.events("PutUsers", datasetArn=users, **call)
    assert len(world.emulator.records(users)) == 1


def test_faults_come_before_validation(world: World) -> None:
    """A throttled call is throttled whatever it carries."""
    world.emulator.faults.throttle()

    with pytest.raises(EmulatedError, match="ThrottlingException"):
        world.events("PutEvents", trackingId=5)


def test_an_unknown_fault_is_a_mistake_of_the_test(world: World) -> None:
    """Only errors AWS documents can be injected."""
    with pytest.raises(ValueError, match="Oops"):
        world.emulator.faults.fail_next(1, "Oops")


def test_many_threads_lose_and_double_nothing(world: World) -> None:
    """Faults are used up exactly, and every event of the other calls is recorded once."""
    group, tracker = world.live_group()
    world.emulator.faults.fail_next(50, "ThrottlingException")

    def put(number: int) -> bool:
        try:
            world.put(tracker, an_event(f"i{number}"), userId=f"u{number}")
        except EmulatedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(put, range(200)))

    assert sum(taken) == 150
    assert len(world.emulator.interactions(group)) == 150


@pytest.mark.parametrize("user_id", [["u1"], {"u1": 1}, 1])
def test_a_user_id_of_any_type_gets_past_the_faults(world: World, user_id: object) -> None:
    """Nothing has checked a call when faults look at it; validation refuses it next."""
    _, tracker = world.live_group()
    world.emulator.faults.throttle(user_ids={"u1"})

    with pytest.raises(EmulatedError, match="InvalidInputException"):
        world.put(tracker, userId=user_id)


def test_a_fault_of_an_operation_is_used_up_by_it_alone(world: World) -> None:
    """Each of its next calls fails with the next code; other operations never see it."""
    group, _ = world.live_group()
    world.emulator.faults.fail_operation("CreateSolution", "LimitExceededException")

    world.described("DatasetGroup", group)
    with pytest.raises(EmulatedError) as caught:
        world.solution(group)
    assert caught.value.code == "LimitExceededException"
    world.solution(group)
