"""`python -m nightly`: the nightly build on a laptop, over a folder or a bucket."""

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from nightly.adapters.bucket import Bucket
from nightly.adapters.duckdb_engine import DuckDbEngine
from nightly.adapters.duckdb_limits import DuckDbLimits
from nightly.adapters.folder import Folder
from nightly.adapters.statements import statements
from nightly.application.backfill import backfill
from nightly.application.build import Building, build_from_clean, build_from_raw
from nightly.application.clean_day import CleanedDay, Cleaning, archived_days, clean_day
from nightly.application.validate import FULL_BYTES, INCREMENTAL_BYTES, Limits, validate
from nightly.commands import (
    builds,
    import_history,
    live,
    metadata,
    night,
    plan,
    rebuild,
    report,
    retire,
    rollback,
    undelivered,
)
from nightly.commands.build_rules import add_build_rules, build_rules
from nightly.domain.days import Day, Days
from nightly.domain.errors import NightlyError, UnusableError
from nightly.domain.rules import CleanRules
from nightly.ports import Storage

_DONE: Final = 0
_STOPPED: Final = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one command; 1 when a build stops, and why on standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.do(options)
    except NightlyError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return _STOPPED
    return _DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nightly", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_day(commands.add_parser("day", help="publish one day of arrival in the clean layer"))
    _add_backfill(commands.add_parser("backfill", help="publish many days, side by side"))
    _add_build(commands.add_parser("build", help="write what Personalize imports"))
    _add_validate(commands.add_parser("validate", help="read such files back, as bytes"))
    night.add(commands.add_parser("night", help="decide a night and write what it imports"))
    builds.add(commands.add_parser("builds", help="the history of builds: list, show, diff"))
    report.add(commands.add_parser("report", help="a page about a build, for a browser"))
    plan.add(commands.add_parser("plan", help="what a night would import, and why"))
    undelivered.add(commands.add_parser("undelivered", help="what a tracker has not delivered"))
    import_history.add(commands.add_parser("import-history", help="take in past interactions"))
    metadata.add(commands.add_parser("metadata", help="write users and items"))
    metadata.add_validation(commands.add_parser("validate-metadata", help="read them back"))
    live.add(commands.add_parser("live", help="which dataset group is live"))
    rollback.add(commands.add_parser("rollback", help="make live again what was before"))
    rebuild.add(commands.add_parser("rebuild", help="everything into another dataset group"))
    retire.add(commands.add_parser("retire", help="delete the dataset group before the live one"))
    return parser


def _add_day(parser: argparse.ArgumentParser) -> None:
    _add_cleaning(parser)
    parser.add_argument("--day", type=Day.named, required=True, metavar="YYYY-MM-DD")
    parser.set_defaults(do=_day)


def _add_backfill(parser: argparse.ArgumentParser) -> None:
    _add_cleaning(parser)
    parser.add_argument("--first", type=Day.named, metavar="YYYY-MM-DD")
    parser.add_argument("--last", type=Day.named, metavar="YYYY-MM-DD")
    parser.add_argument("--at-once", type=int, default=2, metavar="N")
    parser.set_defaults(do=_backfill)


def _add_build(parser: argparse.ArgumentParser) -> None:
    origin = parser.add_mutually_exclusive_group(required=True)
    origin.add_argument("--archive", metavar="PLACE", help="build from raw rows, in one go")
    origin.add_argument("--clean", metavar="PLACE", help="build from the clean layer")
    parser.add_argument("--out", required=True, metavar="PLACE", help="an empty place")
    parser.add_argument("--first", type=Day.named, metavar="YYYY-MM-DD", help="an increment")
    parser.add_argument("--last", type=Day.named, metavar="YYYY-MM-DD")
    _add_clean_rules(parser)
    add_build_rules(parser)
    _add_engine(parser)
    parser.set_defaults(do=_build)


