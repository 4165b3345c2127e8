"""Nights over dataset groups of the real emulator: who sent what to whom, and what was imported.

It keeps books of its own, by rules that share nothing with the SQL: which group took which event,
and on which day an interaction and its user were known. Each item belongs to one interaction, so
the items of a group for training are its interactions.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from nightly.adapters.folder import Folder
from nightly.adapters.statements import statements
from nightly.application.build import Building
from nightly.application.clean_day import Cleaning, clean_day
from nightly.application.ledger import note_import, read_ledger
from nightly.application.statistics import Counting
from nightly.application.undelivered import (
    Planned,
    Question,
    export_undelivered,
    plan_night,
)
from nightly.application.validate import Limits
from nightly.domain.days import Day, Days
from nightly.domain.import_ledger import NotedImport
from nightly.domain.import_plan import ImportMode, ImportPlan, PlanKind

from local.personalize import PersonalizeEmulator
from local.personalize.quotas import Quotas
from tests.support.nightly import (
    BUILD_RULES,
    CLEAN_RULES,
    CONTEXT,
    DAY,
    DAY_MS,
    ENGINE,
    a_row,
    write_rows,
)
from tests.support.personalize import SCHEMA

LOOKBACK: Final = 1
LEAST_ROWS: Final = 2
HOUR_MS: Final = 3_600_000
CLEANING_RULES: Final = replace(CLEAN_RULES, lookback_days=LOOKBACK, context=CONTEXT)
BUILDING_RULES: Final = replace(BUILD_RULES, lookback_days=LOOKBACK)
UNSENT: Final = "none"


@dataclass(slots=True)
class Told:
    """An interaction as its player tells it, and where it went.

    Attributes:
        number: Of the interaction; also its item and its event id.
        visit: A guest becomes the user who is named later in the same visit.
        is_guest: Whether no user was signed in.
        first_day: On which the archive first had it.
        groups: Whose tracker took it.
    """

    number: int
    visit: int
    is_guest: bool
    occurred_at_ms: int
    first_day: Day
    groups: set[str] = field(default_factory=set[str])

    @property
    def item_id(self) -> str:
        """No other interaction has it."""
        return f"item-{self.number}"

    def row(self, arrived_at_ms: int, tracker: str | None, **fields: Any) -> dict[str, Any]:
        """As the archive has it."""
        return a_row(
            f"event-{self.number}",
            user_id=None if self.is_guest else f"user-{self.visit}",
            guest_id=f"guest-{self.visit}",
            visit_id=f"visit-{self.visit}",
            item_id=self.item_id,
            occurred_at_ms=self.occurred_at_ms,
            arrived_at_ms=arrived_at_ms,
            tracker=tracker,
            **fields,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A dataset group with its tracker."""

    name: str
    arn: str
    dataset_arn: str
    tracking_id: str

    @property
    def mark(self) -> str:
        """As the recorders write it into the rows."""
        return hashlib.sha256(self.tracking_id.encode()).hexdigest()[:16]


