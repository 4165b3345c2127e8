"""What the process of the producers is told, and what it reports: files in one folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from local.load.delivery import Doors
from local.load.parcel import Kind

ASSIGNMENT: Final = "assignment.json"
LEDGER: Final = "ledger.jsonl"
SUMMARY: Final = "summary.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What the producers have to do.

    Attributes:
        endpoint_url: The local stack, on this machine.
        seconds: How long to send.
        rate: Messages a second, of all producers together.
        producers: How many send side by side.
        viewers: How many watch at one time, of all producers together.
        seed: Chance and ids follow from it.
    """

    endpoint_url: str
    doors: Doors
    seconds: float
    rate: float
    producers: int
    viewers: int
    mix: Mapping[Kind, float]
    seed: int

    def write(self, folder: Path) -> None:
        """Leave it in a folder for the process of the producers."""
        (folder / ASSIGNMENT).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Take it from the folder."""
        document = json.loads((folder / ASSIGNMENT).read_text(encoding="utf-8"))
        document["doors"] = Doors(**document["doors"])
        document["mix"] = {Kind(kind): share for kind, share in document["mix"].items()}
        return cls(**document)


@dataclass(frozen=True, slots=True)
class CallStatistics:
    """What locust measured of one kind of call; times in milliseconds.

    Attributes:
        name: The operation.
        failures: Calls that raised.
    """

    name: str
    calls: int
    failures: int
    median_ms: float
    p95_ms: float
    p99_ms: float
    longest_ms: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What the producers report at their end.

    Attributes:
        began_at_s: When the first message was sent, epoch seconds.
        ended_at_s: When the last one was acknowledged.
        gave_up: How many producers gave up because messages kept being refused.
    """

    began_at_s: float
    ended_at_s: float
    gave_up: int
    calls: tuple[CallStatistics, ...]

    def write(self, folder: Path) -> None:
        """Leave it in the folder."""
        (folder / SUMMARY).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Take it from the folder.

        Raises:
            FileNotFoundError: The process of the producers did not come to its end.
        """
        document: dict[str, Any] = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        document["calls"] = tuple(CallStatistics(**each) for each in document["calls"])
        return cls(**document)
