"""What is to be seen while the demo runs: a bar for each stage, or a line where nobody looks."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn


class Advance(Protocol):
    """Tells that a stage has come further."""

    def __call__(self, steps: int) -> None:
        """Count so many steps as done."""
        ...


class Screen:
    """Shows stages on a console. Where that is no terminal, each is one line once it is over."""

    def __init__(self, console: Console) -> None:
        """Show on a console."""
        self._console = console

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Generator[Advance]:
        """Show a stage while it lasts.

        Args:
            title: What happens in it; no markup.
            total: How many steps it has; None when nobody knows.
        """
        began_s, title = time.monotonic(), escape(title)
        columns = [SpinnerColumn(), TextColumn("{task.description}"), *_bar(total)]
        is_seen = self._console.is_terminal
        with Progress(*columns, console=self._console, transient=True, disable=not is_seen) as bar:
            task = bar.add_task(title, total=total)
            yield lambda steps: bar.advance(task, steps)
        line = f"[dim]{time.monotonic() - began_s:6.1f} s[/dim]  {title}"
        self._console.print(line, soft_wrap=True)

    def show(self, *renderables: RenderableType) -> None:
        """Show something below what there is."""
        for renderable in renderables:
            self._console.print(renderable)


def _bar(total: int | None) -> tuple[BarColumn, MofNCompleteColumn] | tuple[()]:
    return () if total is None else (BarColumn(), MofNCompleteColumn())
