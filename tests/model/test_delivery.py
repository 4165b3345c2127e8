"""Single histories of the stream, told one by one: what a failure costs, and whom."""

from functools import partial

import pytest

from tests.model.faults import Mode, Port
from tests.model.ledger import Kind
from tests.model.producer import Packing
from tests.model.stream_world import RECORDER, StreamWorld

W, Q, F, J, R = Kind.WATCHED, Kind.QUIET, Kind.FOREIGN, Kind.JUNK, Kind.REFUSED


def batches(world: StreamWorld) -> list[tuple[int, int]]:
    """First and last record of each batch that the recorder was invoked with."""
    lines = [line.split()[2] for line in world.lambda_.story if RECORDER in line]
    return [(_number(first), _number(last)) for first, last in (each.split("..") for each in lines)]


def _number(event_id: str) -> int:
    return int(event_id.rpartition(":")[2])


def test_only_what_failed_and_what_follows_comes_again() -> None:
    """The partial response names the first failed record, in the words that Lambda reads."""
    world = StreamWorld(lanes=1)
    world.producer.put("user-1", [W, W, W])
    world.producer.put("user-2", [W, W])
    world.faults.throttled_users = frozenset({"user-2"})
    world.recorder.step()
    world.faults.heal()
    world.recorder.step()

    assert batches(world) == [(1, 5), (4, 5)]
    world.drain()
    world.check()


@pytest.mark.parametrize("packing", [Packing.AGGREGATE, Packing.JSON_BATCH])
def test_a_record_that_carries_many_comes_again_whole(packing: Packing) -> None:
    """Its failed message is named by the record that Lambda knows."""
    world = StreamWorld(lanes=1)
    world.producer.put("user-1", [W, W])
    world.producer.put("user-2", [W, Q, W], packing)
    world.faults.throttled_users = frozenset({"user-2"})
    world.recorder.step()
    world.recorder.step()

    assert batches(world) == [(1, 3), (3, 3)]
    world.drain()
    world.check()


def test_nobody_waits_for_a_throttled_neighbour() -> None:
    """Other users of the batch are recorded at once."""
    world = StreamWorld(lanes=1)
    for user in ("user-1", "user-2", "user-3"):
        world.producer.put(user, [W, W])
    world.faults.throttled_users = frozenset({"user-1"})
    world.recorder.step()

    assert {each.user_id for each in world.personalize.trained_on.values()} == {"user-2", "user-3"}


def test_a_user_who_is_throttled_halfway_is_not_overtaken_by_himself() -> None:
    """After the first call that fails, the later calls of the same user are not made."""
    world = StreamWorld(batch_size=40, lanes=1)
    world.producer.put("user-1", [W] * 35)
    faults = world.faults
    # The archive is used first, then the second call of four fails, and the others would not.
    faults.later(2, partial(faults.modes.__setitem__, Port.TRACKER, Mode.DOWN))
    faults.later(3, faults.modes.clear)
    world.recorder.step()

    assert len(world.personalize.trained_on) == 10
    world.drain()
    world.check()


def test_when_personalize_is_down_few_calls_find_it_out() -> None:
    """After four failures in a row nothing more is tried in the invocation."""
    world = StreamWorld(batch_size=50, lanes=1)
    for user in range(40):
        world.producer.put(f"user-{user}", [W])
    world.faults.modes[Port.TRACKER] = Mode.DOWN
    used = world.faults.uses
    world.recorder.step()

    assert world.faults.uses - used == 1 + 4  # the archive, and the calls


def test_a_slow_personalize_is_left_in_time() -> None:
    """An invocation ends with an answer, never by its timeout, and each makes progress."""
    world = StreamWorld(batch_size=30, lanes=1)
    for user in range(20):
        world.producer.put(f"user-{user}", [W])
    world.faults.latency_s = 11.0
    recorded = [0]
    for _ in range(4):
        world.recorder.step()
        recorded.append(len(world.personalize.trained_on))

    assert world.faults.timeouts == 0
    assert recorded == [0, 5, 10, 15, 20]
    world.drain()
    world.check()


