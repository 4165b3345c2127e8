"""`undelivered`: write, or only count, what a tracker has not delivered in some settled days."""

import argparse

from nightly.adapters.statements import statements
from nightly.application.build import Building
from nightly.application.statistics import Counting
from nightly.application.undelivered import count_undelivered, export_undelivered
from nightly.application.validate import FULL_BYTES, INCREMENTAL_BYTES, Limits
from nightly.commands.build_rules import build_rules
from nightly.commands.places import engine, storage, tell
from nightly.commands.plan import add_rules, add_tracker
from nightly.domain.days import Day, Days


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its options."""
    parser.add_argument("--clean", required=True, metavar="PLACE", help="folder or s3://bucket")
    parser.add_argument("--out", metavar="PLACE", help="an empty place; without it only count")
    parser.add_argument("--first", type=Day.named, required=True, metavar="YYYY-MM-DD")
    parser.add_argument("--last", type=Day.named, required=True, metavar="YYYY-MM-DD")
    parser.add_argument("--full", action="store_true", help="a first import: 100 GB, not 1")
    parser.add_argument("--new-group", action="store_true", help="rows without a mark are lacking")
    add_tracker(parser)
    add_rules(parser)
    parser.set_defaults(do=_undelivered)


def _undelivered(options: argparse.Namespace) -> None:
    clean, rules, days = (
        storage(options.clean),
        build_rules(options),
        Days(options.first, options.last),
    )
    counting = Counting(clean, engine(options), statements(), rules)
    if options.out is None:
        report = count_undelivered(counting, options.tracker, days, is_new=options.new_group)
    else:
        limits = Limits(FULL_BYTES if options.full else INCREMENTAL_BYTES)
        building = Building(
            storage(options.out),
            counting.engine,
            counting.statements,
            rules,
            limits,
            options.part_bytes,
        )
        report = export_undelivered(
            clean, building, options.tracker, days, is_new=options.new_group
        )
    tell(report.as_dict())
