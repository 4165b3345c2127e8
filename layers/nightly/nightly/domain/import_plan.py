"""What of the archive is imported tonight, decided from what is true, and why.

PutEvents feeds a dataset group already, and an import adds to that: rows that the group's own
tracker has delivered would count twice. So an import carries only what was *not* delivered, and
everything goes only into a new group. (Developer guide, "Importing bulk data": a FULL import
replaces what was imported in bulk and leaves what was streamed; an INCREMENTAL one appends; the
first has to be FULL; each needs at least 1,000 interactions.)
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from nightly.domain.days import Day, Days
from nightly.domain.errors import RefusedPlanError

LEAST_ROWS: Final = 1000


class PlanKind(StrEnum):
    """Which of the three."""

    NONE = "none"
    UNDELIVERED = "undelivered"
    REBUILD = "rebuild"


class ImportMode(StrEnum):
    """As CreateDatasetImportJob spells them."""

    FULL = "FULL"
    INCREMENTAL = "INCREMENTAL"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of a dataset group and of the archive.

    Attributes:
        has_live_tracker: Whether the recorders send to the group.
        has_imported_fully: Whether the group holds rows of an import: then another FULL one would
            throw these away.
        undelivered_rows: Rows of the settled days after the watermark that are not in the group.
        schema_changed: Whether the file would have other columns than the dataset.
        asked: What somebody asked for; None leaves it to the facts.
        new_interactions: How many have come into the group since the last training, or would with
            the settled days: streamed ones.
        rebuilds_in_place: Whether everything is to go into this very group, not into a new one.
        is_trained: Whether training was asked for whatever is new: True, never: False, else None.
        least_rows: Of an import, as Personalize says.
    """

    has_live_tracker: bool
    has_imported_fully: bool
    undelivered_rows: int
    schema_changed: bool
    asked: PlanKind | None
    new_interactions: int
    rebuilds_in_place: bool = False
    is_trained: bool | None = None
    least_rows: int = LEAST_ROWS

    @property
    def wants_rebuild(self) -> bool:
        """Whether it was asked for, or nothing else can be done."""
        return self.asked is PlanKind.REBUILD or (self.asked is None and self.schema_changed)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What is done, and why.

    Attributes:
        reasons: Sentences, with the figures that decided.
        days: What the import covers, and up to where the watermark moves once it is active; None
            without an import.
        trains: Whether a solution version is trained afterwards.
        mode: Of the import; None without one.
    """

    kind: PlanKind
    reasons: tuple[str, ...]
    days: Days | None
    trains: bool
    mode: ImportMode | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "kind": str(self.kind),
            "reasons": list(self.reasons),
            "days": None if self.days is None else [str(self.days.first), str(self.days.last)],
            "trains": self.trains,
            "mode": None if self.mode is None else str(self.mode),
        }


def settled_days(first: Day, through: Day | None, night: Day, *, lookback_days: int) -> Days | None:
    """The days that a night may import: after the watermark, and long enough ago.

    A copy of an interaction can be sent to the group's tracker for as many days as the clean layer
    looks back. Until then nobody knows whether the group will get it by itself, so the last days
    wait.

    Args:
        first: The first day of the clean layer.
        through: The watermark; None before any import.
        night: The day on which the night runs.
        lookback_days: Of the clean layer.

    Returns:
        None when no day has settled since.
    """
    begin = first if through is None else max(first, through.plus(1))
    last = night.plus(-1 - lookback_days)
    return Days(begin, last) if begin <= last else None


def plan_import(facts: Facts, days: Days | None) -> ImportPlan:
    """Decide.

    Args:
        facts: What is true.
        days: The settled days, see `settled_days`; for a rebuild all of them.

    Raises:
        RefusedPlanError: What was asked for cannot be done, or would count interactions twice.
    """
    match _kind(facts):
        case PlanKind.REBUILD, reason:
            return _rebuild(facts, days, reason)
        case PlanKind.UNDELIVERED, reason:
            return _undelivered(facts, days, reason)
        case _, reason:
            return _nothing(facts, reason)


def require_not_delivered(mode: ImportMode, delivered_rows: int) -> None:
    """Raise RefusedPlanError if an import has rows that the group got by its tracker already."""
    if delivered_rows:
        error = (
            f"{mode} import refused: {delivered_rows} of its interactions were delivered to the"
            " dataset group by its tracker and would count twice"
        )
        raise RefusedPlanError(error)


def _kind(facts: Facts) -> tuple[PlanKind, str]:
    if facts.asked is not None:
        return facts.asked, f"{facts.asked} was asked for"
    if facts.schema_changed:
        return PlanKind.REBUILD, "the schema has changed, and a dataset keeps the one it has"
    if facts.undelivered_rows >= facts.least_rows:
        return PlanKind.UNDELIVERED, "the group's tracker never delivered them"
    return PlanKind.NONE, _why_nothing(facts)


def _why_nothing(facts: Facts) -> str:
    if facts.undelivered_rows:
        return (
            f"{facts.undelivered_rows} undelivered interactions wait until there are"
            f" {facts.least_rows}:"
            " Personalize takes no smaller import"
        )
    if facts.has_live_tracker:
        return "PutEvents has delivered everything that has settled"
    return "nothing has settled that is not imported"


def _rebuild(facts: Facts, days: Days | None, reason: str) -> ImportPlan:
    if facts.rebuilds_in_place and facts.has_live_tracker:
        error = (
            "rebuild refused: a FULL import of everything into a dataset group whose tracker is"
            " live counts each streamed interaction twice; it goes into a new group"
        )
        raise RefusedPlanError(error)
    if days is None:
        error = "rebuild refused: no day has settled yet"
        raise RefusedPlanError(error)
    reasons = (reason, f"everything up to {days.last} goes into a new dataset group")
    trains = facts.is_trained is not False
    return ImportPlan(PlanKind.REBUILD, reasons, days, trains, ImportMode.FULL)


def _undelivered(facts: Facts, days: Days | None, reason: str) -> ImportPlan:
    if facts.schema_changed:
        error = "undelivered refused: the schema has changed, so only a rebuild can take the rows"
        raise RefusedPlanError(error)
    if days is None or facts.undelivered_rows < facts.least_rows:
        error = (
            f"undelivered refused: {facts.undelivered_rows} interactions, and Personalize takes no"
            f" import of fewer than {facts.least_rows}"
        )
        raise RefusedPlanError(error)
    mode = ImportMode.INCREMENTAL if facts.has_imported_fully else ImportMode.FULL
    reasons = (
        f"{facts.undelivered_rows} interactions of {days.first} to {days.last}: {reason}",
        f"{mode}: {_why_mode(mode)}",
    )
    return ImportPlan(
        PlanKind.UNDELIVERED, reasons, days, trains=facts.is_trained is not False, mode=mode
    )


def _why_mode(mode: ImportMode) -> str:
    if mode is ImportMode.FULL:
        return "the first import of a group has to be, and what was streamed stays beside it"
    return "it adds to what was imported before"


def _nothing(facts: Facts, reason: str) -> ImportPlan:
    trains = facts.new_interactions > 0 if facts.is_trained is None else facts.is_trained
    return ImportPlan(PlanKind.NONE, (reason, _why_training(facts, trains=trains)), None, trains)


def _why_training(facts: Facts, *, trains: bool) -> str:
    if facts.is_trained is not None:
        return "training was asked for" if trains else "training was asked to be left out"
    if trains:
        return f"{facts.new_interactions} new interactions are trained on"
    return "nothing is new, so nothing is trained"
