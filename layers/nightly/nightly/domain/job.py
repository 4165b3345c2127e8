"""A job for an engine: data only, so that it can be handed to an engine in another process."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

# A file of a history has fewer rows than that, so that file and row make one number.
PLACES: Final = 10**12


class Section(StrEnum):
    """What files hold, and the view as which an engine offers them."""

    ARCHIVE = "archive"
    REFUSED = "refused"
    CLEAN = "clean"
    RESENT = "resent"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How somebody else's CSV files are written.

    Attributes:
        header: The names of the columns, in their order.
        quote: What stands around a field; empty when nothing does, and it is a character as any.
        escape: What stands before a quote within a field.
    """

    header: tuple[str, ...]
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'


@dataclass(frozen=True, slots=True)
class Source:
    """Files that an engine offers as a view.

    Attributes:
        section: What they hold; also the name of the view.
        files: Where they are, as the engine reads them, `dt=YYYY-MM-DD` in each path. `.jsonl.gz`
            as the recorders write it, `.parquet` with the columns of the view itself.
        context: The context columns that the view has, `DEVICE_TYPE`.
        dialect: Of a history only. Its view has `place`, the number of a row across files of
            `PLACES` rows each, and the columns `c0`, `c1`, … as text.
    """

    section: Section
    files: tuple[str, ...]
    context: tuple[str, ...] = ()
    dialect: Dialect | None = None


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
