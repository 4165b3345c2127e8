"""Options that several commands share, and what a command is given instead of many arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, override

import click
from ingestion.domain.errors import MisconfiguredError
from ingestion.domain.rejection import RejectionReason

from operations.fixes import Fix, fixes_in
from operations.rejections import Selection

type Command = Callable[..., Any]


class Moment(click.ParamType):
    """A moment as ISO 8601 writes it, in UTC where no offset is given; epoch milliseconds."""

    name = "moment"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it."""
        if isinstance(value, int):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-11-24T09:00", param, ctx)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(aware.timestamp() * 1000)


MOMENT: Final = Moment()
_FIRST_MS: Final = 0
_LAST_MS: Final = 253_402_300_799_000  # the end of the year 9999


def span_options(command: Command) -> Command:
    """`--from` and `--to`: of the first arrival."""
    for name, default, text in (
        ("to", _LAST_MS, "End of the arrivals, not included."),
        ("from", _FIRST_MS, "First arrival, such as 2026-11-24T09:00 (UTC)."),
    ):
        option = click.option(
            f"--{name}", f"{name}_ms", type=MOMENT, default=default, help=text, metavar="MOMENT"
        )
        command = option(command)
    return command


def selection_options(command: Command) -> Command:
    """Which rejections: given to the command as one `Selection`."""

    @click.option(
        "--reason",
        "reasons",
        multiple=True,
        type=click.Choice([*RejectionReason]),
        help="Reason of the rejection; may be repeated.",
    )
    @click.option(
        "--detail", "details", multiple=True, help="What the detail begins with; may be repeated."
    )
    @click.option("--recorded-by", help="The function that rejected, record_playback for example.")
    @span_options
    @wraps(command)
    def selecting(*arguments: object, **options: Any) -> object:  # noqa: ANN401  -- click's
        names = ("from_ms", "to_ms", "reasons", "details", "recorded_by")
        selection = Selection(**{name: options.pop(name) for name in names})
        return command(*arguments, selection=selection, **options)

    return selecting


@dataclass(frozen=True, slots=True)
class Run:
    """How to run what changes something.

    Attributes:
        is_dry: Touch nothing.
        again: Do what was done before once more.
        per_second: How many messages a second are handed over.
    """

    is_dry: bool
    again: bool
    per_second: float


def run_options(command: Command) -> Command:
    """How to run: given to the command as one `Run`."""

    @click.option("--dry-run", is_flag=True, help="Say what would happen and touch nothing.")
    @click.option("--again", is_flag=True, help="Also what a run before has done.")
    @click.option(
        "--messages-per-second",
        type=click.FloatRange(min=0.1),
        default=100.0,
        show_default=True,
        help="How many messages are handed over at most.",
    )
    @wraps(command)
    def running(
        *arguments: object,
        dry_run: bool,
        again: bool,
        messages_per_second: float,
        **options: object,
    ) -> object:
        run = Run(dry_run, again, messages_per_second)
        return command(*arguments, run=run, **options)

    return running


def fixes_from(path: Path | None) -> tuple[Fix, ...]:
    """The rules of a fix file; none without a file.

    Raises:
        MisconfiguredError: It cannot be read, or is no fix file; the text names the place.
    """
    if path is None:
        return ()
    try:
        return tuple(fixes_in(path.read_bytes()))
    except (OSError, ValueError) as error:
        message = f"fix file {path}: {error}"
        raise MisconfiguredError(message) from error
