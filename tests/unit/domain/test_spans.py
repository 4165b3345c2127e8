"""Spans: union, measure and difference, against sets of seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.spans import Span, Union, clipped, length_s, longest, without

_WHOLE_SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(
        lambda pair: (float(pair[0]), float(pair[0] + pair[1]))
    ),
    max_size=12,
)


def seconds(spans: list[Span]) -> set[int]:
    """The whole seconds in spans that begin and end on whole seconds."""
    return {second for low, high in spans for second in range(int(low), int(high))}


@given(_WHOLE_SPANS)
def test_the_measure_of_a_union_is_the_number_of_its_seconds(spans: list[Span]) -> None:
    """What is there twice counts once, in whatever order it comes."""
    union = Union()
    for span in spans:
        union.add(span)
    assert union.measure_s == len(seconds(spans))
    assert length_s(union.spans) == union.measure_s
    assert union == Union.of(spans)


@given(_WHOLE_SPANS, _WHOLE_SPANS)
def test_a_difference_leaves_what_is_in_none_of_the_others(
    spans: list[Span], taken: list[Span]
) -> None:
    """Second by second."""
    rest = without(Union.of(spans).spans, Union.of(taken).spans)
    assert seconds(rest) == seconds(spans) - seconds(taken)


@given(_WHOLE_SPANS, _WHOLE_SPANS)
def test_a_union_covers_what_is_in_it(spans: list[Span], others: list[Span]) -> None:
    """And nothing else."""
    assert Union.of(spans).covers(others) == (seconds(others) <= seconds(spans))


def test_a_hole_of_half_a_second_was_played_and_a_greater_one_was_not() -> None:
    """Timers are late by tenths, not by seconds."""
    assert Union.of([(0, 10), (10.5, 20)]).spans == [(0, 20)]
    assert Union.of([(0, 10), (10.6, 20)]).measure_s == pytest.approx(19.4)


def test_clipping_cuts_at_the_duration_and_drops_what_is_behind_it() -> None:
    """Players run over the end by some tenths."""
    spans = [(0.0, 4.0), (8.0, 12.0), (11.0, 12.0)]
    assert clipped(spans, 10) == [(0, 4), (8, 10)]
    assert clipped([(3.0, 3.0), *spans], None) == spans


def test_where_room_is_short_the_crumbs_go() -> None:
    """The longest stay, in their order."""
    spans = [(0.0, 1.0), (2.0, 9.0), (10.0, 10.1), (11.0, 15.0)]
    assert longest(spans, 4) == spans
    assert longest(spans, 2) == [(2.0, 9.0), (11.0, 15.0)]