class NightWorld:
    """The archive, the groups, and the time in between."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now_ms = DAY.number * DAY_MS
        self.told: list[Told] = []
        self.groups: list[Group] = []
        self.emulator = PersonalizeEmulator(
            s3_reader=self._read,
            clock=lambda: self.now_ms / 1000,
            quotas=Quotas(rows_per_interactions_import=LEAST_ROWS, dataset_groups=50),
        )
        self.live = self._new_group()
        self._rows: list[dict[str, Any]] = []
        self._files = 0
        self._next_day = DAY

    @property
    def today(self) -> Day:
        """The day of `now_ms`."""
        return Day(self.now_ms // DAY_MS)

    def happens(self, visit: int, *, is_guest: bool = False, hours_ago: int = 0) -> Told:
        """Somebody watches something; nobody has been told yet."""
        occurred_at_ms = self.now_ms - hours_ago * HOUR_MS
        told = Told(len(self.told), visit, is_guest, occurred_at_ms, self.today)
        self.told.append(told)
        return told

    def send(self, told: Told, *, has_mark: bool = True) -> None:
        """Archive a row and send the event to the tracker that is live, as a recorder does it."""
        self._rows.append(told.row(self.now_ms, self.live.mark if has_mark else None))
        told.groups.add(self.live.name)
        event = {
            "eventId": f"event-{told.number}",
            "eventType": "Watch",
            "itemId": told.item_id,
            "sentAt": told.occurred_at_ms // 1000,
        }
        user = {} if told.is_guest else {"userId": f"user-{told.visit}"}
        call = {
            "trackingId": self.live.tracking_id,
            "sessionId": f"visit-{told.visit}",
            "eventList": [event],
        }
        self.emulator.handle("personalize-events", "PutEvents", call | user)

    def resend(self, told: Told) -> bool:
        """The client sends it once more; a recorder refuses what is too late."""
        is_late = told.occurred_at_ms < self.now_ms - CLEANING_RULES.late_ms
        if not is_late:
            self.send(told)
        return not is_late

    def archive_only(self, told: Told) -> None:
        """History, or a replay: a row that is sent to nobody."""
        self._rows.append(told.row(self.now_ms, UNSENT))

    def raise_completion(self, told: Told) -> None:
        """A row for the archive alone, written while this tracker is live."""
        raised = told.row(self.now_ms, self.live.mark, version=2000, to_send=False)
        self._rows.append(raised | {"event_value": 0.9})

    def night(self, *, asked: PlanKind | None = None) -> ImportPlan:
        """Make the days before clean, plan, and do what the plan says.

        Nobody sends to a new group before its import is active.
        """
        self._make_clean(self.today.plus(-1))
        plan = self._plan(asked).plan
        group = self._new_group() if plan.kind is PlanKind.REBUILD else self.live
        if plan.days is not None and plan.mode is not None:
            is_active = self._import(group, plan, plan.days, plan.mode)
            self.live = group if is_active else self.live
        return plan

    def roll_back(self) -> None:
        """Send to the first group again."""
        self.live = self.groups[0]

    def trained_on(self, group: Group) -> Counter[str]:
        """What a training of the group would see: items, and how often each."""
        held = self.emulator.interactions(group.arn)
        return Counter(interaction.item_id for interaction in held)

    def expected(self, group: Group) -> Counter[str]:
        """What should be in the group: what its tracker delivered, and what has been settled."""
        through = self.watermark(group)
        return Counter(
            told.item_id
            for told in self.told
            if self._was_delivered(told, group)
            or (through is not None and (known := self._known_on(told)) and known <= through)
        )

    def watermark(self, group: Group) -> Day | None:
        """The last day of the group that was imported."""
        return read_ledger(Folder(self.folder), group.name).through_day

    def everything(self) -> Counter[str]:
        """All interactions of somebody who is known."""
        return Counter(told.item_id for told in self.told if self._known_on(told))

    def _was_delivered(self, told: Told, group: Group) -> bool:
        if group.name not in told.groups:
            return False
        return not told.is_guest or any(
            group.name in later.groups for later in self._sign_ins(told)
        )

    def _known_on(self, told: Told) -> Day | None:
        """When the interaction and its user were both in the archive; None if its user never is."""
        if not told.is_guest:
            return told.first_day
        days = [
            max(told.first_day, later.first_day)
            for later in self._sign_ins(told)
            if abs(later.first_day.number - told.first_day.number) <= BUILDING_RULES.link_days
        ]
        return min(days, default=None)

    def _sign_ins(self, told: Told) -> Iterable[Told]:
        second = told.occurred_at_ms // 1000
        return [
            each
            for each in self.told
            if not each.is_guest
            and each.visit == told.visit
            and each.occurred_at_ms // 1000 >= second
        ]

    def _make_clean(self, last: Day) -> None:
        self._files += 1
        if self._rows:
            write_rows(self.folder, self._rows, name=f"rows-{self._files}")
        self._rows = []
        archive = Folder(self.folder)
        cleaning = Cleaning(archive, archive, ENGINE, statements(), CLEANING_RULES)
        for day in Days(self._next_day, last):
            clean_day(day, cleaning)
        self._next_day = max(self._next_day, last.plus(1))

    def _plan(self, asked: PlanKind | None) -> Planned:
        counting = Counting(Folder(self.folder), ENGINE, statements(), BUILDING_RULES)
        question = Question(
            self.today, self.live.name, self.live.mark, asked=asked, least_rows=LEAST_ROWS
        )
        return plan_night(question, counting)

    def _import(self, group: Group, plan: ImportPlan, days: Days, mode: ImportMode) -> bool:
        """Export, import, and move the watermark once the import is active."""
        name = f"night-{self.today}-{len(self.groups)}"
        out = self.folder / "builds" / name
        ledger = read_ledger(Folder(self.folder), group.name)
        building = Building(Folder(out), ENGINE, statements(), BUILDING_RULES, Limits())
        is_new = plan.kind is PlanKind.REBUILD or ledger.is_of_rebuild
        report = export_undelivered(Folder(self.folder), building, group.mark, days, is_new=is_new)
        is_active = self._import_job(group, name, mode) == "ACTIVE"
        if is_active:
            noted = NotedImport(
                f"{name}-interactions", mode, days, report.rows, str(self.today), plan.kind
            )
            note_import(Folder(self.folder), group.name, noted)
        return is_active

    def _import_job(self, group: Group, name: str, mode: ImportMode) -> str:
        job = self.emulator.handle(
            "personalize",
            "CreateDatasetImportJob",
            {
                "jobName": f"{name}-interactions",
                "datasetArn": group.dataset_arn,
                "dataSource": {"dataLocation": f"s3://archive/builds/{name}/interactions/"},
                "roleArn": "arn:aws:iam::123456789012:role/import",
                "importMode": str(mode),
            },
        )["datasetImportJobArn"]
        found = self.emulator.handle(
            "personalize", "DescribeDatasetImportJob", {"datasetImportJobArn": job}
        )
        status: str = found["datasetImportJob"]["status"]
        return status

    def _new_group(self) -> Group:
        name = f"videos-{len(self.groups)}"
        make = self._create
        arn = make("DatasetGroup", name=name)
        schema = make("Schema", name=name, schema=json.dumps(SCHEMA))
        dataset = make(
            "Dataset",
            name=name,
            datasetGroupArn=arn,
            datasetType="Interactions",
            schemaArn=schema,
        )
        tracking_id = self.emulator.handle(
            "personalize", "CreateEventTracker", {"name": name, "datasetGroupArn": arn}
        )["trackingId"]
        group = Group(name, arn, dataset, tracking_id)
        self.groups.append(group)
        return group

    def _create(self, kind: str, **parameters: str) -> str:
        answer = self.emulator.handle("personalize", f"Create{kind}", parameters)
        arn: str = answer[f"{kind[0].lower()}{kind[1:]}Arn"]
        return arn

    def _read(self, _bucket: str, key: str, /) -> Sequence[tuple[str, bytes]]:
        files = sorted((self.folder / key).glob("*.csv"))
        return [(f"{key}{file.name}", file.read_bytes()) for file in files]
