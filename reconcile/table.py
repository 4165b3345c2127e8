"""The accounts as a table of plain text."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ingestion.application.comparing import Comparison
from ingestion.domain.conservation import End, HourAccount

_HOUR_WIDTH: Final = 19
_WIDTH: Final = 9
_NAMED: Final = 10
_HEADINGS: Final = {
    End.RECORDED: "recorded",
    End.REJECTED: "rejected",
    End.SUPERSEDED: "supersed.",
    End.NO_INTERACTION: "nothing",
    End.SETTLING: "settling",
    End.FAILED: "failed",
    End.UNPROVEN: "unproven",
    End.UNEXPLAINED: "UNEXPLAINED",
}


def table_of(accounts: Iterable[HourAccount]) -> Iterator[str]:
    """Lines of a table, an hour each, a sum at the end, and the names of the unexplained."""
    rows = list(accounts)
    yield _line("hour of arrival", ["received", *_HEADINGS.values(), "twice"])
    for account in rows:
        note = "  (recorded by other rules)" if account.has_other_rules else ""
        yield _line(account.hour.partition, _counts([account])) + note
    yield _line("together", _counts(rows))
    for account in rows:
        yield from (f"unexplained: {name}" for name in account.unexplained)


def _counts(accounts: Sequence[HourAccount]) -> list[str]:
    ends = [sum(account.ends.get(end, 0) for account in accounts) for end in _HEADINGS]
    received = sum(account.received for account in accounts)
    return [f"{n:,}" for n in (received, *ends, sum(each.duplicates for each in accounts))]


def _line(first: str, cells: Iterable[str]) -> str:
    return f"{first:<{_HOUR_WIDTH}}" + "".join(f" {cell:>{_WIDTH}}" for cell in cells)


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """What Personalize holds of what was sent."""
    held = comparison.sent - len(comparison.missing)
    yield (
        f"Personalize holds {held:,} of {comparison.sent:,} interactions sent"
        f" ({comparison.refused:,} refused, {comparison.incomparable:,} rows without a user,"
        f" {comparison.surplus:,} of other hours or senders)."
    )
    yield from (f"not with Personalize: {event_id}" for event_id in comparison.missing[:_NAMED])
    if len(comparison.missing) > _NAMED:
        yield f"… and {len(comparison.missing) - _NAMED:,} more"
