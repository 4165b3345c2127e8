"""`night`: what a night would do with an archive, decided and written out on a laptop.

Personalize is asked for nothing and given nothing: which dataset group is live is said on the
command line, and its columns are taken to be those of the file.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from nightly.adapters.duckdb_engine import DuckDbEngine
from nightly.adapters.duckdb_limits import DuckDbLimits
from nightly.adapters.price_list import prices
from nightly.adapters.statements import statements
from nightly.application.build_datasets import build_datasets
from nightly.application.night_parts import NightParts
from nightly.application.publish_days import Allowance, unlimited
from nightly.commands.places import names, storage
from nightly.composition import now
from nightly.domain.columns import TrainingColumns
from nightly.domain.errors import UnusableError
from nightly.domain.gate_limits import GateLimits
from nightly.domain.import_plan import PlanKind
from nightly.domain.metadata_rows import default_schemas
from nightly.domain.night import NightRequest, Train
from nightly.domain.rules import BuildRules, CleanRules
from nightly.domain.stored_values import read_as
from nightly.live import LiveTarget


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its options."""
    parser.add_argument("--date", required=True, metavar="YYYY-MM-DD", help="sees the days before")
    parser.add_argument("--archive", required=True, metavar="PLACE", help="folder or s3://bucket")
    parser.add_argument("--dataset-group-arn", required=True, metavar="ARN", help="what is live")
    parser.add_argument("--tracking-id", required=True, metavar="ID", help="of its event tracker")
    parser.add_argument("--asked", choices=["auto", *PlanKind], default="auto", help="a plan")
    parser.add_argument("--train", choices=list(Train), default=Train.AUTO)
    parser.add_argument("--recipe-arn", default="", metavar="ARN")
    parser.add_argument("--ceiling-usd", type=float, metavar="X", help="what it may cost")
    parser.add_argument("--gate-limits", default="", metavar="most_lost=0.5,…")
    parser.add_argument("--context-columns", default="", metavar="A,B")
    parser.add_argument("--lookback-days", type=int, default=3, metavar="N")
    parser.add_argument("--memory", metavar="SIZE", help="as 2GB; the rest goes to --temporary")
    parser.add_argument("--temporary", type=Path, metavar="FOLDER")
    parser.set_defaults(do=_night)


def _night(options: argparse.Namespace) -> None:
    request = NightRequest.from_dict(
        {"night": options.date, "asked": options.asked, "train": options.train}
    )
    decision = build_datasets(request, _parts(options), Allowance(unlimited))
    sys.stdout.write(json.dumps(decision, indent=2) + "\n")


def _parts(options: argparse.Namespace) -> NightParts:
    context = names(options.context_columns)
    rules = BuildRules(TrainingColumns(context=context), lookback_days=options.lookback_days)
    return NightParts(
        archive=storage(options.archive),
        below=lambda prefix: storage(f"{options.archive.rstrip('/')}/{prefix}"),
        engine=DuckDbEngine(DuckDbLimits(options.memory, options.temporary)),
        statements=statements(),
        clean_rules=CleanRules(options.lookback_days, context=context),
        build_rules=rules,
        schemas=default_schemas(),
        gate_limits=_limits(options.gate_limits),
        prices=prices(),
        ceiling_usd=options.ceiling_usd,
        live=_Said(LiveTarget.of_group(options.dataset_group_arn, options.tracking_id)),
        datasets=_Alike(rules.columns.names),
        recipe_arn=options.recipe_arn,
        now=now,
    )


def _limits(text: str) -> GateLimits:
    pairs = (pair.partition("=") for pair in filter(None, text.split(",")))
    return read_as(GateLimits, {name: value for name, _, value in pairs})


@dataclass(frozen=True, slots=True)
class _Said:
    """What is live, as somebody says."""

    target: LiveTarget

    def read(self) -> LiveTarget:
        return self.target

    def switch(self, before: LiveTarget, after: LiveTarget) -> None:
        del before
        error = f"{after.dataset_group_name} does not go live by this command"
        raise UnusableError(error)


@dataclass(frozen=True, slots=True)
class _Alike:
    """Datasets with the columns of the file."""

    names: tuple[str, ...]

    def columns(self, dataset_arn: str) -> tuple[str, ...]:
        return self.names if dataset_arn else ()
