"""The manifest of a clean day: it is written last, and only what it names is there."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from nightly.domain.days import Day
from nightly.domain.errors import UnusableError
from nightly.domain.job import Step
from nightly.domain.report import DayReport
from nightly.domain.rules import CleanRules

_FORMAT: Final = 2
_WITHOUT_TRACKERS: Final = 1


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the archive.

    Attributes:
        key: Below the root of the archive.
        location: As an engine reads it.
    """

    key: str
    size_bytes: int
    location: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files that were read, in short."""

    files: int
    digest: str

    @classmethod
    def of(cls, files: Iterable[StoredFile]) -> Self:
        """The same for the same files in any order."""
        lines = sorted(f"{file.key} {file.size_bytes}" for file in files)
        return cls(len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Definition:
    """What was done to the files, in short: statements with rules filled in."""

    digest: str

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Self:
        """The same for the same texts."""
        texts = "\n".join(f"{step.name}: {step.select}" for step in steps)
        return cls(hashlib.sha256(texts.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class DayManifest:
    """A published day.

    Attributes:
        file: The name of its Parquet file, beside the manifest.
        resent: The name of a second one: copies that were sent to another tracker. Empty in a day
            that was made before trackers were kept; it has to be made again before it is used.
        unsent: How many of its interactions were archived without being sent.
        own: The day's own files; `inputs` are all that were read.
        outcomes: As `DayReport`.
        context: Context columns of the file.
    """

    day: Day
    file: str
    own: Inputs
    inputs: Inputs
    definition: Definition
    outcomes: Mapping[str, int]
    context: tuple[str, ...]
    resent: str
    unsent: int

    @classmethod
    def of(
        cls, report: DayReport, rules: CleanRules, *, own: Inputs, inputs: Inputs, made: Definition
    ) -> Self:
        """The manifest of a day that was just made."""
        return cls(
            report.day,
            file_name(inputs, made),
            own,
            inputs,
            made,
            report.outcomes,
            rules.context,
            resent_name(inputs, made),
            report.unsent,
        )

    @property
    def interactions(self) -> int:
        """Rows of the file."""
        return DayReport(self.day, self.outcomes).interactions

    def is_of(self, inputs: Inputs, made: Definition) -> bool:
        """Whether making the day again would make the same."""
        return (self.inputs, self.definition) == (inputs, made)

    def to_json(self) -> bytes:
        """As it is stored."""
        content: dict[str, Any] = {"format": _FORMAT, "day": str(self.day)} | {
            "file": self.file,
            "resent": self.resent,
            "unsent": self.unsent,
            "interactions": self.interactions,
            "outcomes": dict(self.outcomes),
            "context": list(self.context),
            "own": asdict(self.own),
            "inputs": asdict(self.inputs),
            "definition": self.definition.digest,
        }
        return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read it.

        Raises:
            UnusableError: It is none of ours.
        """
        content = json.loads(text)
        if content.get("format") not in {_FORMAT, _WITHOUT_TRACKERS}:
            error = "a manifest of another format"
            raise UnusableError(error)
        return cls(
            Day.named(content["day"]),
            content["file"],
            Inputs(**content["own"]),
            Inputs(**content["inputs"]),
            Definition(content["definition"]),
            content["outcomes"],
            tuple(content["context"]),
            content.get("resent", ""),
            content.get("unsent", 0),
        )


def file_name(inputs: Inputs, made: Definition) -> str:
    """Named by what it is made of, so that two attempts at one thing have one name."""
    content = f"{inputs.digest} {made.digest}"
    return f"{hashlib.sha256(content.encode()).hexdigest()[:16]}.parquet"


def resent_name(inputs: Inputs, made: Definition) -> str:
    """The name of the file beside it."""
    return file_name(inputs, made).replace(".", ".resent.")
