"""The archives over which the engines are compared."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.support.generated_rows import generate
from tests.support.nasty_rows import nasty_cases, refusals
from tests.support.nightly import write_refusals, write_rows
from tests.support.recorded_archive import record_archive


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder with `interactions/` and perhaps `rejections/`.

    Attributes:
        name: In what is printed.
        mark: Of the tracker of which is asked what it has not delivered; empty for the one that
            most interactions were sent to.
    """

    name: str
    place: Path
    mark: str = ""


def made_archives(folder: Path, rows: int) -> list[Archive]:
    """Rows at every border beside what `record_playback` wrote, and so many generated rows."""
    borders, generated = folder / "borders", folder / "generated"
    write_rows(borders, [row for row, _ in nasty_cases()])
    write_refusals(borders, refusals())
    record_archive(borders)
    generate(generated, rows)
    return [
        Archive("borders", borders, "fedcba9876543210"),
        Archive("generated", generated, "b" * 16),
    ]


def commonest_mark(clean: Path) -> str:
    """The tracker that most interactions of a clean file were sent to; zeros if none was."""
    with duckdb.connect() as database:
        found = database.execute(
            "SELECT tracker FROM read_parquet(?) WHERE tracker <> 'none'"
            " GROUP BY tracker ORDER BY count(*) DESC, tracker LIMIT 1",
            [str(clean)],
        ).fetchone()
    return "0" * 16 if found is None else str(found[0])
