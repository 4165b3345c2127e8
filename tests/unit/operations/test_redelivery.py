"""Handing over: in rounds, at a rate, halved on a crash, and never for ever."""

import pytest
from ingestion.domain.message import Message

from operations.envelopes import Record, batches, record_id, record_of
from tests.support.builders import NOW_MS
from tests.support.operations import FakeFrontDoor, a_delivery


def records(count: int, body: bytes = b"{}") -> list[Record]:
    return [record_of(Message(str(n), "shardId-000000000000", body, NOW_MS)) for n in range(count)]


def test_what_the_function_wants_again_it_gets_again() -> None:
    """And only that."""
    door = FakeFrontDoor(wants_again=lambda each: each == "1" and len(door.deliveries) < 3)
    assert not a_delivery(door).deliver("record_playback", records(3))
    assert [len(delivered) for delivered in door.deliveries] == [3, 1, 1]
    assert sorted(each for _, each in door.taken) == ["0", "1", "2"]


def test_what_is_never_taken_is_told() -> None:
    """After a few rounds it is for the next run."""
    door = FakeFrontDoor(wants_again=lambda each: each == "1")
    assert a_delivery(door).deliver("record_playback", records(3)) == {"1"}


def test_a_crash_is_parted_from_its_neighbours() -> None:
    """Halved until the guilty one is alone."""
    door = FakeFrontDoor(crashes={"5"})
    delivery = a_delivery(door)
    assert delivery.deliver("record_playback", records(8)) == {"5"}
    assert {each for _, each in door.taken} == {"0", "1", "2", "3", "4", "6", "7"}
    assert delivery.faults["CrashError"] > 1


def test_a_whole_batch_stays_whole() -> None:
    """The archiver names its objects by the borders of the batch."""
    door = FakeFrontDoor(crashes={"0"})
    failed = a_delivery(door).deliver("archive_activity", records(3), is_whole=True)
    assert failed == {"0", "1", "2"}
    assert {len(delivered) for delivered in door.deliveries} == {3}


def test_nobody_knocks_for_ever_where_all_is_down() -> None:
    """Three batches in a row, then everything is for the next run, without a call."""
    door = FakeFrontDoor(is_down=True)
    delivery = a_delivery(door)
    for _ in range(10):
        assert delivery.deliver("record_playback", records(1)) == {"0"}
    assert len(door.deliveries) == 12
    assert delivery.has_given_up


def test_the_rate_is_kept() -> None:
    """A hundred records at ten a second last ten seconds on the delivery's clock."""
    delivery = a_delivery(FakeFrontDoor(), per_second=10)
    delivery.deliver("record_playback", records(100))
    assert delivery.clock.now_s() == pytest.approx(9.9, abs=0.2)


def test_events_stay_within_the_limits_of_an_invocation() -> None:
    """A hundred records, or what four megabytes hold, in order."""
    small, large = records(250), records(50, b"x" * 200_000)
    assert [len(batch) for batch in batches(small)] == [100, 100, 50]
    cut = list(batches(large))
    assert [record_id(r) for batch in cut for r in batch] == [record_id(r) for r in large]
    assert len(cut) > 2
