"""What a night works with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nightly.application.build import Building
from nightly.application.clean_day import Cleaning
from nightly.application.records import Records
from nightly.application.statistics import Counting
from nightly.application.validate import Limits
from nightly.domain.cost import Prices
from nightly.domain.gate_limits import GateLimits
from nightly.domain.metadata_rows import SchemaColumns
from nightly.domain.plans import Statements
from nightly.domain.rules import BuildRules, CleanRules
from nightly.live import LiveTargets
from nightly.ports import Engine, Storage


class Datasets(Protocol):
    """What Personalize knows of a dataset."""

    def columns(self, dataset_arn: str) -> tuple[str, ...]:
        """The columns of its schema, which it keeps for life."""
        ...


@dataclass(frozen=True, slots=True)
class NightParts:
    """The parts of a night; each of them can be another on a laptop, and in a test.

    Attributes:
        archive: What the recorders wrote, with `clean/` and `nightly/` beside it.
        below: What lies below a prefix of the archive, as storage.
        schemas: Of users and of items, by which a rebuild writes their files.
        ceiling_usd: What a night may cost; None for anything.
        recipe_arn: Of a solution that has to be created.
        now: The time as ISO 8601 writes it, for the record.
    """

    archive: Storage
    below: Callable[[str], Storage]
    engine: Engine
    statements: Statements
    clean_rules: CleanRules
    build_rules: BuildRules
    schemas: tuple[SchemaColumns, SchemaColumns]
    gate_limits: GateLimits
    prices: Prices
    ceiling_usd: float | None
    live: LiveTargets
    datasets: Datasets
    recipe_arn: str
    now: Callable[[], str]
    part_bytes: int = 200_000_000

    @property
    def records(self) -> Records:
        """The history of builds."""
        return Records(self.archive)

    @property
    def cleaning(self) -> Cleaning:
        """The day step."""
        return Cleaning(self.archive, self.archive, self.engine, self.statements, self.clean_rules)

    @property
    def counting(self) -> Counting:
        """Figures over the clean layer."""
        return Counting(self.archive, self.engine, self.statements, self.build_rules)

    def building(self, out: Storage, limits: Limits) -> Building:
        """A build into a place of its own."""
        return Building(
            out, self.engine, self.statements, self.build_rules, limits, self.part_bytes
        )
