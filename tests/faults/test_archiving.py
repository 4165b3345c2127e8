"""F10 to F18: the archive of activities, exactly once whatever happens to a write."""

from collections.abc import Callable
from functools import partial

import pytest

from local.http_faults import Fault, Kind, error_reply
from local.lambda_runtime import LambdaService
from tests.faults.conftest import Metrics
from tests.faults.shard import Shard, mapping_of, once_there_were, starts
from tests.faults.world import World
from tests.support.s3 import BUCKET

pytestmark = pytest.mark.parametrize("sender", ["signed", "boto3"], indirect=True)

FIRST_KEY = (
    "activities/dt=2026-11-24/hh=06/shardId-000000000000/"
    "00000000000000000001-00000000000000000020.jsonl.gz"
)


def is_put(request: bytes) -> bool:
    return request.startswith(b"PUT /")


def answering(status: int, code: str) -> Fault:
    return Fault(Kind.ANSWER, reply=error_reply(status, code, xml=True))


def archived_once(world: World) -> bool:
    """Whether the twenty records are in one object, each once."""
    ids = [row["id"] for row in world.rows("activities/")]
    return world.objects() == [FIRST_KEY] and ids == [f"{n:020d}" for n in range(1, 21)]


def test_f10_s3_asks_to_slow_down(world: World, archiver: Shard) -> None:
    """The batch comes again as a whole, and is one object."""
    world.s3.fail_always(answering(503, "SlowDown"))
    archiver.before = once_there_were(1, world.s3.clear)
    archiver.deliver(starts(20))
    assert [each.size for each in archiver.deliveries] == [20, 20]
    assert archived_once(world)


def test_f11_reply_of_a_write_lost(world: World, archiver: Shard, metrics: Metrics) -> None:
    """The object is there when it is written again, with our content: that is success."""
    world.s3.fail_next(Fault(Kind.LOST_REPLY, hits=is_put))
    archiver.deliver(starts(20))
    assert world.s3.struck == 1
    assert len(archiver.deliveries) == 1
    assert archived_once(world)
    assert metrics()["ArchiveConflicts"] == 0


@pytest.fixture
def real_archiver(world: World) -> Callable[..., tuple[LambdaService, Shard]]:
    """The archiver under the real runtime, and a shard before it."""

    def start(**function: float | str) -> tuple[LambdaService, Shard]:
        service = world.service()
        service.register(world.function("archive_activity", **function))  # pyright: ignore[reportArgumentType]
        invoke = partial(service.invoke, "archive_activity")
        return service, Shard(mapping_of("archive_activity"), invoke)

    return start


type RealArchiver = Callable[..., tuple[LambdaService, Shard]]


def test_f12_killed_before_the_write(world: World, real_archiver: RealArchiver) -> None:
    """Nothing is there until the batch comes again, and then one object."""
    service, shard = real_archiver()
    world.s3.fail_next(Fault(Kind.RESET, hits=is_put, then=service.kill_all))
    shard.before = once_there_were(1, lambda: seen.append(world.objects()))
    seen: list[list[str]] = []
    shard.deliver(starts(20))
    assert ([each.is_total for each in shard.deliveries], seen) == ([True, False], [[]])
    assert archived_once(world)


def test_f13_killed_after_the_write(world: World, real_archiver: RealArchiver) -> None:
    """The object is there already when the batch comes again, and stays the only one."""
    service, shard = real_archiver()
    world.s3.fail_next(Fault(Kind.LOST_REPLY, hits=is_put, then=service.kill_all))
    shard.before = once_there_were(1, lambda: seen.append(world.objects()))
    seen: list[list[str]] = []
    shard.deliver(starts(20))
    assert ([each.is_total for each in shard.deliveries], seen) == ([True, False], [[FIRST_KEY]])
    assert archived_once(world)


def test_f14_conflict_of_conditional_writes(world: World, archiver: Shard) -> None:
    """Somebody writes the same name at the same time: the batch comes again."""
    world.s3.fail_always(answering(409, "ConditionalRequestConflict"))
    archiver.before = once_there_were(1, world.s3.clear)
    archiver.deliver(starts(20))
    assert len(archiver.deliveries) == 2
    assert archived_once(world)


def test_f15_other_content_of_the_same_name(
    world: World, archiver: Shard, metrics: Metrics
) -> None:
    """Ours stands beside it under a name of its own, once, and an alarm's metric counts it."""
    s3 = world.client("s3")
    s3.put_object(Bucket=BUCKET, Key=FIRST_KEY, Body=b"another", Metadata={"sha256": "another"})
    batch = archiver.elements(starts(20))
    archiver.deliver_elements(batch)
    archiver.deliver_elements(batch)
    beside = [key for key in world.objects() if key != FIRST_KEY]
    assert len(beside) == 1
    assert beside[0].startswith(FIRST_KEY.removesuffix(".jsonl.gz") + "-")
    assert s3.get_object(Bucket=BUCKET, Key=FIRST_KEY)["Body"].read() == b"another"
    assert metrics()["ArchiveConflicts"] == 2


@pytest.mark.parametrize(
    "code", ["AccessDenied", "KMS.AccessDeniedException", "KMS.DisabledException"]
)
def test_f16_denied_until_somebody_mends_it(
    world: World, archiver: Shard, metrics: Metrics, code: str
) -> None:
    """The stream waits, each attempt is counted for the alarm, and it drains after the repair."""
    world.s3.fail_always(answering(403, code))
    archiver.before = once_there_were(5, world.s3.clear)
    archiver.deliver(starts(20))
    assert [each.is_total for each in archiver.deliveries] == [True] * 5 + [False]
    assert metrics()["Misconfigured"] == 5
    assert archived_once(world)


def test_f17_hung_up_inside_a_continue(world: World, real_archiver: RealArchiver) -> None:
    """Whatever the client makes of it, be it an endless loop: in the end there is one object.

    botocore's never ends; the function's timeout is what ends it.
    """
    _, shard = real_archiver(timeout_s=3)
    world.s3.fail_next(Fault(Kind.CUT_CONTINUE, hits=is_put))
    shard.deliver(starts(20))
    assert world.s3.struck == 1
    assert len(shard.deliveries) <= 2
    assert archived_once(world)


def test_f18_disk_full(world: World, real_archiver: RealArchiver) -> None:
    """Nothing of ours is written to the disk, so a full one takes nothing from the archive."""
    _, shard = real_archiver(handler="tests.faults.hostile.with_a_full_disk")
    shard.deliver(starts(20))
    assert "the disk is full" in world.lines
    assert archived_once(world)
