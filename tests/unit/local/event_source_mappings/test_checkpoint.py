"""How far a shard has been dealt with."""

from hypothesis import given
from hypothesis import strategies as st

from local.event_source_mappings.checkpoint import Checkpoint


@given(st.permutations(range(8)))
def test_the_position_never_passes_an_open_record(order: list[int]) -> None:
    """Lanes settle in any order; the position follows the slowest."""
    checkpoint = Checkpoint("start")
    checkpoint.add(str(number) for number in range(8))
    settled: set[int] = set()

    for number in order:
        checkpoint.settle([str(number)])
        settled.add(number)
        before_the_first_open = next((at for at in range(8) if at not in settled), 8) - 1
        expected = "start" if before_the_first_open < 0 else str(before_the_first_open)
        assert checkpoint.position == expected
        assert checkpoint.open_records == 8 - len(settled)
