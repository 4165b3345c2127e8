"""The rules of the day step as options, the same for every command that applies them."""

import argparse

from nightly.commands.places import names
from nightly.domain.rules import CleanRules


def add_clean_rules(parser: argparse.ArgumentParser) -> None:
    """How raw rows are checked and deduplicated."""
    rules = CleanRules()
    parser.add_argument("--lookback-days", type=int, default=rules.lookback_days, metavar="N")
    parser.add_argument("--max-lateness-s", type=int, default=rules.max_lateness_s, metavar="N")
    parser.add_argument("--max-skew-s", type=int, default=rules.max_skew_s, metavar="N")
    parser.add_argument("--context-columns", type=names, default=(), metavar="A,B")


def clean_rules(options: argparse.Namespace) -> CleanRules:
    """These rules; UnusableError if they cannot be kept."""
    return CleanRules(
        options.lookback_days, options.max_lateness_s, options.max_skew_s, options.context_columns
    )
