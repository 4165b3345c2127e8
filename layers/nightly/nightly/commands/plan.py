"""`plan`: what a night would import, and why. Nothing is written, imported or trained."""

import argparse
from collections.abc import Mapping
from typing import Any

from nightly.adapters.statements import statements
from nightly.application.statistics import Counting
from nightly.application.undelivered import Planned, Question, plan_night
from nightly.commands.build_rules import add_build_rules, build_rules
from nightly.commands.places import add_engine, engine, names, storage, tell
from nightly.domain.days import Day
from nightly.domain.import_plan import PlanKind
from nightly.domain.rules import BuildRules


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its options."""
    parser.add_argument("--archive", required=True, metavar="PLACE", help="folder or s3://bucket")
    parser.add_argument("--night", type=Day.named, required=True, metavar="YYYY-MM-DD")
    parser.add_argument("--group", required=True, metavar="NAME", help="of the dataset group")
    add_tracker(parser)
    parser.add_argument("--asked", choices=[str(kind) for kind in PlanKind], metavar="PLAN")
    parser.add_argument("--no-live-tracker", action="store_true", help="nobody sends to the group")
    parser.add_argument("--schema-changed", action="store_true")
    parser.add_argument("--trained-through", type=Day.named, metavar="YYYY-MM-DD")
    add_rules(parser)
    parser.set_defaults(do=_plan)


def add_tracker(parser: argparse.ArgumentParser) -> None:
    """Whose deliveries count."""
    told = "16 digits: printf %%s TRACKING-ID | sha256sum | cut -c1-16"
    parser.add_argument("--tracker", required=True, metavar="MARK", help=told)


def add_rules(parser: argparse.ArgumentParser) -> None:
    """By which rules interactions are counted."""
    days = BuildRules.__dataclass_fields__["lookback_days"].default
    parser.add_argument("--lookback-days", type=int, default=days, metavar="N")
    parser.add_argument("--context-columns", type=names, default=(), metavar="A,B")
    add_build_rules(parser)
    add_engine(parser)


def _plan(options: argparse.Namespace) -> None:
    counting = Counting(
        storage(options.archive), engine(options), statements(), build_rules(options)
    )
    tell(_told(plan_night(_question(options), counting)))


def _question(options: argparse.Namespace) -> Question:
    return Question(
        options.night,
        options.group,
        options.tracker,
        has_live_tracker=not options.no_live_tracker,
        schema_changed=options.schema_changed,
        asked=None if options.asked is None else PlanKind(options.asked),
        trained_through=options.trained_through,
    )


def _told(planned: Planned) -> Mapping[str, Any]:
    days = planned.settled
    return planned.plan.as_dict() | {
        "settled": None if days is None else [str(days.first), str(days.last)],
        "outcomes": dict(planned.outcomes),
        "new_interactions": planned.facts.new_interactions,
    }