def test_a_wrong_configuration_rejects_nobody() -> None:
    """Personalize refuses everything it is sent: the batch waits until somebody mends that."""
    world = StreamWorld(lanes=1)
    world.producer.put("user-1", [W, W, W])
    world.personalize.refuses = lambda _interaction: True
    for _ in range(5):
        world.recorder.step()
    assert not world.rejections.rejections

    world.personalize.refuses = lambda _interaction: False
    world.drain()
    world.check()
    assert not world.failed_batches.documents


def test_one_refused_interaction_costs_a_few_calls_and_no_neighbour() -> None:
    """Nine of ten are recorded in the same invocation, the guilty one is rejected."""
    world = StreamWorld(batch_size=10, lanes=1)
    world.producer.put("user-1", [W, W, W, W, W, W, R, W, W, W])
    used = world.faults.uses
    world.recorder.step()

    assert len(world.personalize.trained_on) == 9
    assert world.faults.uses - used <= 1 + 8 + 1  # the archive, the calls, the rejection
    world.drain()
    world.check()


def test_a_message_that_kills_the_process_ends_up_alone() -> None:
    """Halving isolates it: what stands before it is recorded, what stands behind it waits."""
    world = StreamWorld(batch_size=8, lanes=1)
    world.producer.put("user-1", [W, W, W, W])
    world.producer.put("killer", [W])
    world.producer.put("user-2", [W, W, W])
    world.personalize.fails = lambda call: _kill_for("killer", call.user_id, world)
    for _ in range(12):
        world.recorder.step()

    assert batches(world)[-1] == (5, 5)
    assert len(world.personalize.trained_on) == 4
    world.personalize.fails = lambda _call: False
    world.drain()
    world.check()


def _kill_for(user: str, sent_for: str | None, world: StreamWorld) -> bool:
    if sent_for == user:
        world.faults.kill_now()
    return False


def test_a_rejection_waits_for_its_store() -> None:
    """What cannot be put aside yet is not done with."""
    world = StreamWorld(lanes=1)
    world.producer.put("user-1", [J, W])
    world.faults.modes[Port.REJECTIONS] = Mode.DOWN
    world.recorder.step()
    assert not world.rejections.rejections

    world.drain()
    world.check()
    assert len(world.rejections.rejections) == 1


def test_a_reshard_lets_nobody_be_overtaken() -> None:
    """Children wait for their parents, through a split and a merge."""
    world = StreamWorld(batch_size=2)
    for _ in range(3):
        for user in ("user-1", "user-2", "user-3", "user-4"):
            world.producer.put(user, [W, F, W])
        world.stream.split(0)
    world.stream.merge(0)
    for user in ("user-1", "user-2", "user-3", "user-4"):
        world.producer.put(user, [W, W])
    world.faults.throttled_users = frozenset({"user-1", "user-3"})
    for choice in range(40):
        world.recorder.step(choice)
    world.drain()
    world.check()


def test_an_archiver_that_does_not_know_whether_it_stored_stores_once() -> None:
    """The same whole batch comes again, under the same name."""
    world = StreamWorld()
    world.producer.put("user-1", [W] * 20)
    world.faults.modes[Port.ACTIVITIES] = Mode.LOST_REPLY
    for _ in range(5):
        world.archiver.step()
    world.producer.put("user-1", [W] * 20)
    world.drain()
    world.check()


@pytest.mark.parametrize("cut_by", ["disabling", "age"])
def test_a_batch_that_is_cut_otherwise_after_it_was_stored_is_archived_twice(cut_by: str) -> None:
    """The bounds of "exactly once": other borders are another name, and no row is missing.

    A mapping that is disabled while the answer is under way reads again from its checkpoint, and
    what became too old meanwhile is taken out of its batch. A row is known by origin and id.
    """
    world = StreamWorld(batch_size=8)
    world.producer.put("user-1", [W, W, W])
    world.clock.advance(60)
    world.producer.put("user-1", [W, W, W])
    world.faults.loses_an_answer = True
    world.archiver.step()
    if cut_by == "disabling":
        world.archiver.disable()
        world.producer.put("user-1", [W])
        world.archiver.enable()
    else:
        world.clock.advance(518_400 - 30)
    world.archiver.step()
    while world.archiver.step():
        pass

    stored = [m.id for batch in world.activities.batches.values() for m in batch]
    assert set(stored) == {number for _, number in world.ledger.records}
    assert len(stored) > len(set(stored))
    assert not world.activities.beside
