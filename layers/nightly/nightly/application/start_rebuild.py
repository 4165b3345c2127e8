"""Starts a rebuild under a name that follows from its order, and tells how far it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from nightly.application.ledger import read_ledger
from nightly.application.records import Records
from nightly.domain.build_record import Outcome
from nightly.domain.cost import Estimate, Prices, estimate
from nightly.domain.errors import BusyError, RebuildError, UnusableError
from nightly.domain.execution import Execution, RebuildOrder
from nightly.ports import Storage

_MOST_ATTEMPTS: Final = 50


class Executions(Protocol):
    """Executions of state machines."""

    def find(self, arn: str) -> Execution | None:
        """One execution; None if there never was one, or it is forgotten."""
        ...

    def running(self, machine_arn: str) -> Sequence[Execution]:
        """Those of a machine that are under way."""
        ...

    def start(self, machine_arn: str, name: str, order: Mapping[str, Any]) -> str:
        """Start one and give its ARN; the same again while it runs is the same execution."""
        ...

    def entered(self, arn: str, after: int) -> tuple[Sequence[str], int]:
        """States that were entered after an event, oldest first, and the newest event."""
        ...


@dataclass(frozen=True, slots=True)
class RebuildParts:
    """What is needed to start a rebuild.

    Attributes:
        machine_arn: Of the state machine of rebuilds.
        nightly_arn: Of that of nights, which has the same lock.
        archive: With the history of builds and the ledgers.
        is_there: Whether there is a dataset group of a name.
        recommenders: Names of those of the live group, which only a group of a domain can have.
    """

    stack: str
    machine_arn: str
    nightly_arn: str
    executions: Executions
    archive: Storage
    prices: Prices
    is_there: Callable[[str], bool]
    recommenders: Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What starting a rebuild would do.

    Attributes:
        name: Of the execution.
        group: The dataset group that is made, or gone on with.
        goes_on: Whether an earlier attempt has begun it.
        waits_for: Names of nights under way, whose lock it waits for.
        rows: Interactions of the newest build that counted them; None if none did.
        cost: Of importing and training on so many; None likewise.
        knows_bytes: Whether the import is in the cost: an earlier one told how large a row is.
    """

    name: str
    group: str
    goes_on: bool
    waits_for: tuple[str, ...]
    rows: int | None
    cost: Estimate | None
    knows_bytes: bool


def look_ahead(order: RebuildOrder, parts: RebuildParts) -> Prospect:
    """Say what would happen.

    Raises:
        BusyError: A rebuild is under way.
        UnusableError: This one has gone live already, or its group was deleted, or what is live
            has recommenders.
    """
    running = parts.executions.running(parts.machine_arn)
    if running:
        error = f"{running[0].name} is under way; --follow without --yes shows how far it is"
        raise BusyError(error)
    _require_no_recommenders(parts.recommenders())
    name, attempts = _free_name(order, parts)
    group = order.group(parts.stack)
    _require_new(order, group, attempts, parts)
    nights = parts.executions.running(parts.nightly_arn)
    rows, row_bytes = _size(parts.archive)
    waits_for = tuple(each.name for each in nights)
    cost = None if rows is None else _cost(rows, row_bytes or 0.0, parts.prices)
    is_there = parts.is_there(group)
    return Prospect(name, group, is_there, waits_for, rows, cost, row_bytes is not None)


def _cost(rows: int, row_bytes: float, prices: Prices) -> Estimate:
    size_bytes = round(rows * row_bytes)
    return estimate(rows, size_bytes, trains=True, prices=prices, ceiling_usd=None)


def start_rebuild(order: RebuildOrder, name: str, parts: RebuildParts) -> str:
    """Start it; gives the ARN of the execution."""
    return parts.executions.start(parts.machine_arn, name, order.as_input())


def follow(arn: str, executions: Executions, wait: Callable[[], None]) -> Iterator[str]:
    """Tell each state that takes time when it is first entered, and last how it ended.

    Raises:
        RebuildError: It failed, was too slow or was stopped.
        UnusableError: There is no such execution.
    """
    told: set[str] = set()
    after = 0
    while True:
        found = executions.find(arn)
        if found is None:
            error = f"there is no execution {arn}"
            raise UnusableError(error)
        entered, after = executions.entered(arn, after)
        for state in entered:
            if state not in told:
                told.add(state)
                yield state
        if not found.is_running:
            yield from _ended(found)
            return
        wait()


def _ended(found: Execution) -> Iterator[str]:
    if found.status != "SUCCEEDED":
        said = f": {found.error}: {found.cause}" if found.error else ""
        error = f"{found.name} ended {found.status}{said}"
        raise RebuildError(error)
    yield f"{found.name} ended: {found.outcome}"
    yield from (f"  {reason}" for reason in found.output.get("reasons", ()))


def _free_name(order: RebuildOrder, parts: RebuildParts) -> tuple[str, list[Execution]]:
    """The first name that no execution has had, and those that had the ones before it."""
    attempts: list[Execution] = []
    for number in range(1, _MOST_ATTEMPTS):
        name = order.name if number == 1 else f"{order.name}-{number}"
        execution = f"{parts.machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        found = parts.executions.find(execution)
        if found is None:
            return name, attempts
        attempts.append(found)
    error = f"{order.name} was tried {_MOST_ATTEMPTS - 1} times; give it another --serial"
    raise UnusableError(error)


def _require_no_recommenders(names: Sequence[str]) -> None:
    """They belong to their group for good, and after a switch that group is told nothing more.

    The state machine refuses the same, for whoever starts it otherwise.
    """
    if names:
        error = (
            f"the live dataset group has recommenders ({', '.join(names)}): they cannot move to"
            " another group, and would learn nothing after the switch; delete them first, once"
            " nobody asks them any more"
        )
        raise UnusableError(error)


def _require_new(
    order: RebuildOrder, group: str, attempts: Sequence[Execution], parts: RebuildParts
) -> None:
    """A group that went live, or was deleted with its ledger left, is not made again."""
    if any(each.outcome == Outcome.ACCEPTED for each in attempts):
        error = f"the rebuild of {order.night} has made {group} live; --serial b makes another"
        raise UnusableError(error)
    if read_ledger(parts.archive, group).imports and not parts.is_there(group):
        error = f"{group} was imported into and then deleted; --serial b makes another"
        raise UnusableError(error)


def _size(archive: Storage) -> tuple[int | None, float | None]:
    """How many interactions the newest build has counted, and the bytes of an imported row."""
    records = Records(archive)
    rows: int | None = None
    for record in filter(None, map(records.get, records.names())):
        rows = rows or record.statistics.rows or None
        imported = record.import_ or {}
        if rows is not None and imported.get("rows") and imported.get("bytes"):
            return rows, imported["bytes"] / imported["rows"]
    return rows, None
