"""The rules of a build as options, the same for every command that applies them."""

import argparse

from nightly.commands.places import names
from nightly.domain.columns import OPTIONAL_COLUMNS, TrainingColumns
from nightly.domain.rules import EVENT_TYPES, BuildRules


def add_build_rules(parser: argparse.ArgumentParser) -> None:
    """What of the clean layer is trained on; `--context-columns` is the command's own."""
    for name in ("watch_ratio", "watch_cap_s", "watch_unknown_duration_s", "complete_ratio"):
        option = f"--{name.replace('_', '-')}"
        default = BuildRules.__dataclass_fields__[name].default
        parser.add_argument(option, type=float, default=default, metavar="X")
    parser.add_argument(
        "--interaction-columns", type=names, default=tuple(OPTIONAL_COLUMNS), metavar="A,B"
    )
    parser.add_argument("--event-types", type=names, default=EVENT_TYPES[:-1], metavar="A,B")
    parser.add_argument("--least-values", type=_values, default={}, metavar="Watch=0.3,…")
    parser.add_argument("--train-guests", action="store_true")
    parser.add_argument("--link-days", type=int, default=1, metavar="N")
    parser.add_argument("--part-bytes", type=int, default=200_000_000, metavar="N")


def build_rules(options: argparse.Namespace) -> BuildRules:
    """As the options say."""
    return BuildRules(
        TrainingColumns(frozenset(options.interaction_columns), options.context_columns),
        options.event_types,
        options.least_values,
        guests_as_users=options.train_guests,
        link_days=options.link_days,
        watch_ratio=options.watch_ratio,
        watch_cap_s=options.watch_cap_s,
        watch_unknown_duration_s=options.watch_unknown_duration_s,
        complete_ratio=options.complete_ratio,
        lookback_days=options.lookback_days,
    )


def _values(text: str) -> dict[str, float]:
    pairs = (pair.partition("=") for pair in names(text))
    return {name: float(value) for name, _, value in pairs}
