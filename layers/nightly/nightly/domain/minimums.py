"""Gates that look at one build: is there enough, is it whole, does Personalize take it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nightly.domain.columns import OPTIONAL_COLUMNS
from nightly.domain.findings import Finding, failure, warning
from nightly.domain.gate_limits import GateLimits
from nightly.domain.statistics import BuildStatistics

# Copies and raises of what is trained on anyway; every other outcome of an archived row is a loss.
NO_LOSS: Final = frozenset({"ok", "duplicate", "raise", "repeated", "stray_raise"})
# Empty unless something was recommended: that says nothing about the data.
_EMPTY_BY_NATURE: Final = frozenset(OPTIONAL_COLUMNS) - {"EVENT_VALUE"}
FULL: Final = "FULL"


@dataclass(frozen=True, slots=True)
class PlannedImport:
    """An import that is about to happen.

    Attributes:
        mode: `FULL` or `INCREMENTAL`.
        rows: Of all parts together.
        size_bytes: Likewise.
    """

    mode: str
    rows: int
    size_bytes: int


def minimums(of: BuildStatistics, limits: GateLimits) -> Iterator[Finding]:
    """What Personalize asks for, and below which it refuses to train."""
    if of.rows < limits.least_interactions:
        text = f"There are {of.rows:,} interactions; training needs {limits.least_interactions:,}."
        yield failure(
            "least_interactions", text, interactions=of.rows, least=limits.least_interactions
        )
    users, two = of.users.get("users", 0), of.users.get("with_two", 0)
    if two < limits.least_users_with_two:
        text = (
            f"{two:,} users have two interactions; training needs {limits.least_users_with_two:,}."
        )
        yield failure("least_users", text, users=two, least=limits.least_users_with_two)
    share = two / users if users else 0.0
    if users and share < limits.least_share_with_two:
        least = limits.least_share_with_two
        text = f"{share:.2%} of {users:,} users have two interactions; training needs {least:.2%}."
        yield failure("least_share_of_users", text, share=share, users=users, least=least)


def advice(of: BuildStatistics, limits: GateLimits) -> Iterator[Finding]:
    """What is recommended: less is trained on, and recommends less well."""
    users, items = of.users.get("users", 0), of.items.get("items", 0)
    two = of.users.get("with_two", 0)
    told = (
        ("advised_interactions", "interactions", of.rows, limits.advised_interactions),
        ("advised_users", "users with two interactions", two, limits.advised_users_with_two),
        ("advised_items", "items with interactions", items, limits.advised_items),
    )
    for gate, what, found, advised in told:
        if found < advised:
            text = f"There are {found:,} {what}; {advised:,} are recommended."
            yield warning(gate, text, found=found, advised=advised)
    each = of.rows / users if users else 0.0
    if each < limits.advised_per_user:
        advised = limits.advised_per_user
        text = f"A user has {each:.1f} interactions on average; {advised:g} are recommended."
        yield warning("advised_per_user", text, found=each, advised=advised)


def columns(of: BuildStatistics, limits: GateLimits) -> Iterator[Finding]:
    """How many columns and event types there are, and how many rows have a value in them."""
    own = [name for name in of.nulls if name not in OPTIONAL_COLUMNS]
    types = len(of.event_types)
    counted = types + len(own) + 1 + ("EVENT_VALUE" in of.nulls)
    if counted > limits.most_types_and_columns:
        most = limits.most_types_and_columns
        text = (
            f"{types} event types and {counted - types} columns are {counted} together;"
            f" Personalize takes {most}."
        )
        yield failure("types_and_columns", text, found=counted, types=types, most=most)
    if len(own) > limits.most_own_columns:
        most = limits.most_own_columns
        text = f"The schema has {len(own)} columns of its own; Personalize takes {most}."
        yield failure("own_columns", text, found=len(own), most=most)
    yield from _filled(of, limits)


def _filled(of: BuildStatistics, limits: GateLimits) -> Iterator[Finding]:
    for name, share in of.nulls.items():
        filled = 1 - share
        if of.rows and name not in _EMPTY_BY_NATURE and filled < limits.advised_filled:
            advised = limits.advised_filled
            text = f"{name} has a value in {filled:.1%} of the rows; {advised:.0%} is recommended."
            yield warning("filled", text, column=name, found=filled, advised=advised)


def rejections(of: BuildStatistics, limits: GateLimits) -> Iterator[Finding]:
    """How much of the newest day was lost on the way."""
    rows = sum(of.archived.values())
    lost = {name: count for name, count in of.archived.items() if name not in NO_LOSS and count}
    if rows < limits.rejected_from_rows or sum(lost.values()) <= limits.most_rejected * rows:
        return
    share, most = sum(lost.values()) / rows, limits.most_rejected
    first = max(sorted(lost), key=lambda name: lost[name])
    text = (
        f"{share:.1%} of {rows:,} newly archived rows cannot be trained on, most often for"
        f" {first} ({lost[first]:,}); at most {most:.1%} may be lost."
    )
    yield failure("rejected", text, share=share, rows=rows, most=most, reason=first)


def gaps(of: BuildStatistics, limits: GateLimits) -> Iterator[Finding]:
    """Days without any interaction between days that have some."""
    empty = of.gaps
    if not empty:
        return
    before, longest = max(empty, key=lambda gap: gap[1])
    days = sum(length for _, length in empty)
    text = (
        f"{days:,} days between others have no interaction; the longest gap is of {longest:,} days"
        f" after {before}."
    )
    is_too_wide = limits.most_gap_days is not None and longest > limits.most_gap_days
    say = failure if is_too_wide else warning
    yield say("gap", text, days=days, longest=longest, after=before)


def importable(planned: PlannedImport, limits: GateLimits) -> Iterator[Finding]:
    """Whether Personalize takes an import of this size."""
    least = limits.least_import_rows
    if planned.rows < least:
        text = f"The import has {planned.rows:,} rows; Personalize takes {least:,} at least."
        yield failure("import_rows", text, rows=planned.rows, least=least)
    is_full = planned.mode == FULL
    most = limits.most_full_bytes if is_full else limits.most_incremental_bytes
    if planned.size_bytes > most:
        text = (
            f"The {planned.mode} import has {planned.size_bytes:,} bytes; Personalize takes"
            f" {most:,} at most."
        )
        yield failure(
            "import_bytes", text, size_bytes=planned.size_bytes, most=most, mode=planned.mode
        )
