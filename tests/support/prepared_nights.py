"""A night over a folder, prepared by the real engine, with everything around it faked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nightly.adapters.folder import Folder
from nightly.adapters.price_list import prices
from nightly.adapters.statements import statements
from nightly.application.build_datasets import build_datasets
from nightly.application.night_parts import NightParts
from nightly.application.publish_days import Allowance, unlimited
from nightly.domain.days import Day
from nightly.domain.gate_limits import GateLimits
from nightly.domain.job import Answers, Format, Job
from nightly.domain.metadata_rows import default_schemas
from nightly.domain.night import NightRequest

from tests.support.live import FakeLiveTargets, a_target
from tests.support.nightly import BUILD_RULES, CLEAN_RULES, DAY, DAY_MS, ENGINE, a_row, write_rows

# Ten thousand rows would pass the real ones; these are the business of the gates' own tests.
LENIENT = GateLimits(
    least_interactions=1, least_users_with_two=1, volume_failure=1e9, psi_by_chance=0.0,
    psi_failure=1e9, most_lost=1.0,
)  # fmt: skip
NIGHT = "2026-11-24"
UNSENT = "none"
LIVE = a_target()


@dataclass
class WatchedEngine:
    """DuckDB, which counts its jobs; and can write one bad row behind everybody's back."""

    spoils: bool = False
    jobs: list[Job] = field(default_factory=list)

    def run(self, job: Job) -> Answers:
        """See the port."""
        self.jobs.append(job)
        answers = ENGINE.run(job)
        if self.spoils:
            for export in job.exports:
                if export.format is Format.CSV:
                    _spoil(next(Path(export.place).glob("*.csv")))
        return answers

    @property
    def exports(self) -> int:
        """How many files for Personalize were written."""
        return sum(e.format is Format.CSV for job in self.jobs for e in job.exports)


@dataclass
class FakeDatasets:
    """Every dataset has the columns of the file, unless a test says others."""

    names: tuple[str, ...] = BUILD_RULES.columns.names

    def columns(self, dataset_arn: str) -> tuple[str, ...]:
        """See the port."""
        assert dataset_arn.endswith("/INTERACTIONS")
        return self.names


def night_parts(root: Path, **changes: Any) -> NightParts:
    """The parts of a night over a folder."""
    chosen: dict[str, Any] = {
        "archive": Folder(root),
        "below": lambda prefix: Folder(root / prefix),
        "engine": WatchedEngine(),
        "statements": statements(),
        "clean_rules": CLEAN_RULES,
        "build_rules": BUILD_RULES,
        "schemas": default_schemas(),
        "gate_limits": LENIENT,
        "prices": prices(),
        "ceiling_usd": None,
        "live": FakeLiveTargets(LIVE),
        "datasets": FakeDatasets(),
        "recipe_arn": "arn:aws:personalize:::recipe/aws-user-personalization-v2",
        "now": lambda: "2026-11-24T01:00:00+00:00",
    }
    return NightParts(**chosen | changes)


def prepared(
    parts: NightParts, left: Callable[[], float] = unlimited, **asked: Any
) -> dict[str, Any]:
    """What a night comes to."""
    request = NightRequest.from_dict({"night": NIGHT} | asked)
    return build_datasets(request, parts, Allowance(left))


def watch(
    root: Path, rows: int, *, tracker: str | None = LIVE.tracking_mark, day: Day = DAY
) -> None:
    """So many good rows of a day, of a hundred users; of one tracker, or never sent."""
    write_rows(root, _rows(rows, tracker, day), name=f"rows-{tracker}-{rows}")


def _rows(rows: int, tracker: str | None, day: Day) -> Iterable[Mapping[str, Any]]:
    noon_ms = day.number * DAY_MS + DAY_MS // 2
    for number in range(rows):
        name = f"{tracker}-{day}-{number}"
        yield a_row(
            name,
            user_id=f"u-{tracker}-{number % 100}",
            visit_id=f"v-{number % 100}",
            item_id=f"item-{number % 60}",
            arrived_at_ms=noon_ms + number * 1000,
            tracker=tracker,
        )


def _spoil(part: Path) -> None:
    """A field too many in the second row."""
    header, first, *others = part.read_text().splitlines(keepends=True)
    part.write_text("".join([header, first.replace("\n", ",\n"), *others]))
