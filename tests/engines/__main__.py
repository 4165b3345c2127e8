"""`make spark-check`: the same jobs over archives in both engines; any difference fails it.

By default over archives that it makes: rows at every border and generated ones. `TMPDIR` says where
all that it writes lies, about 1 GB a million rows.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.engines.archives import Archive, made_archives
from tests.engines.both import compare_engines
from tests.engines.spark import SparkLimits

_ROWS: Final = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; 1 when anything differs."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        archives = _archives(options, work)
        limits = SparkLimits(options.memory, options.minutes)
        comparisons = compare_engines(archives, work, limits)
    sys.stdout.writelines(f"{each}\n" for each in comparisons)
    return 0 if all(each.is_same for each in comparisons) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.engines", description=__doc__)
    parser.add_argument(
        "--rows",
        type=int,
        help=f"how many are generated (default: {_ROWS:,}; none beside --archive)",
    )
    parser.add_argument(
        "--archive",
        type=_archive,
        metavar="DIR",
        help="compare this: interactions/ and rejections/ as the recorders write them",
    )
    parser.add_argument(
        "--tracker",
        default="",
        metavar="MARK",
        help="of DIR, whose undelivered interactions; by default the one that got most",
    )
    parser.add_argument("--memory", default="4g", help="of Spark (default: 4g)")
    parser.add_argument("--minutes", type=int, default=30, help="that Spark may take (default: 30)")
    return parser


def _archive(text: str) -> Path:
    path = Path(text).resolve()
    if not any((path / "interactions").glob("dt=*")):
        message = f"{text} has no interactions/dt=…"
        raise argparse.ArgumentTypeError(message)
    return path


def _archives(options: argparse.Namespace, work: Path) -> list[Archive]:
    asked = [Archive("archive", options.archive, options.tracker)] if options.archive else []
    if asked and options.rows is None:
        return asked
    return [*made_archives(work, options.rows or _ROWS), *asked]


if __name__ == "__main__":
    sys.exit(main())
