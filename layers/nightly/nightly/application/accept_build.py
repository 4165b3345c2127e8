"""Accepts a drift that stopped a build, and says what later builds are compared with.

nightly/builds/<build>/acceptance.json
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nightly.application.records import BUILDS, Records, date_of
from nightly.application.write_page import write_page
from nightly.domain.acceptance import Acceptance, accepted
from nightly.domain.build_record import BuildRecord
from nightly.domain.days import Day
from nightly.domain.errors import UnusableError
from nightly.domain.gate_limits import GateLimits
from nightly.domain.statistics import BuildStatistics
from nightly.ports import Storage

ACCEPTANCE: Final = "acceptance.json"


@dataclass(frozen=True, slots=True)
class Measure:
    """What a build is compared with.

    Attributes:
        name: Of that build, and that a person accepted it, in words; None without one.
        statistics: Of the last accepted build: deployed, or accepted by a person since; None
            before the first.
        acceptance: The last one by a person that is still in force.
    """

    name: str | None
    statistics: BuildStatistics | None
    acceptance: Acceptance | None


class Acceptances:
    """What persons have accepted, beside the records of builds."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._records = Records(storage)

    def put(self, acceptance: Acceptance) -> None:
        """Keep one, in the place of an earlier one of the same build."""
        self._storage.put(_key(acceptance.build), acceptance.to_json())

    def of(self, build: str) -> Acceptance | None:
        """That of a build; None if there is none that can be read."""
        text = self._storage.get(_key(build))
        try:
            return None if text is None else Acceptance.from_json(text)
        except UnusableError:
            return None

    def measure(self, night: Day, *, but: str, days: int) -> Measure:
        """What a build of a night is compared with.

        Args:
            night: The date of the build.
            but: Its name. Its own record is no measure; what a person accepted of it is one.
            days: For so many nights before it an acceptance is in force.
        """
        acceptance = self._in_force(night, days)
        record = self._records.last_accepted(but=but)
        if acceptance is not None and (record is None or acceptance.is_later_than(record)):
            name = f"{acceptance.build}, accepted by a person: {acceptance.reason}"
            return Measure(name, acceptance.statistics, acceptance)
        if record is None:
            return Measure(None, None, acceptance)
        return Measure(record.build, record.statistics, acceptance)

    def _in_force(self, night: Day, days: int) -> Acceptance | None:
        found = filter(None, map(self.of, self._names(night, days)))
        return max(found, key=lambda acceptance: acceptance.accepted_at, default=None)

    def _names(self, night: Day, days: int) -> Iterator[str]:
        first, last = str(night.plus(1 - days)), str(night)
        return (name for name in self._records.names() if first <= date_of(name) <= last)


def accept_build(build: str, reason: str, archive: Storage, now: str) -> Acceptance:
    """Accept the drift that stopped a build.

    Args:
        build: Its name.
        reason: Why, in one line without anybody's name.
        archive: What has the history of builds.
        now: ISO 8601 in UTC.

    Raises:
        UnusableError: There is no such build, it was not stopped by drift alone, or another one
            was deployed since.
    """
    records, acceptances = Records(archive), Acceptances(archive)
    record = records.get(build)
    if record is None:
        error = f"no record of {build} can be read"
        raise UnusableError(error)
    live = records.last_accepted(but=build)
    if live is not None and record.is_older_than(live.made_at):
        error = f"{build} has been overtaken: {live.build} was accepted after it"
        raise UnusableError(error)
    acceptance = accepted(record, _previous(record, acceptances), reason, now)
    acceptances.put(acceptance)
    write_page(record, archive, acceptance)
    return acceptance


def _previous(record: BuildRecord, acceptances: Acceptances) -> BuildStatistics | None:
    """What the build was compared with, be it accepted again."""
    again = acceptances.of(record.build)
    if again is not None:
        return again.previous
    days = GateLimits().accepted_days
    return acceptances.measure(Day.named(record.night), but=record.build, days=days).statistics


def _key(build: str) -> str:
    return f"{BUILDS}/{build}/{ACCEPTANCE}"
