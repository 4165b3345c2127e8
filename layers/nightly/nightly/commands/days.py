"""`day` and `backfill`: raw rows become days of the clean layer."""

import argparse
from functools import partial

from nightly.adapters.statements import statements
from nightly.application.backfill import backfill
from nightly.application.clean_day import CleanedDay, Cleaning, archived_days, clean_day
from nightly.commands.clean_rules import add_clean_rules, clean_rules
from nightly.commands.places import add_engine, engine, storage, tell
from nightly.domain.days import Day


def add_day(parser: argparse.ArgumentParser) -> None:
    """Ask which day, from where and where to."""
    _add_cleaning(parser)
    parser.add_argument("--day", type=Day.named, required=True, metavar="YYYY-MM-DD")
    parser.set_defaults(do=_day)


def add_backfill(parser: argparse.ArgumentParser) -> None:
    """Ask which days, from where and where to."""
    _add_cleaning(parser)
    parser.add_argument("--first", type=Day.named, metavar="YYYY-MM-DD")
    parser.add_argument("--last", type=Day.named, metavar="YYYY-MM-DD")
    parser.add_argument("--at-once", type=int, default=2, metavar="N")
    parser.set_defaults(do=_backfill)


def _add_cleaning(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--archive", required=True, metavar="PLACE", help="folder or s3://bucket")
    parser.add_argument("--clean", required=True, metavar="PLACE", help="gets clean/dt=…")
    add_clean_rules(parser)
    add_engine(parser)


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


def _cleaning(options: argparse.Namespace) -> Cleaning:
    return Cleaning(
        storage(options.archive),
        storage(options.clean),
        engine(options),
        statements(),
        clean_rules(options),
    )


def _tell(cleaned: CleanedDay) -> None:
    manifest = cleaned.manifest
    tell(
        {
            "day": str(manifest.day),
            "published": cleaned.is_new,
            "outcomes": dict(manifest.outcomes),
            "make_again": [str(day) for day in cleaned.grown],
        }
    )
