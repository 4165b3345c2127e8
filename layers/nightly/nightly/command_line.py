"""`python -m nightly`: the nightly build on a laptop, over a folder or a bucket."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from nightly.domain.errors import NightlyError

_DONE: Final = 0
_STOPPED: Final = 1

# Of each command the module and the function that adds its options, and what it is for. Only the
# module of the command that runs is loaded: with all of them, and boto3, a third of a small build
# would go to loading what it does not use.
_COMMANDS: Final = {
    "day": ("days", "add_day", "publish one day of arrival in the clean layer"),
    "backfill": ("days", "add_backfill", "publish many days, side by side"),
    "build": ("build", "add", "write what Personalize imports"),
    "validate": ("validate", "add", "read such files back, as bytes"),
    "night": ("night", "add", "decide a night and write what it imports"),
    "builds": ("builds", "add", "the history of builds: list, show, diff"),
    "report": ("report", "add", "a page about a build, for a browser"),
    "plan": ("plan", "add", "what a night would import, and why"),
    "undelivered": ("undelivered", "add", "what a tracker has not delivered"),
    "import-history": ("import_history", "add", "take in past interactions"),
    "metadata": ("metadata", "add", "write users and items"),
    "validate-metadata": ("metadata", "add_validation", "read them back"),
    "live": ("live", "add", "which dataset group is live"),
    "rollback": ("rollback", "add", "make live again what was before"),
    "rebuild": ("rebuild", "add", "everything into another dataset group"),
    "retire": ("retire", "add", "delete the dataset group before the live one"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one command; 1 when a build stops, and why on standard error."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given[0] if given else "").parse_args(given)
    try:
        options.do(options)
    except NightlyError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return _STOPPED
    return _DONE


def _parser(chosen: str) -> argparse.ArgumentParser:
    """All commands by name, and the options of the one that was chosen."""
    parser = argparse.ArgumentParser(prog="nightly", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (module, add, purpose) in _COMMANDS.items():
        command = commands.add_parser(name, help=purpose)
        if name == chosen:
            getattr(import_module(f"nightly.commands.{module}"), add)(command)
    return parser
