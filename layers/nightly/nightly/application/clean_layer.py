"""Reads the clean layer: what is published, and what of it answers a question about some days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nightly.application.clean_day import CLEAN, published_day
from nightly.application.published import published_histories
from nightly.domain.days import EVER, Day, Days
from nightly.domain.errors import UnusableError
from nightly.domain.history import HistoryManifest
from nightly.domain.job import Section, Source
from nightly.domain.manifest import DayManifest
from nightly.domain.rules import BuildRules
from nightly.ports import Storage


@dataclass(frozen=True, slots=True)
class Published:
    """What answers a question: days of arrival, and histories, which have a day of import."""

    days: Sequence[DayManifest]
    histories: Sequence[HistoryManifest]

    @property
    def interactions(self) -> int:
        """Rows of all their files."""
        return sum(made.interactions for made in (*self.days, *self.histories))

    @property
    def last_day(self) -> Day:
        """The newest day; there is one."""
        return max(made.day for made in (*self.days, *self.histories))


def published_days(clean: Storage) -> tuple[Day, ...]:
    """The days that have a manifest, and those on which a history was imported, in order."""
    days = {made.day for made in (*_every(clean), *published_histories(clean))}
    return tuple(sorted(days))


def sources_of(clean: Storage, published: Published, rules: BuildRules) -> tuple[Source, Source]:
    """The files of what is published, as the views over which a build is made."""
    folders = [f"{CLEAN}/{manifest.day.partition}/" for manifest in published.days]
    pairs = list(zip(folders, published.days, strict=True))
    kept = tuple(clean.location(folder + manifest.file) for folder, manifest in pairs)
    kept += tuple(clean.location(history.file) for history in published.histories)
    resent = tuple(clean.location(folder + manifest.resent) for folder, manifest in pairs)
    return (
        Source(Section.CLEAN, kept, rules.columns.context),
        Source(Section.RESENT, resent),
    )


def published_for(clean: Storage, rules: BuildRules, days: Days | None) -> Published:
    """The days, those around that tell what becomes of their interactions, and the histories.

    Raises:
        UnusableError: A day is not published, or lacks columns.
    """
    every = _every(clean)
    missing = set(_needed(days, rules)) - {manifest.day for manifest in every}
    missing -= set(_before_the_first(clean, every))
    published = Published(
        every if days is None else _around(every, days, rules), _histories(clean, rules, days)
    )
    if missing or not (published.days or published.histories):
        error = f"not in the clean layer: {', '.join(map(str, sorted(missing))) or 'any day'}"
        raise UnusableError(error)
    for manifest in published.days:
        _require_usable(manifest, rules)
    return published


def _before_the_first(clean: Storage, every: Sequence[DayManifest]) -> Iterable[Day]:
    """Days from the first history to the first clean day: nothing else was there then."""
    histories = published_histories(clean)
    if not histories:
        return ()
    last = min(manifest.day for manifest in every) if every else EVER.last.plus(1)
    return Days(min(history.day for history in histories), last.plus(-1))


def _histories(clean: Storage, rules: BuildRules, days: Days | None) -> Sequence[HistoryManifest]:
    """Imports of the same days, and of the days before whose guests may be linked today."""
    near = None if days is None else days.widened(before=2 * rules.link_days)
    return published_histories(clean, rules.columns.context, near)


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
