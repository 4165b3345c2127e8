"""`make bench-nightly`: a night, a build from raw rows and a pandas script, in turn, in one run.

    make bench-nightly                                         1 and 10 million rows, 3 rounds
    make bench-nightly ROWS="1000000 10000000" ROUNDS=5
    make bench-nightly ROWS=100000000 ROUNDS=1 OPTIONS="--keep FOLDER"     without pandas: no room

The table at the end has medians over the rounds, and ratios within a round. Rows are generated
once and kept in a folder (`--keep`), so that a second run begins at once.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from nightly.adapters.folder import Folder
from nightly.application.clean_day import archived_days

from tests.benchmarks.measuring import Line, at_least, at_most, say, show, show_beside
from tests.benchmarks.nightly.children import REPOSITORY, Cost, measured, nightly
from tests.support.generated_rows import generate

_PANDAS: Final = REPOSITORY / ".venv-bench-nightly/bin/python"
_SCRIPT: Final = Path(__file__).with_name("pandas_script.py")
_CONTEXT: Final = ("--context-columns", "DEVICE_TYPE")
_MILLION: Final = 1_000_000
# Above that the script wants more memory than the machine has.
_MOST_FOR_PANDAS: Final = 20 * _MILLION
_NIGHT_MB: Final = 512
_BUILDS: Final = ("full", "raw", "pandas")


@dataclass(frozen=True, slots=True)
class Place:
    """An archive of so many rows, its clean layer, and where results go."""

    rows: int
    folder: Path

    @property
    def archive(self) -> Path:
        """The raw rows."""
        return self.folder / "archive"

    @property
    def clean(self) -> Path:
        """The clean layer."""
        return self.folder / "clean"

    def fresh(self, name: str) -> Path:
        """A result that is not there yet."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.folder / name

    @property
    def log(self) -> Path:
        """What the last command said."""
        return self.folder / "log"

    def options(self, megabytes: int) -> tuple[str | Path, ...]:
        """How much of the machine a command may take."""
        limits = ("--memory", f"{megabytes}MB", "--threads", "2")
        return (*limits, "--temporary", self.folder / "temporary", *_CONTEXT)


type Costs = Mapping[str, Sequence[Cost]]


def main() -> int:
    """Measure; 0 even when a goal is missed, because the table says so."""
    parser = argparse.ArgumentParser(description="Measure the nightly build.")
    parser.add_argument("--rows", type=int, nargs="+", default=[_MILLION, 10 * _MILLION])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="a folder for the generated rows")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        costs = {rows: _measure(folder, rows, options.rounds) for rows in options.rows}
    columns = {f"{rows:,} rows": [*_medians(c), *_ratios(c)] for rows, c in costs.items()}
    show_beside(f"Night, medians of {options.rounds} round(s), load {_load()}", columns)
    if len(costs) > 1:
        few, many = sorted(costs)[-2:]
        show(f"{many:,} rows to {few:,}", _growth(costs[few], costs[many]))
    return 0


def _load() -> str:
    """What else the machine did, over a minute and over fifteen."""
    return "{0:.1f} ({2:.1f})".format(*os.getloadavg())


def _measure(folder: Path, rows: int, rounds: int) -> Costs:
    place = Place(rows, folder / str(rows))
    _prepare(place)
    arms: dict[str, Callable[[Place], Cost]] = {"day": _day, "full": _full, "raw": _raw}
    if rows <= _MOST_FOR_PANDAS:
        arms["pandas"] = _pandas
    arms["read back"] = _read_back
    costs: dict[str, list[Cost]] = {"night": [], **{name: [] for name in arms}}
    for number in range(rounds):
        for name, arm in arms.items():
            costs[name].append(arm(place))
            say(f"{rows:,} rows, round {number + 1}, {name}: {costs[name][-1]}")
        costs["night"].append(Cost.in_turn([costs["day"][-1], costs["full"][-1]]))
    _require_equal(place, [name for name in _BUILDS if name in arms])
    return costs


def _prepare(place: Place) -> None:
    """Generate rows and make their clean layer, unless a run before has."""
    done = place.folder / "prepared"
    if done.exists():
        return
    place.folder.mkdir(parents=True, exist_ok=True)
    if not place.archive.exists():
        _generate(place)
    where = ("--archive", place.archive, "--clean", place.clean)
    backfill = nightly("backfill", *where, "--at-once", "1", *place.options(_memory_mb(place.rows)))
    say(f"{place.rows:,} rows, backfill: {measured(backfill, place.log)}")
    done.touch()


