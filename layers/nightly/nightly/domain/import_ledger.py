"""What was imported into one dataset group, and through which day: the watermark.

It moves only once an import is ACTIVE, so a night that dies before leaves its days to the next.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from nightly.domain.days import Day, Days
from nightly.domain.errors import LedgerError, UnusableError
from nightly.domain.import_plan import ImportMode, PlanKind

_FORMAT: Final = 1
_GROUP: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class NotedImport:
    """An import that became ACTIVE.

    Attributes:
        days: Of arrival, both ends included.
        rows: Of the file.
        at: When it was noted, as ISO 8601 writes it.
        kind: Of the plan. A group that was rebuilt never got what was sent before it was made.
    """

    job_name: str
    mode: ImportMode
    days: Days
    rows: int
    at: str
    kind: PlanKind = PlanKind.UNDELIVERED

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "job_name": self.job_name,
            "mode": str(self.mode),
            "days": [str(self.days.first), str(self.days.last)],
            "rows": self.rows,
            "at": self.at,
            "kind": str(self.kind),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Read it; raises KeyError, TypeError, ValueError or UnusableError for another's."""
        first, last = content["days"]
        return cls(
            str(content["job_name"]),
            ImportMode(content["mode"]),
            Days(Day.named(first), Day.named(last)),
            int(content["rows"]),
            str(content["at"]),
            PlanKind(content["kind"]),
        )


@dataclass(frozen=True, slots=True)
class ImportLedger:
    """All imports of interactions into a dataset group, in the order in which they were noted.

    Attributes:
        group: The name of the dataset group.
    """

    group: str
    imports: tuple[NotedImport, ...] = ()

    @property
    def through_day(self) -> Day | None:
        """The watermark: the last day that is imported; None before any import."""
        return max((noted.days.last for noted in self.imports), default=None)

    @property
    def has_imported(self) -> bool:
        """Whether there was an import, so that the next one has to be INCREMENTAL."""
        return bool(self.imports)

    @property
    def is_of_rebuild(self) -> bool:
        """Whether the group was made by a rebuild: rows without a mark never went to it."""
        return any(noted.kind is PlanKind.REBUILD for noted in self.imports)

    def noted(self, new: NotedImport) -> Self:
        """The ledger with one import more; the same ledger if its job is noted already.

        Raises:
            LedgerError: Its days do not follow the watermark: some would be imported twice, or
                never.
        """
        if any(known.job_name == new.job_name for known in self.imports):
            return self
        through = self.through_day
        if new.days.last < new.days.first or (
            through is not None and new.days.first != through.plus(1)
        ):
            error = f"{new.job_name}: {new.days.first} does not follow {through}"
            raise LedgerError(error)
        return type(self)(self.group, (*self.imports, new))

    def to_json(self) -> bytes:
        """As it is stored."""
        content = {
            "format": _FORMAT,
            "group": self.group,
            "through_day": None if self.through_day is None else str(self.through_day),
            "imports": [noted.as_dict() for noted in self.imports],
        }
        return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, group: str, text: bytes) -> Self:
        """Read it.

        Raises:
            LedgerError: It is cut short, another group's, or its watermark is not that of its
                imports. It is never taken for an empty one: that would import everything again.
        """
        try:
            content = json.loads(text)
            ledger = cls(content["group"], tuple(map(NotedImport.from_dict, content["imports"])))
            same = (content["format"], content["through_day"]) == (_FORMAT, _text(ledger))
        except (ValueError, KeyError, TypeError, UnusableError):
            error = f"the ledger of {group} cannot be read"
            raise LedgerError(error) from None
        if not same or ledger.group != group:
            error = f"the ledger of {group} contradicts itself"
            raise LedgerError(error)
        return ledger


def ledger_key(group: str) -> str:
    """Where the ledger of a dataset group is, below the root of the archive.

    Raises:
        UnusableError: No dataset group can have that name.
    """
    if _GROUP.fullmatch(group) is None:
        error = f"not the name of a dataset group: {group}"
        raise UnusableError(error)
    return f"nightly/imports/{group}.json"


def _text(ledger: ImportLedger) -> str | None:
    return None if ledger.through_day is None else str(ledger.through_day)
