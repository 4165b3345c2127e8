"""Stages on a terminal are bars, elsewhere lines; a title is never read as markup."""

import io

import pytest
from rich.console import Console

from local.demo.screen import Screen


def printed(*, is_terminal: bool) -> str:
    file = io.StringIO()
    screen = Screen(Console(file=file, force_terminal=is_terminal, width=80, highlight=False))
    with screen.stage("Read [a folder]", 3) as advance:
        advance(3)
    return file.getvalue()


def test_where_nobody_looks_a_stage_is_one_plain_line() -> None:
    """With the seconds it took, and no control characters."""
    (line,) = printed(is_terminal=False).splitlines()

    assert line.endswith(" s  Read [a folder]")
    assert "\x1b" not in line


def test_on_a_terminal_a_stage_is_a_bar_and_then_a_line() -> None:
    """The bar goes when the stage is over."""
    text = printed(is_terminal=True)

    assert "3/3" in text
    assert text.splitlines()[-1].endswith("Read [a folder]")


def test_a_stage_that_fails_is_not_shown_as_done() -> None:
    """The error says what happened."""
    file = io.StringIO()
    screen = Screen(Console(file=file, width=80))

    with pytest.raises(KeyboardInterrupt), screen.stage("Sent the day"):
        raise KeyboardInterrupt

    assert "Sent the day" not in file.getvalue()
