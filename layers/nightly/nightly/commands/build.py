"""`build`: what Personalize imports, from the clean layer or straight from raw rows."""

import argparse

from nightly.adapters.statements import statements
from nightly.application.build import Building, build_from_clean, build_from_raw
from nightly.application.validate import FULL_BYTES, INCREMENTAL_BYTES, Limits
from nightly.commands.build_rules import add_build_rules, build_rules
from nightly.commands.clean_rules import add_clean_rules, clean_rules
from nightly.commands.places import add_engine, engine, storage, tell
from nightly.domain.days import Day, Days
from nightly.domain.errors import UnusableError


def add(parser: argparse.ArgumentParser) -> None:
    """Ask from where, where to, which days and by which rules."""
    origin = parser.add_mutually_exclusive_group(required=True)
    origin.add_argument("--archive", metavar="PLACE", help="build from raw rows, in one go")
    origin.add_argument("--clean", metavar="PLACE", help="build from the clean layer")
    parser.add_argument("--out", required=True, metavar="PLACE", help="an empty place")
    parser.add_argument("--first", type=Day.named, metavar="YYYY-MM-DD", help="an increment")
    parser.add_argument("--last", type=Day.named, metavar="YYYY-MM-DD")
    add_clean_rules(parser)
    add_build_rules(parser)
    add_engine(parser)
    parser.set_defaults(do=_build)


def _build(options: argparse.Namespace) -> None:
    days = _days(options)
    limits = Limits(FULL_BYTES if days is None else INCREMENTAL_BYTES)
    building = Building(
        storage(options.out),
        engine(options),
        statements(),
        build_rules(options),
        limits,
        options.part_bytes,
    )
    if options.archive is None:
        report = build_from_clean(storage(options.clean), building, days)
    else:
        _refuse_days(days)
        report = build_from_raw(storage(options.archive), clean_rules(options), building)
    tell(report.as_dict())


def _days(options: argparse.Namespace) -> Days | None:
    if (options.first is None) != (options.last is None):
        error = "an increment has a --first and a --last day"
        raise UnusableError(error)
    return None if options.first is None else Days(options.first, options.last)


def _refuse_days(days: Days | None) -> None:
    if days is not None:
        error = "an increment is built from the clean layer: --clean"
        raise UnusableError(error)
