"""`python -m local.load`: minutes of load on the local stack, with trouble, and an account of it.

It needs no AWS account. It ends by itself, with 0 when everything is accounted for and 1 when not.
"""

import argparse
import signal
import sys
from collections import deque
from collections.abc import Sequence
from typing import Final

from rich.console import Console

from local.demo.screen import Screen
from local.load.audience import DEFAULT_MIX, Mix
from local.load.parcel import Kind

_LONGEST_MINUTES: Final = 15.0
_MOST: Final = 2_000.0
_WIDTH: Final = 120
_LAST_LOG_LINES: Final = 20
_INTERRUPTED: Final = 130
_STACK_NAME: Final = "load"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a load.

    Args:
        arguments: The command line without the program; this process's own by default.

    Returns:
        0 when everything is accounted for, 1 when not, 130 when it was interrupted.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    try:
        return _run(options, console)
    except KeyboardInterrupt:
        console.print("Interrupted; everything has been stopped.")
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.load", description=__doc__)
    parser.add_argument(
        "--minutes", type=_minutes, default=3.0, help="how long to send (default: 3, at most 15)"
    )
    parser.add_argument(
        "--rate", type=_rate, default=150.0, help="messages a second (default: 150)"
    )
    parser.add_argument(
        "--mix",
        type=_mix,
        default=DEFAULT_MIX,
        metavar="KIND=SHARE,…",
        help=f"shares of {', '.join(each.name.lower() for each in Kind)}"
        f" (default: {_written(DEFAULT_MIX)})",
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed sends the same")
    parser.add_argument(
        "--kinesis-limits", action="store_true", help="throttle streams by shard, as AWS does"
    )
    return parser


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes <= _LONGEST_MINUTES:
        message = f"more than 0 and at most {_LONGEST_MINUTES:.0f}"
        raise argparse.ArgumentTypeError(message)
    return minutes


def _rate(text: str) -> float:
    rate = float(text)
    if not 1 <= rate <= _MOST:
        message = f"1 to {_MOST:.0f}"
        raise argparse.ArgumentTypeError(message)
    return rate


def _mix(text: str) -> Mix:
    """Read shares; a kind that is not named is not sent."""
    try:
        pairs = [part.split("=") for part in text.split(",")]
        mix = {Kind[name.strip().upper()]: float(share) for name, share in pairs}
    except (KeyError, ValueError) as error:
        message = f"like {_written(DEFAULT_MIX)}"
        raise argparse.ArgumentTypeError(message) from error
    if min(mix.values()) < 0 or not sum(mix.values()):
        message = "no share is negative, and one is more than 0"
        raise argparse.ArgumentTypeError(message)
    return mix


def _written(mix: Mix) -> str:
    return ",".join(f"{kind.name.lower()}={share:g}" for kind, share in mix.items())


def _run(options: argparse.Namespace, console: Console) -> int:
    """Start the stack, put load on it, stop it, report."""
    console.print("[bold]Personalize Video Ingest:[/bold] load, with trouble, on this machine")
    # Imported here because moto takes seconds; the first line should not wait for it.
    from local.load.report import report  # noqa: PLC0415
    from local.load.run import CrowdError, Options, run  # noqa: PLC0415
    from local.stack import LocalStack  # noqa: PLC0415

    screen = Screen(console)
    planned = Options(
        seconds=options.minutes * 60, rate=options.rate, seed=options.seed, mix=options.mix
    )
    log: deque[str] = deque(maxlen=_LAST_LOG_LINES)
    try:
        with LocalStack.start(
            log_sink=lambda name, line: _note(log, name, line),
            kinesis_limits=options.kinesis_limits,
        ) as stack:
            load = run(stack, _STACK_NAME, planned, screen)
    except CrowdError as error:
        sys.stderr.write("\n".join([*log, f"{error}\n"]))
        return 1
    screen.show(report(load))
    if not load.adds_up:
        sys.stderr.write("\n".join([*log, ""]))
    return 0 if load.adds_up else 1


def _note(log: deque[str], function_name: str, line: str) -> None:
    """Keep the last lines that tell of trouble."""
    if '"level":"ERROR"' in line or "Traceback" in line:
        log.append(f"{function_name} | {line}")


if __name__ == "__main__":
    sys.exit(main())
