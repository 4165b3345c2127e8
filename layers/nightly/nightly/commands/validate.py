"""`validate`: reads the files of a build back, as bytes."""

import argparse

from nightly.application.validate import FULL_BYTES, INCREMENTAL_BYTES, Limits, validate
from nightly.commands.places import names, storage, tell


def add(parser: argparse.ArgumentParser) -> None:
    """Ask where they are."""
    parser.add_argument("place", metavar="PLACE", help="the folder of the parts")
    parser.add_argument("--columns", type=names, metavar="A,B", help="else as the header says")
    parser.add_argument("--incremental", action="store_true", help="1 GB in all, not 100")
    parser.set_defaults(do=_validate)


def _validate(options: argparse.Namespace) -> None:
    limits = Limits(INCREMENTAL_BYTES if options.incremental else FULL_BYTES)
    reading = validate(storage(options.place), "", options.columns, limits)
    tell({"rows": reading.rows, "bytes": reading.size_bytes})
