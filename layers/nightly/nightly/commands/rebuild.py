"""`rebuild`: everything into another dataset group, which then goes live."""

import argparse
import re
import sys
import time
from datetime import UTC, datetime

from nightly.adapters.bucket import Bucket
from nightly.adapters.executions import StepFunctionsExecutions
from nightly.adapters.live_parameter import LiveParameter
from nightly.adapters.personalize_pieces import PersonalizePieces
from nightly.adapters.price_list import prices
from nightly.adapters.stack_outputs import StackOutputs
from nightly.application.start_rebuild import (
    Prospect,
    RebuildParts,
    follow,
    look_ahead,
    start_rebuild,
)
from nightly.domain.days import Day
from nightly.domain.errors import UnusableError
from nightly.domain.execution import RebuildOrder
from nightly.domain.pieces import PieceKind

_KINDS = ("interactions", "users", "items")


def add(parser: argparse.ArgumentParser) -> None:
    """Without --yes it only says what it would do."""
    parser.add_argument("--stack", required=True, metavar="NAME")
    parser.add_argument("--night", type=Day.named, metavar="YYYY-MM-DD", help="else today, in UTC")
    parser.add_argument("--serial", default="", metavar="b", help="another group of one date")
    parser.add_argument(
        "--schema",
        type=_schema,
        action="append",
        default=[],
        metavar="KIND=ARN",
        help="not that of the live group, as users=arn:…; may be given for each kind",
    )
    parser.add_argument("--yes", action="store_true", help="do it")
    parser.add_argument("--follow", action="store_true", help="tell how far it is, to its end")
    parser.add_argument("--poll-seconds", type=float, default=15.0, metavar="N")
    parser.set_defaults(do=_rebuild)


def _rebuild(options: argparse.Namespace) -> None:
    parts = _parts(options.stack)
    running = parts.executions.running(parts.machine_arn)
    if running and options.follow and not options.yes:
        _follow(running[0].arn, parts, options)
        return
    night = options.night or Day.named(str(datetime.now(UTC).date()))
    order = RebuildOrder(night, _serial(options.serial), dict(options.schema))
    prospect = look_ahead(order, parts)
    _say(_told(prospect, order))
    if not options.yes:
        _say("Nothing was started; --yes does it.")
        return
    arn = start_rebuild(order, prospect.name, parts)
    _say(f"Started {prospect.name}.")
    if options.follow:
        _follow(arn, parts, options)


def _follow(arn: str, parts: RebuildParts, options: argparse.Namespace) -> None:
    try:
        for line in follow(arn, parts.executions, lambda: time.sleep(options.poll_seconds)):
            _say(f"{datetime.now(UTC):%H:%M:%S} {line}")
    except KeyboardInterrupt:
        _say(f"The rebuild goes on; to see it again: rebuild --stack {options.stack} --follow")


def _told(prospect: Prospect, order: RebuildOrder) -> str:
    what = (
        f"{prospect.name}: everything up to {order.night.plus(-1)} goes into the dataset group"
        f" {prospect.group}, is trained on, judged, and goes live in one switch if it is good."
    )
    lines = [what, "The group that is live now is kept for a rollback."]
    if prospect.goes_on:
        lines.append("The group is there already: it goes on from what there is.")
    lines += [f"It waits until {name} gives the lock back." for name in prospect.waits_for]
    return "\n".join([*lines, _cost(prospect)])


def _cost(prospect: Prospect) -> str:
    if prospect.cost is None or prospect.rows is None:
        return "What it costs is not known before a build has counted the interactions."
    cost = prospect.cost
    what = "import and training" if prospect.knows_bytes else "training, the import aside,"
    return (
        f"The newest build has {prospect.rows:,} interactions; {what} of as many cost about"
        f" {cost.total_usd:,.2f} USD (prices of {cost.priced_on},"
        f" {'confirmed' if cost.is_confirmed else 'not confirmed'}), and a second campaign for as"
        " long as both groups are kept. The stack's ceiling stops it before that is passed."
    )


def _parts(stack: str) -> RebuildParts:
    outputs, pieces = StackOutputs.of_environment(stack), PersonalizePieces.of_environment()
    return RebuildParts(
        stack,
        outputs["RebuildStateMachineArn"],
        outputs["NightlyStateMachineArn"],
        StepFunctionsExecutions.of_environment(),
        Bucket.of_url(f"s3://{outputs['ArchiveBucketName']}"),
        prices(),
        lambda name: bool(pieces.of_kind(PieceKind.DATASET_GROUP, outputs.group_arn(name))),
        lambda: _recommenders(outputs, pieces),
    )


def _recommenders(outputs: StackOutputs, pieces: PersonalizePieces) -> list[str]:
    """Of the live group.

    A group of another name that nobody has switched from is known to the state machine alone.
    """
    targets = LiveParameter.named(outputs["LiveParameterName"], None)
    own = outputs.group_arn(f"{outputs.stack}-v1")
    group = own if targets.written_at() is None else targets.read().dataset_group_arn
    return [piece.name for piece in pieces.of_kind(PieceKind.RECOMMENDER, group)]


def _schema(text: str) -> tuple[str, str]:
    kind, _, arn = text.partition("=")
    if kind not in _KINDS or not arn.startswith("arn:"):
        error = f"it is one of {', '.join(_KINDS)}, = and the ARN of a schema"
        raise argparse.ArgumentTypeError(error)
    return kind, arn


def _serial(text: str) -> str:
    if not re.fullmatch("([a-z][a-z0-9]{0,3})?", text):
        error = "a serial is a small letter and up to three more letters or digits, as b"
        raise UnusableError(error)
    return text


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
