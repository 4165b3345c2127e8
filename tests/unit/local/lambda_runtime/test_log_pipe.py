"""Lines and tail of a child's output."""

import os
from collections.abc import Callable

from local.lambda_runtime.log_pipe import TAIL_BYTES, LogPipe


def started(sink: Callable[[str], None]) -> tuple[LogPipe, int]:
    """Start a pipe and return the descriptor that stands for the child's."""
    pipe = LogPipe(sink)
    child = os.dup(pipe.write_end)
    pipe.start()
    return pipe, child


def test_lines_are_whole_however_they_were_written() -> None:
    """A line in two writes is one line; the carriage returns of a stack trace are line ends."""
    lines: list[str] = []
    pipe, child = started(lines.append)

    for written in (b"one\ntw", b"o\nerror\rtrace\n"):
        os.write(child, written)
        pipe.drain()
    os.close(child)
    pipe.drain()

    assert lines == ["one", "two", "error", "trace"]


def test_the_tail_is_the_end_of_one_invocation() -> None:
    """What an earlier invocation wrote is not in it, and 4 KB are enough."""
    pipe, child = started(lambda _line: None)

    os.write(child, b"earlier\n")
    pipe.begin_tail()
    os.write(child, b"x" * 5000 + b"\nend\n")
    tail = pipe.tail()
    os.close(child)

    assert tail.endswith("x\nend\n")
    assert len(tail) == TAIL_BYTES
    assert "earlier" not in tail
