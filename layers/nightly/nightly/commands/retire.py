"""`retire`: delete the dataset group before the live one, or one that a rebuild has left."""

import argparse
import sys
import time
from datetime import UTC, datetime
from typing import Final

from nightly.adapters.executions import StepFunctionsExecutions
from nightly.adapters.live_parameter import LiveParameter
from nightly.adapters.lock_table import PersonalizeLock
from nightly.adapters.personalize_pieces import PersonalizePieces
from nightly.adapters.stack_outputs import StackOutputs
from nightly.application.retire_group import (
    Retiring,
    Situation,
    group_to_retire,
    pieces_of,
    retire_group,
)
from nightly.domain.errors import UnusableError

_WHAT_FOLLOWS: Final = """\
Then nobody can roll back to {name}, and nothing brings it back but another rebuild. Whoever still
asks one of its campaigns for recommendations gets none. Schemas stay, as other groups share them,
and so does what the archive has; --yes does it.
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Without --yes it only says what it would do."""
    parser.add_argument("group", nargs="?", metavar="GROUP", help="else the one before the live")
    parser.add_argument("--stack", required=True, metavar="NAME", help="whose group it is")
    parser.add_argument("--yes", action="store_true", help="do it")
    parser.add_argument("--poll-seconds", type=float, default=15.0, metavar="N")
    parser.set_defaults(do=_retire)


def _retire(options: argparse.Namespace) -> None:
    outputs, pieces = StackOutputs.of_environment(options.stack), PersonalizePieces.of_environment()
    targets = LiveParameter.named(outputs["LiveParameterName"], None)
    name = group_to_retire(options.group, _situation(options.stack, targets))
    arn = outputs.group_arn(name)
    there = pieces_of(arn, pieces)
    if not there:
        error = f"there is no dataset group {name}"
        raise UnusableError(error)
    if not options.yes:
        listed = "".join(f"  {piece}\n" for piece in there)
        sys.stdout.write(f"Would delete, in this order:\n{listed}{_WHAT_FOLLOWS.format(name=name)}")
        return
    lock = PersonalizeLock.of_environment(
        outputs["LocksTableName"], _is_running, f"retire-{name}", f"retire {name}"
    )
    parts = Retiring(
        pieces,
        targets,
        lock,
        lambda: _situation(options.stack, targets),
        lambda: time.sleep(options.poll_seconds),
    )
    for line in retire_group(name, arn, parts):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _situation(stack: str, targets: LiveParameter) -> Situation:
    written_at = targets.written_at()
    live = None if written_at is None else targets.read()
    return Situation(stack, live, written_at, datetime.now(UTC))


def _is_running(execution_arn: str) -> bool:
    found = StepFunctionsExecutions.of_environment().find(execution_arn)
    return found is not None and found.is_running
