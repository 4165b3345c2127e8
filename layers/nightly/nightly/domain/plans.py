"""Which statements make a clean day, and which a build."""

from collections.abc import Mapping
from typing import Final

from nightly.domain.days import Days
from nightly.domain.job import Step
from nightly.domain.rules import BuildRules, CleanRules

type Statements = Mapping[str, str]
"""Texts with words in braces, by name; see `nightly.sql`."""

CLEANING: Final = (
    "refusals",
    "several",
    "checked",
    "judged",
    "alone",
    "rivals",
    "decided",
    "copies",
    "settled",
    "clean",
    "resent",
    "day_counts",
    "clean_counts",
    "archived",
)
BUILDING: Final = (
    "firsts",
    "again",
    "people",
    "links",
    "streamed",
    "delivered",
    "considered",
    "training",
    "figures",
    "build_counts",
    "user_statistics",
    "item_statistics",
    "distributions",
    "nulls",
    "popular_items",
)
# Read by several others, and dear (`decided`, `figures`) or small (the others).
_KEPT: Final = frozenset({"several", "decided", "copies", "links", "figures", "firsts"})


def cleaning(statements: Statements, rules: CleanRules, days: Days) -> tuple[Step, ...]:
    """From `archive` and `refused` to `clean`, `resent` and their figures."""
    return _steps(statements, CLEANING, rules.words(days))


def building(statements: Statements, rules: BuildRules, days: Days) -> tuple[Step, ...]:
    """From `clean` and `resent` to `training` and its figures."""
    return _steps(statements, BUILDING, rules.words(days))


def _steps(
    statements: Statements, names: tuple[str, ...], words: Mapping[str, str]
) -> tuple[Step, ...]:
    return tuple(Step(name, statements[name].format(**words), name in _KEPT) for name in names)
