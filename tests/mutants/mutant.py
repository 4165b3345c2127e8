"""A mutant: a small, exact and wrong change of our own code."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

type Change = tuple[str, str]
"""What stands in the file exactly once, and what stands there instead."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant.

    Attributes:
        name: What it does wrong.
        breaks: The promise that it breaks.
        file: The file that it changes, from the root of the project.
        changes: What it changes there.
        killed_by: The tests that have to fail, as pytest selects them.
    """

    name: str
    breaks: str
    file: str
    changes: tuple[Change, ...]
    killed_by: str

    def applied_to(self, source: str) -> str:
        """The source with the mutant in it.

        Raises:
            ValueError: What it changes stands there never or more than once.
        """
        for old, new in self.changes:
            if source.count(old) != 1:
                error = f"{self.name}: found {source.count(old)} times in {self.file}: {old!r}"
                raise ValueError(error)
            source = source.replace(old, new)
        return source

    def apply(self, root: Path) -> None:
        """Change a copy of the project."""
        path = root / self.file
        path.write_text(self.applied_to(path.read_text(encoding="utf-8")), encoding="utf-8")