def _add_validate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="PLACE", help="the folder of the parts")
    parser.add_argument("--columns", type=_split, metavar="A,B", help="else as the header says")
    parser.add_argument("--incremental", action="store_true", help="1 GB in all, not 100")
    parser.set_defaults(do=_validate)


def _add_cleaning(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--archive", required=True, metavar="PLACE", help="folder or s3://bucket")
    parser.add_argument("--clean", required=True, metavar="PLACE", help="gets clean/dt=…")
    _add_clean_rules(parser)
    _add_engine(parser)


def _add_clean_rules(parser: argparse.ArgumentParser) -> None:
    rules = CleanRules()
    parser.add_argument("--lookback-days", type=int, default=rules.lookback_days, metavar="N")
    parser.add_argument("--max-lateness-s", type=int, default=rules.max_lateness_s, metavar="N")
    parser.add_argument("--max-skew-s", type=int, default=rules.max_skew_s, metavar="N")
    parser.add_argument("--context-columns", type=_split, default=(), metavar="A,B")


def _add_engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--memory", metavar="SIZE", help="as 2GB; the rest goes to --temporary")
    parser.add_argument("--temporary", type=Path, metavar="FOLDER")
    parser.add_argument("--threads", type=int, metavar="N")


def _day(options: argparse.Namespace) -> None:
    _tell(clean_day(options.day, _cleaning(options)))


def _backfill(options: argparse.Namespace) -> None:
    of = _cleaning(options)
    days = [
        day
        for day in archived_days(of.archive)
        if (options.first or day) <= day <= (options.last or day)
    ]
    for cleaned in backfill(days, partial(clean_day, cleaning_of=of), at_once=options.at_once):
        _tell(cleaned)


def _build(options: argparse.Namespace) -> None:
    days = _days(options)
    limits = Limits(FULL_BYTES if days is None else INCREMENTAL_BYTES)
    building = Building(
        _storage(options.out),
        _engine(options),
        statements(),
        build_rules(options),
        limits,
        options.part_bytes,
    )
    if options.archive is None:
        report = build_from_clean(_storage(options.clean), building, days)
    else:
        _refuse_days(days)
        report = build_from_raw(_storage(options.archive), _clean_rules(options), building)
    _print(report.as_dict())


def _validate(options: argparse.Namespace) -> None:
    limits = Limits(INCREMENTAL_BYTES if options.incremental else FULL_BYTES)
    reading = validate(_storage(options.place), "", options.columns, limits)
    _print({"rows": reading.rows, "bytes": reading.size_bytes})


def _days(options: argparse.Namespace) -> Days | None:
    if (options.first is None) != (options.last is None):
        error = "an increment has a --first and a --last day"
        raise UnusableError(error)
    return None if options.first is None else Days(options.first, options.last)


def _refuse_days(days: Days | None) -> None:
    if days is not None:
        error = "an increment is built from the clean layer: --clean"
        raise UnusableError(error)


def _cleaning(options: argparse.Namespace) -> Cleaning:
    return Cleaning(
        _storage(options.archive),
        _storage(options.clean),
        _engine(options),
        statements(),
        _clean_rules(options),
    )


def _engine(options: argparse.Namespace) -> DuckDbEngine:
    return DuckDbEngine(DuckDbLimits(options.memory, options.temporary, options.threads))


def _clean_rules(options: argparse.Namespace) -> CleanRules:
    return CleanRules(
        options.lookback_days, options.max_lateness_s, options.max_skew_s, options.context_columns
    )


def _storage(place: str) -> Storage:
    return Bucket.of_url(place) if place.startswith("s3://") else Folder(Path(place))


def _split(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def _tell(cleaned: CleanedDay) -> None:
    manifest = cleaned.manifest
    _print(
        {
            "day": str(manifest.day),
            "published": cleaned.is_new,
            "outcomes": dict(manifest.outcomes),
            "make_again": [str(day) for day in cleaned.grown],
        }
    )


def _print(content: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(content, sort_keys=True) + "\n")
