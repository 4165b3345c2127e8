"""`report`: the quality report of a build as a file, which any browser opens without a network."""

import argparse
import sys
import webbrowser
from pathlib import Path

from nightly.application.accept_build import Acceptances
from nightly.application.records import Records
from nightly.commands.places import storage
from nightly.domain.errors import UnusableError
from nightly.report.page import page
from nightly.report.spreads import Marks


def add(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    marks = Marks()
    parser.add_argument("--archive", required=True, metavar="PLACE", help="folder or s3://…")
    parser.add_argument("--build", required=True, metavar="BUILD", help="as `builds list` names it")
    parser.add_argument("--out", type=Path, metavar="FILE", help="else <build>.html here")
    parser.add_argument("--open", action="store_true", help="in the browser of this machine")
    parser.add_argument("--watch-ratio", type=float, default=marks.watch_ratio, metavar="X")
    parser.add_argument("--complete-ratio", type=float, default=marks.complete_ratio, metavar="X")
    parser.set_defaults(do=_report)


def _report(options: argparse.Namespace) -> None:
    records = Records(storage(options.archive))
    record = records.get(options.build)
    if record is None:
        error = f"no record of {options.build} can be read"
        raise UnusableError(error)
    marks = Marks(options.watch_ratio, options.complete_ratio)
    acceptance = Acceptances(storage(options.archive)).of(record.build)
    content = page(record, records.list(), marks, acceptance)
    file: Path = options.out or Path(f"{record.build}.html")
    file.write_text(content, "utf-8")
    sys.stdout.write(f"{file}\n")
    if options.open:
        webbrowser.open(file.resolve().as_uri())
