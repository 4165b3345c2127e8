"""Hours of arrival."""

from ingestion.domain.hour import Hour, hours

NINE = Hour(1_795_510_800)  # 2026-11-24 09:00 UTC
NINE_MS = NINE.starts_at_s * 1000


def test_an_hour_holds_its_first_millisecond_and_not_the_next_hours() -> None:
    """Each moment lies in one hour."""
    assert NINE_MS in NINE
    assert NINE_MS + 3_599_999 in NINE
    assert NINE_MS + 3_600_000 not in NINE
    assert NINE_MS + 3_600_000 in NINE.plus(1)


def test_its_partition_is_in_utc() -> None:
    """What stands in a key does not depend on where the code runs."""
    assert NINE.partition == "dt=2026-11-24/hh=09"
    assert Hour.named(NINE.partition) == NINE


def test_a_span_has_every_hour_that_it_touches() -> None:
    """The end is not part of the span."""
    assert list(hours(NINE_MS + 1, NINE_MS + 3_600_001)) == [NINE, NINE.plus(1)]
    assert list(hours(NINE_MS, NINE_MS + 3_600_000)) == [NINE]
    assert list(hours(NINE_MS, NINE_MS)) == []
