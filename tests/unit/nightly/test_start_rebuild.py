"""A rebuild is started under a name that follows from its order, and told to its end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nightly.adapters.folder import Folder
from nightly.adapters.price_list import prices
from nightly.application.ledger import note_import
from nightly.application.records import Records
from nightly.application.start_rebuild import RebuildParts, follow, look_ahead, start_rebuild
from nightly.domain.build_record import Outcome
from nightly.domain.days import Day, Days
from nightly.domain.errors import BusyError, RebuildError, UnusableError
from nightly.domain.execution import Execution, RebuildOrder
from nightly.domain.import_ledger import NotedImport
from nightly.domain.import_plan import ImportMode

from tests.support.statistics import a_record, some_statistics

STATES = "arn:aws:states:eu-west-1:123456789012"
MACHINE, NIGHTLY = f"{STATES}:stateMachine:films-rebuild", f"{STATES}:stateMachine:films-nightly"
NIGHT = Day.named("2026-11-24")
ORDER = RebuildOrder(NIGHT)
GROUP = "films-r20261124"


def arn(name: str) -> str:
    """Of an execution of the machine of rebuilds."""
    return f"{STATES}:execution:films-rebuild:{name}"


def ended(name: str, status: str = "SUCCEEDED", **output: Any) -> Execution:
    """An execution that is over."""
    return Execution(arn(name), name, status, output)


@dataclass
class FakeExecutions:
    """Executions by name, and the states that one enters."""

    known: list[Execution] = field(default_factory=list[Execution])
    nights: tuple[str, ...] = ()
    looks: list[tuple[str, Sequence[str]]] = field(default_factory=list[tuple[str, Sequence[str]]])
    started: list[tuple[str, str, Mapping[str, Any]]] = field(
        default_factory=list[tuple[str, str, Mapping[str, Any]]]
    )

    def find(self, arn: str) -> Execution | None:
        """See the port."""
        return next((each for each in self.known if each.arn == arn), None)

    def running(self, machine_arn: str) -> Sequence[Execution]:
        """See the port."""
        if machine_arn == NIGHTLY:
            return [Execution(f"{NIGHTLY}:{name}", name, "RUNNING") for name in self.nights]
        return [each for each in self.known if each.is_running]

    def start(self, machine_arn: str, name: str, order: Mapping[str, Any]) -> str:
        """See the port."""
        self.started.append((machine_arn, name, order))
        return arn(name)

    def entered(self, arn: str, after: int) -> tuple[Sequence[str], int]:
        """See the port."""
        assert arn
        status, names = self.looks[after]
        [found] = self.known
        self.known[0] = Execution(
            found.arn, found.name, status, found.output, found.error, found.cause
        )
        return names, after + 1


@pytest.fixture
def parts(tmp_path: Path) -> Callable[..., RebuildParts]:
    """Of a stack whose archive knows of no build."""

    def made(
        executions: FakeExecutions | None = None, *groups: str, recommenders: Sequence[str] = ()
    ) -> RebuildParts:
        return RebuildParts(
            "films",
            MACHINE,
            NIGHTLY,
            executions or FakeExecutions(),
            Folder(tmp_path),
            prices(),
            groups.__contains__,
            lambda: recommenders,
        )

    return made


def test_the_name_follows_from_the_order(parts: Callable[..., RebuildParts]) -> None:
    """So that a night that starts the same starts nothing beside it."""
    executions = FakeExecutions()
    order = RebuildOrder(NIGHT, "b", {"users": "arn:schema"})
    prospect = look_ahead(order, parts(executions))
    assert (prospect.name, prospect.group) == ("rebuild-2026-11-24b", f"{GROUP}b")
    assert (prospect.goes_on, prospect.waits_for, prospect.cost) == (False, (), None)
    assert start_rebuild(order, prospect.name, parts(executions)) == arn("rebuild-2026-11-24b")
    told = {"night": "2026-11-24", "serial": "b", "schemas": {"users": "arn:schema"}}
    assert executions.started == [(MACHINE, "rebuild-2026-11-24b", told)]


@pytest.mark.parametrize(
    "before",
    [
        [ended("rebuild-2026-11-24", "FAILED")],
        [ended("rebuild-2026-11-24", outcome="kept")],
        [ended("rebuild-2026-11-24", outcome="stopped")],
    ],
)
def test_a_further_attempt_has_the_next_name_and_the_same_group(
    parts: Callable[..., RebuildParts], before: list[Execution]
) -> None:
    """Step Functions takes each name once."""
    prospect = look_ahead(ORDER, parts(FakeExecutions(before), GROUP))
    assert (prospect.name, prospect.group) == ("rebuild-2026-11-24-2", GROUP)
    assert prospect.goes_on


def test_what_went_live_is_not_rebuilt(parts: Callable[..., RebuildParts]) -> None:
    """A serial makes another group."""
    before = [
        ended("rebuild-2026-11-24", "FAILED"),
        ended("rebuild-2026-11-24-2", outcome="accepted"),
    ]
    with pytest.raises(UnusableError, match=f"has made {GROUP} live; --serial b"):
        look_ahead(ORDER, parts(FakeExecutions(before), GROUP))


def test_attempts_have_an_end(parts: Callable[..., RebuildParts]) -> None:
    """Whoever has tried that often should look at the reasons."""
    names = ["rebuild-2026-11-24", *(f"rebuild-2026-11-24-{n}" for n in range(2, 50))]
    before = [ended(name, "FAILED") for name in names]
    with pytest.raises(UnusableError, match="was tried 49 times"):
        look_ahead(ORDER, parts(FakeExecutions(before)))


def test_a_deleted_group_is_not_made_again(
    parts: Callable[..., RebuildParts], tmp_path: Path
) -> None:
    """Its ledger says that everything is in it."""
    days = Days(NIGHT.plus(-3), NIGHT.plus(-1))
    noted = NotedImport("job", ImportMode.FULL, days, 1_200, "2026-11-24T03:00:00+00:00")
    note_import(Folder(tmp_path), GROUP, noted)
    with pytest.raises(UnusableError, match=f"{GROUP} was imported into and then deleted"):
        look_ahead(ORDER, parts())
    assert look_ahead(ORDER, parts(None, GROUP)).goes_on


def test_recommenders_would_stay_behind(parts: Callable[..., RebuildParts]) -> None:
    """They are named, as whoever asks them has to be found."""
    with pytest.raises(UnusableError, match=r"has recommenders \(top-picks, trending\)"):
        look_ahead(ORDER, parts(recommenders=["top-picks", "trending"]))


def test_one_at_a_time(parts: Callable[..., RebuildParts]) -> None:
    """The one under way is named."""
    running = Execution(arn("rebuild-2026-11-20"), "rebuild-2026-11-20", "RUNNING")
    with pytest.raises(BusyError, match="rebuild-2026-11-20 is under way"):
        look_ahead(ORDER, parts(FakeExecutions([running])))


def test_a_night_is_waited_for(parts: Callable[..., RebuildParts]) -> None:
    """It has the lock."""
    executions = FakeExecutions(nights=("night-2026-11-24",))
    assert look_ahead(ORDER, parts(executions)).waits_for == ("night-2026-11-24",)


def test_the_cost_is_of_as_many_as_the_newest_build_has(
    parts: Callable[..., RebuildParts], tmp_path: Path
) -> None:
    """And of rows as large as those that were imported last; a night that failed counted none."""
    records = Records(Folder(tmp_path))
    nothing = some_statistics(rows=0, daily=())
    records.put(a_record("night-2026-11-24", statistics=nothing, outcome=Outcome.FAILED))
    records.put(a_record("night-2026-11-23"))
    prospect = look_ahead(ORDER, parts())
    assert (prospect.rows, prospect.knows_bytes) == (60_000, False)
    assert prospect.cost is not None
    assert (prospect.cost.import_usd, prospect.cost.training_usd) == (0, pytest.approx(0.12))
    imported = {"rows": 1_000, "bytes": 100_000}
    records.put(a_record("night-2026-11-20", import_=imported))
    prospect = look_ahead(ORDER, parts())
    assert prospect.cost is not None
    assert prospect.knows_bytes
    assert prospect.cost.import_usd == pytest.approx(6_000_000 / 1e9 * 0.05)


def test_each_state_is_told_once_and_then_the_end() -> None:
    """Looking again enters the same states over and over."""
    found = ended("rebuild-2026-11-24", "RUNNING", outcome="accepted", reasons=["It is better."])
    looks = [("RUNNING", ["TakeLock"]), ("RUNNING", []), ("SUCCEEDED", ["TakeLock", "Switch"])]
    executions = FakeExecutions([found], looks=[*looks, ("SUCCEEDED", [])])
    waits: list[None] = []
    told = list(follow(found.arn, executions, lambda: waits.append(None)))
    assert told == [
        "TakeLock",
        "Switch",
        "rebuild-2026-11-24 ended: accepted",
        "  It is better.",
    ]
    assert len(waits) == 3


@pytest.mark.parametrize(
    ("error", "said"),
    [("Rebuild.ImportFailed", "ended FAILED: Rebuild.ImportFailed: A row."), ("", "ended FAILED$")],
)
def test_a_failure_is_one(error: str, said: str) -> None:
    """With its reason."""
    name = "rebuild-2026-11-24"
    found = Execution(arn(name), name, "FAILED", {}, error, "A row." if error else "")
    executions = FakeExecutions([found], looks=[("FAILED", ["Import"])])
    with pytest.raises(RebuildError, match=said):
        list(follow(found.arn, executions, lambda: None))


def test_an_execution_that_is_forgotten_cannot_be_followed() -> None:
    """Step Functions keeps them for ninety days."""
    with pytest.raises(UnusableError, match="there is no execution"):
        list(follow("arn", FakeExecutions(), lambda: None))
