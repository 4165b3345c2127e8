"""`live`: which dataset group recorders send to, and which one a rollback would go back to."""

import argparse
import json
import sys

from nightly.adapters.live_parameter import LiveParameter


def add(parser: argparse.ArgumentParser) -> None:
    """Ask for the parameter alone; credentials and region are the environment's."""
    add_parameter(parser)
    parser.set_defaults(do=_show)


def add_parameter(parser: argparse.ArgumentParser) -> None:
    """Ask for the parameter."""
    text = "the stack's output LiveParameterName, as /stack/live"
    parser.add_argument("--parameter", required=True, metavar="NAME", help=text)


def _show(options: argparse.Namespace) -> None:
    target = LiveParameter.named(options.parameter, None).read()
    shown = target.as_dict() | {"tracking_mark": target.tracking_mark}
    sys.stdout.write(json.dumps(shown, indent=2) + "\n")
