"""A job for an engine: data only, so that it can be handed to an engine in another process."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Section(StrEnum):
    """What files hold, and the view as which an engine offers them."""

    ARCHIVE = "archive"
    REFUSED = "refused"
    CLEAN = "clean"
    RESENT = "resent"


@dataclass(frozen=True, slots=True)
class Source:
    """Files that an engine offers as a view.

    Attributes:
        section: What they hold; also the name of the view.
        files: Where they are, as the engine reads them, `dt=YYYY-MM-DD` in each path. `.jsonl.gz`
            as the recorders write it, `.parquet` with the columns of the view itself.
        context: The context columns that the view has, `DEVICE_TYPE`.
    """

    section: Section
    files: tuple[str, ...]
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A named SELECT over what was named before.

    Attributes:
        name: Of the view, and of the file it comes from.
        select: The text, the same for every engine.
        keeps: Whether several others read it and it is dear: computed once then.
    """

    name: str
    select: str
    keeps: bool = False


class Format(StrEnum):
    """How a result is written."""

    CSV = "csv"  # in parts, each with the header, nothing quoted
    PARQUET = "parquet"  # one file, zstd


@dataclass(frozen=True, slots=True)
class Export:
    """What is written, and where.

    Attributes:
        step: Whose rows.
        place: A folder for CSV, a file for Parquet.
        part_bytes: About how long a part may get.
        order: Columns by which the rows are sorted; empty where order means nothing.
    """

    step: str
    format: Format
    place: str
    part_bytes: int = 200_000_000
    order: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Sources, steps over them in order, and what is wanted of these.

    Attributes:
        asks: Steps whose rows are the answer; they have few.
    """

    sources: tuple[Source, ...]
    steps: tuple[Step, ...]
    exports: tuple[Export, ...]
    asks: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self)


type Rows = Sequence[Mapping[str, Any]]
type Answers = Mapping[str, Rows]
