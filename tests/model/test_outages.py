"""Days without Personalize, in simulated time: the stream is the buffer, and it drains."""

from itertools import count

from tests.model.faults import Mode, Port
from tests.model.ledger import Kind
from tests.model.producer import Packing
from tests.model.stream_world import RECORDER, StreamWorld

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
USERS = [f"user-{number}" for number in range(8)]


def traffic(world: StreamWorld, hours: float, *, step_s: float = HOUR_S) -> None:
    """Let time pass while everybody watches, in all the ways there are, and Lambda tries."""
    turn = count()
    ends_at_s = world.clock() + hours * HOUR_S
    while world.clock() < ends_at_s:
        at = next(turn)
        user = USERS[at % len(USERS)]
        world.producer.put(user, [Kind.WATCHED, Kind.QUIET, Kind.FOREIGN], list(Packing)[at % 3])
        if at % 7 == 0:
            world.producer.put(user, [Kind.JUNK, Kind.WATCHED])
            world.producer.repeat(at)
        if at % 29 == 0:
            world.stream.split(at)
        world.pump(*range(at, at + 6))
        world.clock.advance(max(0.0, step_s - (world.clock() % step_s)))


def test_six_days_without_personalize_lose_nothing_and_drain() -> None:
    """Just under the age at which Lambda gives up; nothing is put aside, and order holds."""
    world = StreamWorld(batch_size=50)
    traffic(world, hours=6)
    known = len(world.personalize.trained_on)
    world.faults.modes[Port.TRACKER] = Mode.DOWN
    traffic(world, hours=6 * 24 - 7)
    assert len(world.personalize.trained_on) == known
    world.faults.heal()
    traffic(world, hours=6)
    world.drain()

    assert not world.failed_batches.documents
    assert len(world.personalize.trained_on) > 300
    world.check()


def test_the_archive_does_not_wait_for_personalize() -> None:
    """Everything of the six days is archived while they last."""
    world = StreamWorld(batch_size=50)
    world.faults.modes[Port.TRACKER] = Mode.DOWN
    traffic(world, hours=48)
    while world.archiver.step():
        pass
    archived = {m.id for batch in world.activities.batches.values() for m in batch}

    assert archived == {number for _, number in world.ledger.records}


def test_an_outage_beyond_the_record_age_puts_the_whole_payload_aside() -> None:
    """What Lambda gives up lies in the bucket in full; given to the recorder, it is sent once."""
    world = StreamWorld(batch_size=20)
    world.faults.modes[Port.TRACKER] = Mode.DOWN
    traffic(world, hours=8 * 24, step_s=2 * HOUR_S)
    world.faults.heal()
    traffic(world, hours=4)
    world.drain()
    given_up = world.given_up(RECORDER)
    assert len(given_up) > 20
    first = world.failed_batches.of(RECORDER)[0]
    assert first["KinesisBatchInfo"]["batchSize"] == len(first["payload"]["Records"])
    trained_on = len(world.personalize.trained_on)

    world.check()  # redrives

    assert len(world.personalize.trained_on) > trained_on
    world.redrive()
    world.check()


def test_a_stream_nobody_reads_for_a_day_is_caught_up_with() -> None:
    """A disabled mapping goes on where it was."""
    world = StreamWorld(batch_size=50)
    traffic(world, hours=3)
    world.recorder.disable()
    traffic(world, hours=24)
    world.recorder.enable()
    traffic(world, hours=3)
    world.drain()

    assert not world.failed_batches.documents
    world.check()
