"""Reads the clean layer: what is published, and what of it answers a question about some days."""

from collections.abc import Iterable, Sequence

from nightly.application.clean_day import CLEAN, published_day
from nightly.domain.days import Day, Days
from nightly.domain.errors import UnusableError
from nightly.domain.job import Section, Source
from nightly.domain.manifest import DayManifest
from nightly.domain.rules import BuildRules
from nightly.ports import Storage


def published_days(clean: Storage) -> tuple[Day, ...]:
    """The days that have a manifest, in order."""
    return tuple(manifest.day for manifest in _every(clean))


def sources_of(
    clean: Storage, manifests: Sequence[DayManifest], rules: BuildRules
) -> tuple[Source, Source]:
    """The files of some days as the views over which a build is made."""
    folders = [f"{CLEAN}/{manifest.day.partition}/" for manifest in manifests]
    pairs = list(zip(folders, manifests, strict=True))
    kept = tuple(clean.location(folder + manifest.file) for folder, manifest in pairs)
    resent = tuple(clean.location(folder + manifest.resent) for folder, manifest in pairs)
    return (
        Source(Section.CLEAN, kept, rules.columns.context),
        Source(Section.RESENT, resent),
    )


def manifests_of(clean: Storage, rules: BuildRules, days: Days | None) -> Sequence[DayManifest]:
    """Those of the days, and of the days around that tell what becomes of their interactions.

    Raises:
        UnusableError: One is not published, or lacks columns.
    """
    every = _every(clean)
    missing = set(_needed(days, rules)) - {manifest.day for manifest in every}
    if missing or not every:
        error = f"not in the clean layer: {', '.join(map(str, sorted(missing))) or 'any day'}"
        raise UnusableError(error)
    wanted = every if days is None else _around(every, days, rules)
    for manifest in wanted:
        _require_usable(manifest, rules)
    return wanted


def _every(clean: Storage) -> Sequence[DayManifest]:
    names = clean.folders(f"{CLEAN}/")
    days = (Day.named(name.removeprefix("dt=")) for name in names)
    return [found for day in days if (found := published_day(clean, day)) is not None]


def _needed(days: Days | None, rules: BuildRules) -> Iterable[Day]:
    """An interaction is undelivered once no copy of it can be sent any more."""
    if days is None:
        return ()
    return days.widened(after=rules.lookback_days) if rules.undelivered_to else days


def _around(every: Sequence[DayManifest], days: Days, rules: BuildRules) -> Sequence[DayManifest]:
    """Those near the days, or from the first one on.

    An interaction of the day before may be linked today, if it was not by the day before; one that
    was archived without being sent may have come on any day before.
    """
    after = rules.lookback_days if rules.undelivered_to else 0
    near = days.widened(before=2 * rules.link_days, after=after)
    has_unsent = any(manifest.unsent for manifest in every if manifest.day in set(days))
    first = Day(0) if has_unsent else near.first
    return [manifest for manifest in every if first <= manifest.day <= near.last]


def _require_usable(manifest: DayManifest, rules: BuildRules) -> None:
    if not manifest.resent:
        error = f"{manifest.day} was made before trackers were kept: make the day again"
        raise UnusableError(error)
    if not set(rules.columns.context) <= set(manifest.context):
        error = f"context columns are missing in {manifest.day}: make the day again"
        raise UnusableError(error)
