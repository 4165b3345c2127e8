"""What an operator sees: a progress bar, or plain lines where nobody watches; and tables."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from operations.tally import End, Tally

# Who reads from a file or a pipe wants each row on one line.
_WIDTH_OF_A_FILE = 1000


def console() -> Console:
    """Where the command writes."""
    made = Console()
    return made if made.is_terminal else Console(width=_WIDTH_OF_A_FILE)


class Screen(AbstractContextManager["Screen"]):
    """Progress and results on one console; a port of the commands."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None)
        self._steps = self._done = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, steps: int) -> None:
        """There are so many steps."""
        self._steps = steps
        self._bar.update(self._task, total=steps)

    def step(self, label: str) -> None:
        """One is done."""
        self._done += 1
        self._bar.update(self._task, description=label, advance=1)
        if not self._console.is_terminal:
            self._console.print(f"{self._done}/{self._steps} {label}", highlight=False)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Show rows; numbers to the right."""
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        for number, column in enumerate(columns):
            is_number = bool(rows) and all(isinstance(row[number], int) for row in rows)
            table.add_column(column, justify="right" if is_number else "left", overflow="fold")
        for row in rows:
            table.add_row(*map(str, row))
        self._console.print(table)

    def account(self, tally: Tally, *, is_dry: bool) -> None:
        """Show where everything ended; `found` is the sum of all below it."""
        ends = [(str(end), tally.ends[end]) for end in End if tally.ends[end]]
        title = "What would happen (dry run)" if is_dry else "What happened"
        self.table(title, ("", "number"), [("found", tally.found), *ends])
        if tally.details:
            self.table("", ("why", "number"), tally.details.most_common(20))
