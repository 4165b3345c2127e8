"""All days of arrival that a night builds on, made clean as far as the time allows.

A day that is published stays published: what an attempt has no time for, the next one does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from nightly.application.clean_day import (
    CLEAN,
    MANIFEST,
    CleanedDay,
    Cleaning,
    archived_days,
    clean_day,
)
from nightly.domain.days import Day, Days
from nightly.domain.errors import NotFinishedError

_SHARE_FOR_THE_BUILD: Final = 0.5

type TimeLeft = Callable[[], float]
"""Seconds until this attempt is ended from outside."""


def unlimited() -> float:
    """The time left of somebody who is in no hurry."""
    return float("inf")


@dataclass(slots=True)
class Allowance:
    """The time of one attempt, half of which is kept for what follows the days.

    Whatever an attempt does first it may do: so each attempt gets on, however slow a day is.
    """

    left: TimeLeft
    least_s: float = field(init=False)
    has_worked: bool = False

    def __post_init__(self) -> None:
        self.least_s = self.left() * _SHARE_FOR_THE_BUILD

    def require(self, what: str) -> None:
        """Raise NotFinishedError if something was done and too little time is left for the rest."""
        if self.has_worked and self.left() < self.least_s:
            raise NotFinishedError(what)


def publish_days(through: Day, cleaning_of: Cleaning, allowance: Allowance) -> Days | None:
    """Publish every day up to one, those without a row as well, so that none is missing.

    Days that are published are looked at again only while their raw rows may still change: within
    the lookback, and before it where a day step notices rows that came late.

    Args:
        through: The last day.
        cleaning_of: Where days come from and go to.
        allowance: The time for it.

    Returns:
        The days of the clean layer; None if nothing was archived by then.

    Raises:
        NotFinishedError: Time is short; what was made is published.
        RawGoneError: As `clean_day`.
        ConservationError: As `clean_day`.
    """
    published = _published(cleaning_of)
    known = [day for day in (*archived_days(cleaning_of.archive), *published) if day <= through]
    if not known:
        return None
    days = Days(min(known), through)
    recent = through.plus(-cleaning_of.rules.lookback_days)
    wanted = {day for day in days if day >= recent or day not in published}
    _publish(wanted, days, cleaning_of, allowance)
    allowance.require(f"all days up to {through} are clean; the build is next")
    return days


def _publish(wanted: set[Day], days: Days, cleaning_of: Cleaning, allowance: Allowance) -> None:
    done: set[Day] = set()
    while waiting := sorted(wanted - done):
        allowance.require(f"{len(waiting)} days are still to be made clean")
        cleaned = clean_day(waiting[0], cleaning_of)
        done.add(waiting[0])
        allowance.has_worked |= cleaned.is_new
        wanted |= _again(cleaned, days, cleaning_of.rules.lookback_days)


def _again(cleaned: CleanedDay, days: Days, lookback_days: int) -> set[Day]:
    """Days that got rows after they were published, and those whose lookback reaches them."""
    return {
        day
        for grown in cleaned.grown
        for day in Days(grown, grown).widened(after=lookback_days)
        if days.first <= day <= days.last
    }


def _published(cleaning_of: Cleaning) -> Sequence[Day]:
    """By their manifests, found by listing: a folder alone says nothing."""
    prefix = f"{CLEAN}/dt="
    keys = (file.key for file in cleaning_of.clean.files(f"{CLEAN}/"))
    return [
        Day.named(key.removeprefix(prefix).partition("/")[0])
        for key in keys
        if key.startswith(prefix) and key.endswith(f"/{MANIFEST}")
    ]
