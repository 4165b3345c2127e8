"""`rollback`: make live again what was live before, in the one step that switched away from it."""

import argparse
import sys
from typing import Final

from nightly.adapters.live_parameter import LiveParameter
from nightly.commands.live import add_parameter
from nightly.live import LiveTarget

_WHAT_FOLLOWS: Final = """\
Recorders follow within their interval, a minute unless the stack says less; requests for
recommendations go to {campaign}.
What {now} was sent meanwhile, {before} does not have: the next nights find it undelivered and
import it, once there are a thousand interactions. {now} is kept: roll back again to return to it.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Without --yes it only says what it would do."""
    add_parameter(parser)
    parser.add_argument("--yes", action="store_true", help="do it")
    parser.set_defaults(do=_roll_back)


def _roll_back(options: argparse.Namespace) -> None:
    targets = LiveParameter.named(options.parameter, None)
    now = targets.read()
    before = now.rolled_back()
    if options.yes:
        targets.switch(now, before)
    sys.stdout.write(_said(now, before, is_done=options.yes))


def _said(now: LiveTarget, before: LiveTarget, *, is_done: bool) -> str:
    names = (now.dataset_group_name, before.dataset_group_name)
    headline = (
        f"{names[1]} is live again in place of {names[0]}.\n"
        if is_done
        else f"Would make {names[1]} live in place of {names[0]}; --yes does it. Then:\n"
    )
    campaign = before.campaign_arn or "the campaign that you had for it"
    return headline + _WHAT_FOLLOWS.format(now=names[0], before=names[1], campaign=campaign)
