"""`python -m local.nightly`: a day of viewing, and the nights after it, on this machine.

The first night trains and deploys what the day has brought; the second finds nothing new and trains
nothing. It ends with 0 when both did, and 1 when not.
"""

import argparse
import sys
from collections import deque
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich.console import Console

from local.demo.ratings import load_packaged

if TYPE_CHECKING:
    from local.demo.screen import Screen
    from local.demo.system import System
    from local.nightly.night import NightsEnd

_DEFAULT_SIZE: Final = 80
_RATINGS_EACH: Final = 18
_LAST_LOG_LINES: Final = 20
_PARAMETERS: Final = {
    "NightlyPollSeconds": "0",
    "NightlyTrainingPollSeconds": "0",
    # A tenth of the viewers are asked for their last film: of a few dozen that is a handful, and
    # whether one of them is answered well is chance, not quality.
    "NightlyMetricFloors": "coverage=0.01",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a day and two nights.

    Returns:
        0 when the first night deployed a version and the second had nothing to do.
    """
    parser = argparse.ArgumentParser(prog="python -m local.nightly", description=__doc__)
    parser.add_argument("--size", type=int, default=_DEFAULT_SIZE, metavar="VIEWERS")
    options = parser.parse_args(arguments)
    console = Console(highlight=False)
    # Imported here because moto takes seconds; the first line should not wait for it.
    from local.demo.screen import Screen  # noqa: PLC0415
    from local.demo.story import tell  # noqa: PLC0415
    from local.demo.system import System  # noqa: PLC0415
    from local.stack import LocalStack  # noqa: PLC0415

    screen, log = Screen(console), deque[str](maxlen=_LAST_LOG_LINES)
    with LocalStack.start(log_sink=lambda name, line: _note(log, name, line)) as stack:
        with screen.stage("Deployed template.yaml into a local stack"):
            system = System.deploy(stack, parameters=_PARAMETERS)
        tell(system, load_packaged(options.size, _RATINGS_EACH), screen)
        first = datetime.now(UTC).date() + timedelta(days=1)
        ends = [_night(system, first + timedelta(days=later), screen) for later in range(2)]
        for end in ends:
            _show(console, end)
    if [end.outcome for end in ends] != ["accepted", "nothing_new"]:
        sys.stderr.write("\n".join([*log, ""]))
        return 1
    return 0


def _night(system: "System", night: date, screen: "Screen") -> "NightsEnd":
    """Run a night as a stage; each state it enters counts."""
    from local.nightly.night import run_night  # noqa: PLC0415 - see above

    with screen.stage(f"The night of {night}") as advance:
        return run_night(
            system.client("stepfunctions"),
            system.outputs["NightlyStateMachineArn"],
            night,
            lambda _state: advance(1),
        )


def _show(console: Console, end: "NightsEnd") -> None:
    console.print(f"[bold]The night of {end.night}: {end.outcome}[/bold]")
    for reason in end.reasons:
        console.print(f"  {reason}", markup=False)
    if end.report:
        console.print(f"  The report: {end.report}", markup=False)


def _note(log: deque[str], function_name: str, line: str) -> None:
    """Keep the last lines that tell of trouble."""
    if '"level":"ERROR"' in line or "Traceback" in line or "Error" in line:
        log.append(f"{function_name} | {line}")


if __name__ == "__main__":
    sys.exit(main())
