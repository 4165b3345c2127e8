import pytest

from local.moto_extensions.kinesis_throughput import ShardThroughput


class _Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def throughput(clock: _Clock) -> ShardThroughput:
    return ShardThroughput(clock)


def test_a_shard_takes_a_thousand_records_at_once(throughput: ShardThroughput) -> None:
    """The 1,001st of one moment is refused."""
    admitted = [throughput.admits_write(10) for _ in range(1_001)]

    assert admitted == [True] * 1_000 + [False]


def test_a_shard_takes_a_mebibyte_at_once(throughput: ShardThroughput) -> None:
    """Four records of 256 KiB fit; then not even one byte does."""
    admitted = [throughput.admits_write(256 * 1024) for _ in range(4)]

    assert admitted == [True] * 4
    assert not throughput.admits_write(1)


def test_a_refused_record_costs_nothing(throughput: ShardThroughput) -> None:
    """What does not fit leaves room for what does."""
    assert not throughput.admits_write(2 * 1024 * 1024)
    assert throughput.admits_write(1024 * 1024)


def test_a_shard_recovers_as_time_passes(throughput: ShardThroughput, clock: _Clock) -> None:
    """A tenth of a second is worth a tenth of the records."""
    for _ in range(1_000):
        throughput.admits_write(1)
    clock.now_s = 0.1

    assert sum(throughput.admits_write(1) for _ in range(200)) == 100


def test_rest_does_not_add_up(throughput: ShardThroughput, clock: _Clock) -> None:
    """After an hour of nothing a shard takes one second's worth, not an hour's."""
    clock.now_s = 3_600

    assert sum(throughput.admits_write(1) for _ in range(2_000)) == 1_000


def test_a_shard_is_read_five_times_a_second(throughput: ShardThroughput) -> None:
    """The sixth call of one moment is refused."""
    assert [throughput.admits_read() for _ in range(6)] == [True] * 5 + [False]


def test_a_large_answer_makes_the_next_calls_wait(
    throughput: ShardThroughput, clock: _Clock
) -> None:
    """10 MiB are five seconds' worth, as the API reference of GetRecords says."""
    assert throughput.admits_read()
    throughput.book_read(10 * 1024 * 1024)

    clock.now_s = 3.9
    assert not throughput.admits_read()
    clock.now_s = 4.1
    assert throughput.admits_read()
