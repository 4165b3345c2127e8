"""`builds list|show|diff|accept`: the history of builds in an archive."""

import argparse
import json
import sys

from nightly.application.accept_build import Acceptances, accept_build
from nightly.application.records import Records
from nightly.commands.places import storage
from nightly.commands.tables import compared, listed, shown
from nightly.composition import now
from nightly.domain.build_record import BuildRecord
from nightly.domain.errors import UnusableError


def add(parser: argparse.ArgumentParser) -> None:
    """Give the command its own commands."""
    commands = parser.add_subparsers(required=True, metavar="WHAT")
    every = commands.add_parser("list", help="a line a build, the newest first")
    one = commands.add_parser("show", help="what was decided and why; the newest without a name")
    two = commands.add_parser("diff", help="two builds beside each other")
    accept = commands.add_parser("accept", help="let the drift that stopped a build be right")
    accept.add_argument("build", metavar="BUILD")
    reason = "why it is right, in a line; it is shown, so nobody's name"
    accept.add_argument("--reason", required=True, metavar="TEXT", help=reason)
    one.add_argument("build", nargs="?", metavar="BUILD")
    two.add_argument("before", nargs="?", metavar="BEFORE", help="else the last accepted one")
    two.add_argument("now", nargs="?", metavar="NOW", help="else the newest")
    for command, do in ((every, _list), (one, _show), (two, _diff), (accept, _accept)):
        command.add_argument("--archive", required=True, metavar="PLACE", help="folder or s3://…")
        command.add_argument("--json", action="store_true", help="for programs")
        command.set_defaults(do=do)


def _list(options: argparse.Namespace) -> None:
    records = _records(options)
    found = records.list()
    if options.json:
        _tell([record.as_dict() for record in found])
        return
    read = {record.build for record in found}
    acceptances = Acceptances(storage(options.archive))
    accepted = {name for name in read if acceptances.of(name) is not None}
    unreadable = [name for name in records.names() if name not in read]
    sys.stdout.write(f"{listed(found, unreadable, accepted)}\n")


def _show(options: argparse.Namespace) -> None:
    record = _one(_records(options), options.build)
    acceptance = Acceptances(storage(options.archive)).of(record.build)
    if options.json:
        told = None if acceptance is None else acceptance.as_told()
        _tell(record.as_dict() | {"acceptance": told})
        return
    sys.stdout.write(f"{shown(record, acceptance)}\n")


def _diff(options: argparse.Namespace) -> None:
    records = _records(options)
    now = _one(records, options.now)
    before = _before(records, now) if options.before is None else _one(records, options.before)
    if options.json:
        _tell({"before": before.as_dict(), "now": now.as_dict()})
        return
    sys.stdout.write(f"{compared(before, now)}\n")


def _accept(options: argparse.Namespace) -> None:
    acceptance = accept_build(options.build, options.reason, storage(options.archive), now())
    if options.json:
        _tell(acceptance.as_told())
        return
    gates, build = ", ".join(acceptance.gates), acceptance.build
    sys.stdout.write(
        f"Accepted: {gates} of {build}. Later builds are compared with it; start the night of"
        f" {acceptance.night} again, or wait for the next one.\n"
    )


def _records(options: argparse.Namespace) -> Records:
    return Records(storage(options.archive))


def _one(records: Records, build: str | None) -> BuildRecord:
    """By its name, or the newest."""
    record = next(iter(records.list()), None) if build is None else records.get(build)
    if record is None:
        error = "no build is recorded" if build is None else f"no record of {build} can be read"
        raise UnusableError(error)
    return record


def _before(records: Records, now: BuildRecord) -> BuildRecord:
    """The newest accepted one that is not the same."""
    record = records.last_accepted(but=now.build)
    if record is None:
        error = f"no other build than {now.build} was accepted"
        raise UnusableError(error)
    return record


def _tell(content: object) -> None:
    sys.stdout.write(json.dumps(content, sort_keys=True) + "\n")