def _generate(place: Place) -> None:
    """In another process: what this one holds would count as the peak of each that it starts."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(generate, place.archive, place.rows).result()


def _day(place: Place) -> Cost:
    """One day step, in the middle of the month."""
    days = archived_days(Folder(place.archive))
    day = days[len(days) // 2]
    shutil.rmtree(place.clean / "clean" / day.partition)
    where = ("--archive", place.archive, "--clean", place.clean, "--day", str(day))
    return measured(nightly("day", *where, *place.options(_NIGHT_MB)), place.log)


def _full(place: Place) -> Cost:
    """FULL from the clean layer, read back."""
    full = nightly("build", "--clean", place.clean, "--out", place.fresh("full"))
    return measured([*full, *place.options(_NIGHT_MB)], place.log)


def _raw(place: Place) -> Cost:
    command = nightly("build", "--archive", place.archive, "--out", place.fresh("raw"))
    return measured([*command, *place.options(_memory_mb(place.rows))], place.log)


def _pandas(place: Place) -> Cost:
    parts = place.fresh("pandas") / "interactions"
    parts.mkdir(parents=True)
    return measured([_PANDAS, _SCRIPT, place.archive, parts / "part-0.csv"], place.log)


def _read_back(place: Place) -> Cost:
    """What of a build is reading back, which the script does not do."""
    return measured(nightly("validate", place.folder / "full" / "interactions"), place.log)


def _memory_mb(rows: int) -> int:
    """A quarter of a kilobyte a row, as much as a function may have at most."""
    return min(100 + rows // 4000, 8000)


def _require_equal(place: Place, names: Sequence[str]) -> None:
    digests = {name: _digest(place.folder / name / "interactions") for name in names}
    say(f"{place.rows:,} rows, sum over the rows of the file: {digests}")
    if len(set(digests.values())) > 1:
        sys.exit("the files differ")


def _digest(parts: Path) -> str:
    """The same for the same rows in any order: the sum of their hashes."""
    total = number = 0
    for part in sorted(parts.glob("*.csv")):
        with part.open("rb") as lines:
            next(lines)
            for line in lines:
                total += int.from_bytes(hashlib.blake2b(line, digest_size=8).digest())
                number += 1
    return f"{number:,} rows {total % (1 << 64):016x}"


def _medians(costs: Costs) -> list[Line]:
    return [Line(name, str(_median(found))) for name, found in costs.items()]


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall_s for cost in costs),
        statistics.median(cost.cpu_s for cost in costs),
        statistics.median(cost.peak_mb for cost in costs),
    )


def _ratios(costs: Costs) -> list[Line]:
    if "pandas" not in costs:
        return [at_least("raw / night, time", _times(costs["raw"], costs["night"]), 4)]
    night, raw, pandas = costs["night"], costs["raw"], costs["pandas"]
    lines = [
        at_least("pandas / night, time", _times(pandas, night), 8),
        at_least("pandas / night, memory", _memory(pandas, night), 8),
        at_least("pandas / raw, time", _times(pandas, raw), 2.5),
        at_least("pandas / raw, memory", _memory(pandas, raw), 3),
        Line("pandas / night, CPU", f"{_cpu(pandas, night):.1f} x"),
        Line("pandas / raw, CPU", f"{_cpu(pandas, raw):.1f} x"),
    ]
    return [*lines, Line("raw / night, time", f"{_times(raw, night):.1f} x")]


def _growth(few: Costs, many: Costs) -> list[Line]:
    """What ten times the rows cost: goals are those of a build from the clean layer."""
    return [
        at_most("FULL, time", _times(many["full"], few["full"]), 12),
        at_most("FULL, memory", _memory(many["full"], few["full"]), 2.5),
        at_most("night, time", _times(many["night"], few["night"]), 12),
        at_most("night, memory", _memory(many["night"], few["night"]), 2.5),
    ]


def _times(slow: Sequence[Cost], fast: Sequence[Cost]) -> float:
    pairs = zip(slow, fast, strict=True)
    return statistics.median(one.wall_s / other.wall_s for one, other in pairs)


def _cpu(slow: Sequence[Cost], fast: Sequence[Cost]) -> float:
    pairs = zip(slow, fast, strict=True)
    return statistics.median(one.cpu_s / other.cpu_s for one, other in pairs)


def _memory(large: Sequence[Cost], small: Sequence[Cost]) -> float:
    return _median(large).peak_mb / _median(small).peak_mb


if __name__ == "__main__":
    sys.exit(main())
