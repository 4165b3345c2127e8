"""F27, F33, F34: the real runtime client, and processes that end at the wrong moment."""

import itertools
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from local.http_faults import Fault, Kind
from local.lambda_runtime import LambdaService
from tests.faults.hostile import MARKER
from tests.faults.shard import Shard, mapping_of, starts, viewers
from tests.faults.world import World

RECORDS = 60
KILLS = 5

type RealRecorder = Callable[..., tuple[LambdaService, Shard]]


@pytest.fixture
def real_recorder(world: World, tmp_path: Path) -> RealRecorder:
    """The recorder under the real runtime, and a shard before it."""

    def start(
        hostile: str = "", *, timeout_s: float = 30, **variables: str
    ) -> tuple[LambdaService, Shard]:
        service = world.service()
        handler = f"tests.faults.hostile.{hostile}" if hostile else None
        variables = {MARKER: str(tmp_path / "marker"), **variables}
        service.register(
            world.function("record_playback", timeout_s=timeout_s, handler=handler, **variables)
        )
        return service, Shard(
            mapping_of("record_playback"), partial(service.invoke, "record_playback")
        )

    return start


def test_f27_sink_too_slow_for_a_whole_batch(world: World, real_recorder: RealRecorder) -> None:
    """Each invocation gets further and ends in time; hardly anything is sent twice."""
    _, shard = real_recorder(timeout_s=15.5)
    world.events.fail_always(Fault(Kind.LATENCY, 0.5))
    shard.deliver(starts(RECORDS))
    sizes = [each.size for each in shard.deliveries]
    assert len(sizes) > 2
    assert all(later < earlier for earlier, later in itertools.pairwise(sizes))
    assert not any(each.is_total for each in shard.deliveries)
    assert world.users() == viewers(RECORDS)
    assert world.counters().received <= 1.2 * RECORDS


def test_f33_killed_at_random(world: World, real_recorder: RealRecorder) -> None:
    """SIGKILL before and after calls of PutEvents: every record is done, and none is put aside."""
    service, shard = real_recorder()
    chance = random.Random(33)  # noqa: S311  -- which moment is nobody's secret
    for _ in range(KILLS):
        kind = chance.choice([Kind.RESET, Kind.LOST_REPLY])
        world.events.fail_next(
            Fault(kind, hits=the_request_after(chance.randrange(12)), then=service.kill_all)
        )
    shard.deliver(starts(RECORDS))
    # Two may strike the same process, whose calls run side by side.
    assert world.events.struck == KILLS
    assert KILLS / 2 <= sum(each.is_total for each in shard.deliveries) <= KILLS
    assert world.users() == viewers(RECORDS)
    assert world.objects("rejections/") == []


def the_request_after(others: int) -> Callable[[bytes], bool]:
    """Hit the first request of those looked at that comes after so many others."""
    seen = itertools.count()
    return lambda _request: next(seen) >= others


@pytest.mark.parametrize("hostile", ["running_out_of_memory", "exiting"])
def test_a_process_that_ends_itself_loses_nothing(
    world: World, real_recorder: RealRecorder, hostile: str
) -> None:
    """Out of memory and SystemExit in the middle of a batch, which then comes again.

    Memory may first fail a call, and the process only then.
    """
    world.events.fail_always(Fault(Kind.LATENCY, 0.05))
    _, shard = real_recorder(hostile)
    shard.deliver(starts(RECORDS))
    assert shard.deliveries[0].is_total
    assert sum(each.is_total for each in shard.deliveries) <= 3
    assert world.users() == viewers(RECORDS)
    assert world.objects("rejections/") == []


def test_a_process_that_cannot_start_loses_nothing(
    world: World, real_recorder: RealRecorder
) -> None:
    """An error at import fails the batch, and the next cold start takes it."""
    _, shard = real_recorder("failing_to_start", HOSTILE_START="yes")
    shard.deliver(starts(10))
    assert [each.is_total for each in shard.deliveries] == [True, False, False]
    assert world.users() == viewers(10)


def test_f34_killed_by_the_timeout(world: World, real_recorder: RealRecorder) -> None:
    """A batch too large for its time is cut until its parts fit, and all of it is done."""
    _, shard = real_recorder("believing_in_plenty_of_time", timeout_s=1.5)
    world.events.fail_always(Fault(Kind.LATENCY, 0.1))
    shard.deliver(starts(RECORDS))
    assert any("Task timed out after 1.50 seconds" in line for line in world.lines)
    assert sum(each.is_total for each in shard.deliveries) >= 1
    assert world.users() == viewers(RECORDS)
    assert world.objects("rejections/") == []
